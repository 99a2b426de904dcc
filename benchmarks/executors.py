"""One comparison in one process and in worker processes: seconds, memory, and whether the predictions are equal.

    scripts/bench executors DATA --backbone MODEL.safetensors [--strategies light,full] [--seeds 2] [--jobs 2]
        [--rounds 2] [--no-controls] [--out results/executors]

Each comparison is a separate ``ghep compare`` with --deterministic and one thread a run, on an empty store,
alternating. Seconds are of the whole command; memory is the largest sum of PSS (private memory plus the share of shared
memory) over the process and its children, read twice a second, and the largest peak of a run by strategy, as recorded.
Prints the machine's load before each turn: with other processes running the ratio says little.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Turn:
    """One comparison."""

    jobs: int
    seconds: float
    memory_bytes: int
    """Peak memory of all its processes together."""
    peaks: dict[str, int]
    """Strategy -> the largest peak of one of its runs, in bytes."""
    load: float
    """Load of the machine at its start."""


def main() -> None:
    """Compare the executors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--strategies", default="linear_probe,light,full")
    parser.add_argument("--seeds", default="2")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--no-controls", action="store_true", help="only the strategies that are named")
    parser.add_argument("--out", type=Path, default=Path("results/executors"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    turns: list[Turn] = []
    ratios: list[float] = []
    for _ in range(given.rounds):
        one, several = (turn(given, jobs) for jobs in (1, given.jobs))
        turns += [one, several]
        ratios.append(one.seconds / several.seconds)
        equal = predictions(given.out / "jobs-1") == predictions(given.out / f"jobs-{given.jobs}")
        print(f"  {ratios[-1]:.2f} times as fast; predictions {'equal' if equal else 'DIFFER'}", flush=True)
    (given.out / "turns.json").write_text(json.dumps([asdict(one) for one in turns], indent=1), encoding="utf-8")
    print(f"{given.jobs} at once: {statistics.median(ratios):.2f} times as fast (median of {len(ratios)})")


def turn(given: argparse.Namespace, jobs: int) -> Turn:
    """Make the comparison with ``jobs`` runs at once and return its cost."""
    folder, store = given.out / f"jobs-{jobs}", given.out / "store"
    for old in (folder, store):
        shutil.rmtree(old, ignore_errors=True)
    command = [sys.executable, "-m", "ghep", "compare", given.data, "--backbones", given.backbone]
    command += ["--strategies", given.strategies, "--seeds", given.seeds, "--no-search", "--deterministic"]
    command += ["--threads", "1", "--jobs", str(jobs), "--out", str(folder), "--cache-dir", str(store)]
    command += ["--no-controls"] * given.no_controls
    load, began, largest = os.getloadavg()[0], time.perf_counter(), 0
    with (given.out / f"jobs-{jobs}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        while process.poll() is None:
            largest = max(largest, sum(map(pss, family(process.pid))))
            time.sleep(0.5)
    if process.returncode not in (0, 1):
        raise SystemExit(f"the comparison failed: see {log.name}")
    seconds, peaks = time.perf_counter() - began, dict[str, int]()
    for file in sorted(folder.glob("runs/*/metrics.json")):
        name, peak = file.parent.name.split("--")[0], json.loads(file.read_text())["cost"]["peak_memory_bytes"]
        peaks[name] = max(peak, peaks.get(name, 0))
    runs = ", ".join(f"{name} {peak / 2**30:.1f}" for name, peak in peaks.items())
    print(
        f"jobs {jobs}: {seconds:.0f} s, load before {load:.1f}; GiB: {largest / 2**30:.1f} in all; {runs}", flush=True
    )
    return Turn(jobs, seconds, largest, peaks, load)


def predictions(folder: Path) -> dict[str, bytes]:
    """Return the predictions of each run, as written."""
    return {file.parent.name: file.read_bytes() for file in folder.glob("runs/*/predictions.csv")}


def family(pid: int) -> list[int]:
    """Return ``pid`` and the processes below it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def pss(pid: int) -> int:
    """Return the PSS of a process in bytes: private memory plus its share of shared memory."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0


if __name__ == "__main__":
    main()
