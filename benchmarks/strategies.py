"""Every strategy on one or more data sets: accuracy with interval, seconds, peak memory, trained parameters.

    scripts/bench strategies DATA [DATA ...] --backbone B [--strategies a,b] [--seeds 1] [--out build/bench]
    scripts/bench strategies reviews --backbone minilm --strategies full,lora -- --label stars --time-limit 10m

Images or texts. Each run is a process of its own (`ghep fit --json`), one after another, so that time and peak memory
are its own. What stands behind `--` goes to every `ghep fit`. Two controls stand beside the strategies: the linear
probe on the same architecture with random weights, and the majority class. Writes strategies.csv and strategies.md into
--out after each run and prints the table. lora is not among the strategies unless named: it needs attention to adapt.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STRATEGIES = "linear_probe,light,full,progressive,lp_ft,scratch"
COLUMNS = ["data", "strategy", "seed", "split", "n", "accuracy", "low", "high", "majority"]
COLUMNS += ["seconds", "whole_process", "mib", "trained"]


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for data in arguments.data:
        for seed in range(arguments.seeds):
            for strategy in (*arguments.strategies.split(","), "random features"):
                rows.append(_run(data, strategy, seed, arguments))
                print(_line(rows[-1]), file=sys.stderr, flush=True)
                _write(rows, arguments)
    print((arguments.out / "strategies.md").read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench strategies", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--strategies", default=STRATEGIES)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build") / "bench")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments = parser.parse_args(sys.argv[1:cut])
    arguments.passed_on = sys.argv[cut + 1 :]
    return arguments


def _run(data: str, strategy: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    random = strategy == "random features"
    out = arguments.out / "runs" / f"{Path(data).name}-{strategy.replace(' ', '_')}-{seed}"
    command = [sys.executable, "-m", "ghep", "fit", data, "--backbone", arguments.backbone, "--seed", str(seed)]
    command += ["--strategy", "linear_probe" if random else strategy, "--out", str(out), "--overwrite", "--json"]
    store = arguments.out / "store"
    shutil.rmtree(store, ignore_errors=True)  # each run pays for its own passes
    command += ["--cache-dir", str(store), *arguments.passed_on]
    began = time.perf_counter()
    done = subprocess.run(command + ["--random-weights"] * random, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: measured, with a finding
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    found = json.loads(done.stdout)
    split = "test" if "test" in found["scores"] else "valid"
    scores = next(iter(found["scores"][split].values()))
    score = scores["accuracy"]
    cost = found["cost"]
    return {
        "data": Path(data).name,
        "strategy": strategy,
        "seed": seed,
        "split": split,
        "n": score["n"],
        "accuracy": score["value"],
        "low": score["low"],
        "high": score["high"],
        "majority": scores["majority"]["value"],
        "seconds": round(cost["seconds"], 1),
        "whole_process": round(time.perf_counter() - began, 1),
        "mib": round(cost["peak_memory_bytes"] / 2**20),
        "trained": cost["trained_parameters"],
    }


def _write(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    with (arguments.out / "strategies.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)
    text = _markdown(rows, arguments.backbone, arguments.passed_on)
    (arguments.out / "strategies.md").write_text(text, encoding="utf-8")


def _line(row: dict[str, Any]) -> str:
    bounds = f"[{row['low']:.3f}, {row['high']:.3f}] n={row['n']}"
    return f"{row['data']:<14} {row['strategy']:<16} {row['accuracy']:.3f} {bounds} {row['whole_process']:.0f} s"


def _markdown(rows: list[dict[str, Any]], backbone: str, passed_on: list[str]) -> str:
    header = ("data", "strategy", "seed", "accuracy", "95 % interval", "majority", "measured on", "seconds")
    header += ("whole process", "peak MiB", "trained parameters")
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    lines = [f"Backbone {Path(backbone).name}; {machine}; one process a run, one after another.", ""]
    lines[0] += f" ghep fit {' '.join(passed_on)}." * bool(passed_on)
    lines += ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row["data"],
        row["strategy"],
        str(row["seed"]),
        f"{row['accuracy']:.3f}",
        f"{row['low']:.3f} to {row['high']:.3f}",
        f"{row['majority']:.3f}",
        f"{row['split']}, {row['n']}",
        f"{row['seconds']:.1f}",
        f"{row['whole_process']:.1f}",
        str(row["mib"]),
        f"{row['trained']:,}",
    ]


if __name__ == "__main__":
    main()
