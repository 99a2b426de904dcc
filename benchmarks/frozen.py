"""The gain from stored activations: each strategy from an empty store, from a full one, and with --no-cache.

    scripts/bench frozen DATA --backbone B [--strategies linear_probe,light,...] [--epochs 10] [--frozen-blocks K]
    scripts/bench frozen reviews --backbone minilm --strategies light -- --label stars

Images or texts; arguments after `--` go to every `ghep fit`. Each run is a separate process (`ghep fit --json`); within
a round the three ways alternate, so that other processes on the machine disturb all equally. Light takes --epochs
epochs without early stopping, the others their own plans.
Prints accuracy, seconds of the run, seconds per training epoch after the first, passes, and ratios to --no-cache.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

WAYS = {"empty store": [], "full store": [], "--no-cache": ["--no-cache"]}


def main() -> None:
    arguments = _arguments()
    print("| strategy | way | accuracy | s, start to end | s, load and read | s an epoch | examples computed | found |")
    print("|---" * 8 + "|")
    for strategy in arguments.strategies.split(","):
        rows: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(arguments.rounds):
            shutil.rmtree(arguments.out / "store", ignore_errors=True)
            for way in WAYS:
                rows[way].append(_run(strategy, way, arguments))
        middle = {
            way: {key: statistics.median(row[key] for row in found) for key in found[0]} for way, found in rows.items()
        }
        for way, row in middle.items():
            print(
                f"| {strategy} | {way} | {row['accuracy']:.3f} | {row['seconds']:.1f} | {row['start']:.1f} | "
                f"{row['epoch']:.2f} | {row['computed']:.0f} | {row['reused']:.0f} |",
                flush=True,
            )
        live = middle["--no-cache"]
        for way in ("empty store", "full store"):
            row = middle[way]
            work = (live["seconds"] - live["start"]) / (row["seconds"] - row["start"])
            epoch = f", an epoch {live['epoch'] / row['epoch']:.1f} times" if row["epoch"] else ""
            print(f"|  | {way}: work {work:.1f} times faster{epoch} |  |  |  |  |  |  |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench frozen", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--strategies", default="linear_probe,light,progressive,lp_ft")
    parser.add_argument("--epochs", type=int, default=10, help="of light")
    parser.add_argument("--frozen-blocks", type=int, help="of those that solve first; else derived")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "frozen")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments = parser.parse_args(sys.argv[1:cut])
    arguments.passed_on = sys.argv[cut + 1 :]
    return arguments


def _run(strategy: str, way: str, arguments: argparse.Namespace) -> dict[str, float]:
    out = arguments.out / "run"
    command = [sys.executable, "-m", "ghep", "fit", arguments.data, "--backbone", arguments.backbone]
    command += ["--strategy", strategy, "--out", str(out), "--overwrite", "--json"]
    command += ["--cache-dir", str(arguments.out / "store"), *WAYS[way], *arguments.passed_on]
    if strategy == "light":
        command += ["--epochs", str(arguments.epochs), "--patience", "0"]
    elif strategy in ("progressive", "lp_ft") and arguments.frozen_blocks is not None:
        command += ["--frozen-blocks", str(arguments.frozen_blocks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: measured, with a finding
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    split = "test" if "test" in found["scores"] else "valid"
    passes = found["frozen_part"]["passes"]
    with (out / "history.csv").open(encoding="utf-8", newline="") as file:
        epochs = [float(row["seconds"]) for row in csv.DictReader(file) if int(row["epoch"]) > 0]
    return {
        "accuracy": next(iter(found["scores"][split].values()))["accuracy"]["value"],
        "seconds": found["cost"]["seconds"],
        "start": found["cost"]["phases"]["load"] + found["cost"]["phases"]["read"],
        "epoch": statistics.mean(epochs[1:]) if len(epochs) > 1 else 0.0,
        "computed": sum(one["computed"] for one in passes),
        "reused": sum(one["reused"] for one in passes),
    }


if __name__ == "__main__":
    main()
