"""Tasks of unequal size on one backbone: one task is made smaller and smaller, with each way of mixing.

    scripts/bench unequal --task cars=road/cars --task people=road/pedestrians --task signs=road/signs --small signs
                          --backbone FILE [--strategy light] [--keep 1,0.3,0.1] [--seeds 3]

A share of the train examples of the task named by --small is kept (the same share of each class, drawn anew with each
seed); the others keep theirs. For each share: the single-task model of the small task, and a shared model of all tasks
with rows mixed in proportion to their labels, by the square root, by temperature 5 and equally, for as many steps as
ghep derives from the number of rows. Single-task models of the other tasks are trained once a seed. Augmentation is off
and one view is stored, so that runs share the activations of frozen blocks; everything else is derived.

In the table: mean test accuracy over seeds, and the difference to the single-task model with a 95 % interval (Student's
t over seeds, paired by seed: it covers draws and seeds, not test examples). Prints a table; unequal.csv in --out has
every run.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import stats

import ghep
from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.data.sources.tasks import join

WAYS: Mapping[str, Mapping[str, object]] = {
    "proportional": {},
    "sqrt": {"mixing": "sqrt"},
    "temperature 5": {"mixing": "temperature", "mixing_temperature": 5.0},
    "equal": {"mixing": "equal"},
}
ALONE = "alone"


@dataclass(frozen=True)
class Row:
    """One task in one run."""

    keep: float
    way: str
    task: str
    seed: int
    accuracy: float
    seconds: float


def main() -> None:
    """Run everything and print the table."""
    arguments = parsed()
    places = dict(one.split("=", 1) for one in arguments.task)
    sources = {task: read(place) for task, place in places.items()}
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for row in runs(sources, arguments, out):
        rows.append(row)
        with (out / "unequal.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(Row.__dataclass_fields__)
            table.writerows([getattr(one, name) for name in Row.__dataclass_fields__] for one in rows)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {arguments.strategy}, ", end="")
    print(f"{Path(arguments.backbone).name}, {arguments.seeds} seeds\n")
    for line in table_of(rows, arguments.small, list(sources)):
        print(line)


def parsed() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", action="append", required=True, metavar="NAME=PATH")
    parser.add_argument("--small", required=True, metavar="NAME")
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--strategy", default="light")
    parser.add_argument("--keep", default="1,0.3,0.1")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="build/unequal")
    return parser.parse_args()


def runs(sources: Mapping[str, Source], arguments: argparse.Namespace, out: Path) -> Iterator[Row]:
    """Train everything, the small task alone first."""
    small, shares = arguments.small, [float(one) for one in arguments.keep.split(",")]
    for seed in range(arguments.seeds):
        for task in sources:
            if task != small:
                yield from trained({task: sources[task]}, 1.0, ALONE, seed, arguments, out)
        for keep in shares:
            fewer = {**sources, small: kept(sources[small], keep, seed)}
            yield from trained({small: fewer[small]}, keep, ALONE, seed, arguments, out)
            for way in WAYS:
                yield from trained(fewer, keep, way, seed, arguments, out)


def trained(
    sources: Mapping[str, Source], keep: float, way: str, seed: int, arguments: argparse.Namespace, out: Path
) -> Iterator[Row]:
    """Train one model and yield a row for each of its tasks; delete its bundle."""
    folder = out / f"{keep:g}-{way.replace(' ', '-')}-{'+'.join(sources)}-{seed}"
    plain = {} if arguments.strategy == "linear_probe" else {"augment": "none", "views": 1}
    sharing = WAYS.get(way, {}) if arguments.strategy != "linear_probe" else {}
    run = ghep.fit(
        join(sources),
        backbone=arguments.backbone,
        strategy=arguments.strategy,
        seed=seed,
        out=folder,
        overwrite=True,
        cache_dir=out / "cache",
        control=False,
        **plain,
        **sharing,
    )
    for task in sources:
        accuracy = run.result("test", task).score("accuracy").value
        print(f"  seed {seed}, {keep:g} kept, {way}: {task} {accuracy:.3f} ({run.cost.seconds:.0f} s)", flush=True)
        yield Row(keep, way, task, seed, accuracy, run.cost.seconds)


def kept(source: Source, share: float, seed: int) -> Source:
    """Return ``source`` with a share of the train examples of each class, at least two, and all other examples."""
    by_class: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(source.examples):
        if source.splits.get(example.id) == "train":
            by_class[next(iter(example.labels.values()))].append(place)
    rng, taken = np.random.default_rng(seed), set[int]()
    for places in by_class.values():
        taken |= {int(place) for place in rng.permutation(places)[: max(2, round(share * len(places)))]}
    train = {place for places in by_class.values() for place in places}
    examples = tuple(one for place, one in enumerate(source.examples) if place not in train or place in taken)
    return replace(source, examples=examples)


def table_of(rows: Sequence[Row], small: str, tasks: Sequence[str]) -> Iterator[str]:
    """Yield a Markdown table: the small task and each other one, by share kept and way of mixing."""
    others = [task for task in tasks if task != small]
    yield (
        f"| {small} kept | rows | {small} | against alone | "
        + " | ".join(f"{one} against alone" for one in others)
        + " |"
    )
    yield "|---|---|---|---|" + "---|" * len(others)
    for keep in dict.fromkeys(row.keep for row in rows if row.task == small):
        for way in (ALONE, *WAYS):
            found = by_seed(rows, keep, way, small)
            if not found:
                continue
            cells = [f"{np.mean(list(found.values())):.3f}"]
            cells.append("" if way == ALONE else difference(found, by_seed(rows, keep, ALONE, small)))
            for task in others:
                there = by_seed(rows, keep, way, task)
                cells.append("" if way == ALONE else difference(there, by_seed(rows, 1.0, ALONE, task)))
            yield f"| {keep:g} | {way} | " + " | ".join(cells) + " |"


def by_seed(rows: Sequence[Row], keep: float, way: str, task: str) -> dict[int, float]:
    """Return seed -> accuracy."""
    return {row.seed: row.accuracy for row in rows if (row.keep, row.way, row.task) == (keep, way, task)}


def difference(these: Mapping[int, float], those: Mapping[int, float]) -> str:
    """Return the mean paired difference in points with its interval."""
    each = 100 * np.array([these[seed] - those[seed] for seed in these if seed in those])
    if len(each) < 2:
        return f"{each.mean():+.1f}"
    half = float(stats.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)))
    return f"{each.mean():+.1f} ({each.mean() - half:+.1f} to {each.mean() + half:+.1f})"


if __name__ == "__main__":
    main()
