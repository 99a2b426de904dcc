"""The SHA-256 of the files of runs at a fixed seed, to verify that a change does not alter results.

    scripts/bench run_hashes --images PHOTOS --texts TABLE [--rows 400] [--out build/bench/run_hashes] [--against FILE]

Each strategy is trained once, with --deterministic, on one thread and with the engine torch-float32: on PHOTOS with the
embedded backbone, on the first --rows rows of TABLE (columns text and label) with minilm. Prints a line for each file,
and with --against (the output of an earlier call) exits with 1 if one differs. Hashes depend on the processor and on
the versions of PyTorch: compare two calls on one machine.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

IMAGES = ("linear_probe", "light", "full", "progressive", "lp_ft", "lora")
TEXTS = ("linear_probe", "light")
FILES = ("predictions.csv", "bundle/model.safetensors")


def main() -> None:
    """Train every strategy and print the hashes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("build/bench/run_hashes"))
    parser.add_argument("--against", type=Path)
    given = parser.parse_args()
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    texts = first_rows(given.texts, given.rows, given.out / "texts.csv")
    lines = [line for strategy in IMAGES for line in hashes(given, given.images, "seedling", strategy)]
    lines += [line for strategy in TEXTS for line in hashes(given, texts, "minilm", strategy)]
    if given.against:
        before = given.against.read_text(encoding="utf-8").splitlines()
        if changed := [line for line in lines if line not in before]:
            raise SystemExit("\n".join(["not as before:", *changed]))
        print(f"all {len(lines)} as before")


def first_rows(table: Path, rows: int, to: Path) -> Path:
    """Write the first ``rows`` rows of ``table``."""
    with table.open(encoding="utf-8", newline="") as given, to.open("w", encoding="utf-8", newline="") as taken:
        reader, writer = csv.DictReader(given), csv.DictWriter(taken, ("text", "label"), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(itertools.islice(reader, rows))
    return to


def hashes(given: argparse.Namespace, data: Path, backbone: str, strategy: str) -> list[str]:
    """Train one strategy and return its lines."""
    folder = given.out / f"{backbone}-{strategy}"
    command = [sys.executable, "-m", "ghep", "fit", str(data), "--backbone", backbone, "--strategy", strategy]
    command += ["--deterministic", "--engine", "torch-float32", "--precision", "float32", "--seed", "0"]
    command += ["--no-control", "--out", str(folder), "--cache-dir", str(given.out / "store")]
    if strategy != "linear_probe":
        command += ["--epochs", str(given.epochs)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    lines = []
    for name in FILES:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines.append(f"{digest}  {folder.name}/{name}")
        print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    main()
