"""Waiting times of everyday work: check with thousands of classes, the first and the second fit in one process.

    scripts/bench everyday [--classes 4000] [--rounds 3]

``check``: a table of texts, five rows a class, class names made of syllables. ``fit``: ``TransferClassifier.fit`` on 60
texts and on 60 images of noise with the default backbones, twice in a fresh process; the second time on other examples,
so that only the loaded backbone can be shared. Prints the median, lowest and highest of the rounds.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

SYLLABLES = ("ka", "lo", "mi", "ru", "te", "sho", "ban", "dri", "fel", "gon", "pa", "vi")
ROWS = 5


def names(count: int) -> list[str]:
    """Return ``count`` different class names of three to five syllables."""
    rng = np.random.default_rng(0)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(SYLLABLES, size=rng.integers(3, 6)))] = None
    return list(found)


def check_seconds(classes: int) -> float:
    """Return the seconds of ``check`` on a table of texts with ``classes`` classes."""
    from ghep.data.check import check

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.csv"
        with file.open("w", newline="") as lines:
            table = csv.writer(lines)
            table.writerow(["text", "label"])
            for name in names(classes):
                table.writerows([f"example {number} of what is called {name}", name] for number in range(ROWS))
        began = time.perf_counter()
        check(file)
        return time.perf_counter() - began


def fit_seconds(modality: str) -> tuple[float, float]:
    """Return the seconds of the first and of the second fit in this process."""
    from ghep import TransferClassifier

    rng, seconds = np.random.default_rng(0), []
    labels = ["a", "b"] * 30
    for number in range(2):
        if modality == "text":
            examples = [f"{word} {number} {place}" for place in range(30) for word in ("good", "bad")]
        else:
            examples = list(rng.integers(0, 255, size=(60, 64, 64, 3), dtype=np.uint8))
        began = time.perf_counter()
        TransferClassifier(strategy="linear_probe").fit(examples, labels)
        seconds.append(time.perf_counter() - began)
    return seconds[0], seconds[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("check", "text", "image"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        made: Callable[[], object] = (
            (lambda: check_seconds(options.classes)) if options.only == "check" else (lambda: fit_seconds(options.only))
        )
        print(json.dumps(made()))
        return
    for what in ("check", "text", "image"):
        command = [sys.executable, __file__, "--only", what, "--classes", str(options.classes)]
        rounds = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
            for _ in range(options.rounds)
        ]
        if what == "check":
            print(f"check of {options.classes:,} classes: {_spread(rounds)}")
        else:
            for number, which in enumerate(("first", "second")):
                print(f"{what}: {which} fit in a process: {_spread([one[number] for one in rounds])}")


def _spread(seconds: list[float]) -> str:
    return f"{median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, n={len(seconds)})"


if __name__ == "__main__":
    main()
