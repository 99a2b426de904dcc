"""Every strategy on one or more data sets: accuracy with interval, seconds, peak memory, trained parameters.

    scripts/bench strategies DATA [DATA ...] --backbone B[,C ...] [--strategies a,b] [--seeds 1] [--out build/bench]
    scripts/bench strategies reviews --backbone minilm --strategies full,lora -- --label stars --time-limit 10m

Images or texts. Each run is a separate process (`ghep fit --json`), one after another, so that time and peak memory are
those of the run. Arguments after `--` go to every `ghep fit`. `random_features`, a control, is the linear probe on the
same architecture with random weights. Writes strategies.csv and strategies.md into --out after each run and prints the
table. lora is included only if named.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ghep.advice.candidates import short_name
from ghep.backbone.installed import default_backbone

STRATEGIES = "linear_probe,light,full,progressive,lp_ft,scratch,random_features"
COLUMNS = ["data", "backbone", "strategy", "seed", "split", "n", "accuracy", "low", "high", "majority"]
COLUMNS += ["seconds", "whole_process", "mib", "trained"]


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for data in arguments.data:
        cases = itertools.product(
            arguments.backbone.split(","), range(arguments.seeds), arguments.strategies.split(",")
        )
        for backbone, seed, strategy in cases:
            rows.append(_run(data, backbone, strategy, seed, arguments))
            print(_line(rows[-1]), file=sys.stderr, flush=True)
            _write(rows, arguments)
    print((arguments.out / "strategies.md").read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench strategies", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--backbone", default=default_backbone("image"))
    parser.add_argument("--strategies", default=STRATEGIES)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build") / "bench")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments = parser.parse_args(sys.argv[1:cut])
    arguments.passed_on = sys.argv[cut + 1 :]
    return arguments


def _run(data: str, backbone: str, strategy: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    random = strategy == "random_features"
    out = arguments.out / "runs" / f"{Path(data).name}-{short_name(backbone)}-{strategy}-{seed}"
    command = [sys.executable, "-m", "ghep", "fit", data, "--backbone", backbone, "--seed", str(seed)]
    command += ["--strategy", "linear_probe" if random else strategy, "--out", str(out), "--overwrite", "--json"]
    store = arguments.out / "store"
    shutil.rmtree(store, ignore_errors=True)  # each run makes its own passes
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
        "backbone": short_name(backbone),
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
    text = _markdown(rows, arguments.passed_on)
    (arguments.out / "strategies.md").write_text(text, encoding="utf-8")


def _line(row: dict[str, Any]) -> str:
    who = f"{row['data']:<14} {row['backbone']:<26} {row['strategy']:<16}"
    bounds = f"[{row['low']:.3f}, {row['high']:.3f}] n={row['n']}"
    return f"{who} {row['accuracy']:.3f} {bounds} {row['whole_process']:.0f} s"


def _markdown(rows: list[dict[str, Any]], passed_on: list[str]) -> str:
    header = ("data", "backbone", "strategy", "seed", "accuracy", "95 % interval", "majority", "measured on", "seconds")
    header += ("whole process", "peak MiB", "trained parameters")
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    lines = [f"{machine}; one process a run, one after another.", ""]
    lines[0] += f" ghep fit {' '.join(passed_on)}." * bool(passed_on)
    lines += ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row["data"],
        row["backbone"],
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
