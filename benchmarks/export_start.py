"""How long an export takes from the start of Python to its first answer, next to the bundle it was made from.

    .venv/bin/python benchmarks/export_start.py BUNDLE INPUT [--formats onnx openvino] [--rounds 10]

Each round starts a new process for each of them, in turns: it imports the runtime, loads the folder, whose files are
all verified, and answers one input. The file cache is warm. Printed: median, fastest and slowest seconds of wall-clock
time and the median of processor time, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ghep.export.write import write_export
from ghep.model.bundle import load_bundle

EXPORT = "import sys; from ghep.export.runtime import load; print(load(sys.argv[1]).predict([sys.argv[2]])[0].label)"
BUNDLE = "import sys, ghep; print(ghep.load(sys.argv[1]).predict([sys.argv[2]])[0].label)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("input")
    parser.add_argument("--formats", nargs="*", default=["onnx", "openvino"])
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        loaded = load_bundle(given.bundle)
        each = {kind: (EXPORT, write_export(loaded, kind, Path(place) / kind)) for kind in given.formats}
        each["bundle"] = (BUNDLE, given.bundle)
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in each}
        for _ in range(given.rounds + 1):
            for name, (script, folder) in each.items():
                spent[name].append(seconds([sys.executable, "-c", script, str(folder), given.input]))
        print("| | wall-clock, s (fastest to slowest) | processor, s | n |")
        print("|---|---|---|---|")
        for name, (_, *measured) in spent.items():  # the first one compiles bytecode and fills the file cache
            wall, processor = zip(*measured, strict=True)
            ends = f"{min(wall):.2f} to {max(wall):.2f}"
            median = statistics.median
            print(f"| {name} | {median(wall):.2f} ({ends}) | {median(processor):.2f} | {len(wall)} |")


def seconds(command: list[str]) -> tuple[float, float]:
    """Run a command; return its wall-clock and its processor seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, processor


if __name__ == "__main__":
    main()
