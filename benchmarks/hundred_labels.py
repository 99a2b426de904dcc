"""How well a review is rated after 20, 50 or 100 labels of each rating: the numbers in docs/from-100-labels.md.

    scripts/bench hundred_labels ../shared/data/movie-rating --out reviews

writes ``reviews/100/train.csv``, the first 100 texts of each rating, and ``reviews/100/test.csv``, all of test.csv. It
fits the default backbone on them and prints the scores on test with their 95 % intervals.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from collections import Counter
from pathlib import Path

import ghep

SCORES = ("accuracy", "mae", "quadratic_kappa")


def first_of_each(table: Path, count: int) -> list[list[str]]:
    """Return the header and the first ``count`` rows of each label; the label is the last column."""
    with table.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    seen: Counter[str] = Counter()
    chosen = []
    for row in rows:
        seen[row[-1]] += 1
        if seen[row[-1]] <= count:
            chosen.append(row)
    return [header, *chosen]


def write(source: Path, folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(first_of_each(source / "train.csv", count))
    shutil.copy(source / "test.csv", folder / "test.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with train.csv and test.csv, of texts and ratings")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--per-rating", type=int, nargs="+", default=[20, 50, 100])
    given = parser.parse_args()
    for count in given.per_rating:
        folder = given.out / str(count)
        write(given.source, folder, count)
        run = ghep.fit(folder, ratings=["label"], out=given.out / f"run-{count}", overwrite=True)
        test = next(one for one in run.results if one.split == "test")
        scores = {one.name: one for one in test.scores if one.name in SCORES}
        print(f"{count} of each rating; largest class {test.constant:.3f}")
        for name, one in scores.items():
            ends = one.interval
            print(
                f"  {name} {one.value:.3f} [{ends.low:.3f}, {ends.high:.3f}] n={one.n}"
                if ends
                else f"  {name} {one.value}"
            )
        for one in test.controls:
            print(f"  {one.name} {one.score.value:.3f}")
        print("  ", [one.code for one in run.findings if one.severity != "info"], f"{run.cost.seconds:.0f} s")


if __name__ == "__main__":
    main()
