"""What each int8 variant of a bundle's ONNX graph costs in accuracy and brings in speed and size.

    .venv/bin/python benchmarks/int8.py BUNDLE [--data DATA]

What ``ghep export --int8`` measures, for all variants and for any number of examples: the difference of the score from
float32 on the same examples of valid with its 95 % interval, and how many times as fast as float32 the network is
(median and quartiles of rounds in which all variants take turns). Ranges are those of 128 examples of train.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import onnxruntime

from ghep.cpus import cores
from ghep.export.quantise import CALIBRATED, ROUNDS, SCORED, measured
from ghep.export.run_data import run_data, spaced
from ghep.export.runtime import load
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, help="the data of the run, if they are not where they were")
    given = parser.parse_args()
    bundle = load_bundle(given.bundle)
    bundle.model.to("cpu")
    splits = run_data(bundle, given.data)
    if not splits.get("train") or not splits.get("valid"):
        parser.error("the train and valid examples of the run were not found: pass --data")
    with tempfile.TemporaryDirectory() as folder:
        export = load(write_export(bundle, "onnx", Path(folder) / "export"))
        found = measured(export, spaced(splits["train"], CALIBRATED), spaced(splits["valid"], SCORED))
        size = (export.exported.folder / "model.onnx").stat().st_size
    print(f"onnxruntime {onnxruntime.__version__}, {cores()} threads, {ROUNDS} rounds")
    print("| variant | task | n | difference, points (95 % interval) | times as fast (quartiles) | MB | accepted |")
    print("|---|---|---|---|---|---|---|")
    print(f"| float32 | | | | | {size / 1e6:.1f} | |")
    for one in found:
        speed = f"{one.speed.median:.2f} ({one.speed.low:.2f} to {one.speed.high:.2f})"
        for task, score in one.scores.items():
            low, high = (f"{100 * end:+.1f}" for end in (score.interval.low, score.interval.high))
            difference = f"{100 * score.difference:+.1f} ({low} to {high})"
            rest = f"{len(one.graph) / 1e6:.1f} | {'yes' if one.accepted else 'no'}"
            print(f"| {one.name} | {task} | {score.n} | {difference} | {speed} | {rest} |")


if __name__ == "__main__":
    main()
