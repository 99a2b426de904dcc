"""A linear head on features read from the disk: the same head as in memory, and how time and memory grow with the rows.

    scripts/bench streamed_head same [--shape 20000x1280x17]
    scripts/bench streamed_head grow [--counts 50000 200000 1000000] [--dim 1280] [--classes 17] [--folder /tmp]

``same`` solves one problem in memory and from a file, and prints the difference of the losses on valid. ``grow`` writes
random features of each count into a file in ``--folder`` (1,000,000 x 1,280 takes 5.1 GB, deleted afterwards), solves
the head in a process of its own that reads them in blocks, and prints the line through the counts. A fifth of the rows,
at most 20,000, are held out for the choice of the strength. Anonymous memory is what the process has allocated; mapped
pages of the file are not in it, because the system takes them back when it needs them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from ghep.features import streamed
from ghep.features.probes import solve_head
from ghep.features.streamed import solve_streamed

TARGET = 5_000_000
MOST_HELD_OUT = 20_000
AT_ONCE = 10_000
"""Rows made at a time."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench streamed_head")
    parser.add_argument("what", choices=("same", "grow", "solve"))
    parser.add_argument("--shape", default="20000x1280x17", help="examples x features x classes")
    parser.add_argument("--counts", type=int, nargs="+", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--dim", type=int, default=1280)
    parser.add_argument("--classes", type=int, default=17)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--file", type=Path, help="of the process that solves")
    arguments = parser.parse_args()
    if arguments.what == "same":
        _same(arguments)
    elif arguments.what == "solve":
        _solve(arguments)
    else:
        _grow(arguments)


def _write(path: Path, count: int, dim: int, classes: int) -> None:
    """Write the features and, next to them, the targets; both are the same for the same shape."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 0.1, (classes, dim)).astype(np.float32)
    scales = np.exp(rng.normal(0, 1, dim)).astype(np.float32)
    targets = rng.integers(0, classes, count)
    with path.open("wb") as file:
        for at in range(0, count, AT_ONCE):
            some = targets[at : at + AT_ONCE]
            rows = np.random.default_rng([0, at]).standard_normal((len(some), dim), dtype=np.float32)
            rows += centres[some]
            np.maximum(rows, 0, out=rows)  # like real features: non-negative, of very different scales
            rows *= scales
            file.write(rows.data)
    np.save(path.with_suffix(".npy"), targets)


def _read(path: Path, dim: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return features, targets and how many of them are for training."""
    targets = np.load(path.with_suffix(".npy"))
    features = np.memmap(path, dtype=np.float32, mode="r", shape=(len(targets), dim))
    return features, targets, len(targets) - min(len(targets) // 5, MOST_HELD_OUT)


def _same(arguments: argparse.Namespace) -> None:
    count, dim, classes = map(int, arguments.shape.split("x"))
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "features.bin"
        _write(path, count + min(count // 4, MOST_HELD_OUT), dim, classes)
        features, targets, train = _read(path, dim)
        valid = features[train:], targets[train:]
        found = {}
        for name, solve in (("streamed", solve_streamed), ("in memory", solve_head)):
            rows = features[:train] if name == "streamed" else np.array(features[:train])
            began, used = time.perf_counter(), time.process_time()
            head = found[name] = solve(rows, targets[:train], classes, valid=valid)
            wall, processor = time.perf_counter() - began, time.process_time() - used
            print(f"{name}: strength {head.strength}, loss on valid {head.valid_loss[head.strength]:.7f},", end=" ")
            print(f"{processor:.1f} s of processor, {wall:.1f} s", flush=True)
        one, two = found["streamed"], found["in memory"]
        print(f"difference {abs(one.valid_loss[one.strength] - two.valid_loss[two.strength]):.1e}; {one.convergence}")
        agree = (one(valid[0]).argmax(1) == two(valid[0]).argmax(1)).mean()
        print(f"same answer on {agree:.4%} of {len(valid[1]):,} held-out rows")


def _solve(arguments: argparse.Namespace) -> None:
    features, targets, train = _read(arguments.file, arguments.dim)
    most, over = [0.0, 0.0], threading.Event()
    before = _memory()
    watcher = threading.Thread(target=_watch, args=(most, over))
    watcher.start()
    began, used = time.perf_counter(), time.process_time()
    valid = features[train:], targets[train:]
    head = solve_streamed(features[:train], targets[:train], arguments.classes, valid=valid)
    spent = {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}
    over.set()
    watcher.join()
    assert head.convergence is not None
    spent |= {"passes": head.convergence.passes, "gap": head.convergence.gap, "strength": head.strength}
    memory = {"anonymous MiB": most[0] - before[0], "resident MiB": most[1] - before[1]}
    print(json.dumps({**spent, **memory, "start-up MiB": before[0], "loss": head.valid_loss[head.strength]}))


def _watch(most: list[float], over: threading.Event) -> None:
    while not over.wait(0.1):
        most[:] = map(max, most, _memory())


def _memory() -> tuple[float, float]:
    """Return the MiB of this process that are anonymous, and all that are resident."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = {
        line.split(":")[0]: float(line.split()[1]) / 1024 for line in lines if line.startswith(("RssAnon", "VmRSS"))
    }
    return found["RssAnon"], found["VmRSS"]


def _grow(arguments: argparse.Namespace) -> None:
    rows = []
    for count in arguments.counts:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            path = Path(folder) / "features.bin"
            _write(path, count, arguments.dim, arguments.classes)
            command = [sys.executable, __file__, "solve", "--file", str(path), "--dim", str(arguments.dim)]
            command += ["--classes", str(arguments.classes)]
            spent = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows.append(spent)
        print(f"{count:,} rows: {json.dumps({name: round(value, 9) for name, value in spent.items()})}", flush=True)
    print(
        f"\n{os.cpu_count()} cores; blocks of {streamed.BLOCK_BYTES / 2**20:.0f} MiB, {arguments.dim} features,", end=""
    )
    print(f" {arguments.classes} classes")
    for name in ("seconds", "processor", "anonymous MiB") if len(rows) > 1 else ():
        slope, start = np.polyfit(arguments.counts, [row[name] for row in rows], 1)
        print(f"{name}: {start:.1f} + {1e6 * slope:.1f} a million rows; at {TARGET:,}: {start + slope * TARGET:,.0f}")


if __name__ == "__main__":
    main()
