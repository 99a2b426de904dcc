"""Scatter of models between draws of the labels: the priors of ``comparison/analysis/draw_scatter.py``.

    scripts/bench draw_scatter DATA=BACKBONE ... [--shots 5,8,20,32,128] [--draws 8]

Solves a linear probe on the backbone's features and fits the linear control (n-grams; gradients and colours) on nested
draws, as ``compare --labels`` does. Prints the standard deviation between draws on the scale of log odds, without the
noise of the test examples, and the correlation of the draws' deviations: of probe and control with the same labels, and
of one model with two numbers of labels. At most --test test examples are used. A number of labels is left out where
more than two thirds of the smallest class would be drawn: such draws are nearly the same.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.ground import with_test
from ghep.comparison.planning.draws import in_random_order, labelled_budget, nested_draws
from ghep.data.dataset import Dataset
from ghep.experiment.prepared import Prepared, prepared_for, source_of, tasks_of
from ghep.features.frozen import FrozenPart
from ghep.features.probes import solve_head
from ghep.metrics.crossed import scatter_between_seeds
from ghep.tasks.base import Task
from ghep.types import Example

Right = dict[tuple[str, int], np.ndarray]
"""Model and labels a class -> whether the model of draw d was right on example i, (D, n)."""
MOST = 2 / 3
"""Of the smallest class."""


def main() -> None:
    arguments = _arguments()
    shots = [int(count) for count in arguments.shots.split(",")]
    found = {Path(data).name: measured(data, backbone, shots, arguments) for data, backbone in arguments.data}
    print(
        "| data | model | labels a class | accuracy | points between draws | on log odds |\n|---|---|---|---|---|---|"
    )
    squares: dict[int, list[float]] = defaultdict(list)
    for data, of in found.items():
        for (model, count), right in of.items():
            square = float(scatter_between_seeds(right))
            squares[count].append(square)
            points, apart = 100 * right.mean(axis=1).std(ddof=1), np.sqrt(max(square, 0.0))
            print(f"| {data} | {model} | {count} | {right.mean():.3f} | {points:.1f} | {apart:.2f} |")
    for count, few in sorted(squares.items()):
        least, middle, most = np.sqrt(np.maximum(np.quantile(few, [0, 0.5, 1]), 0.0))
        mean = np.sqrt(max(float(np.mean(few)), 0.0))
        told = f"{least:.2f} to {most:.2f}, median {middle:.2f}, root mean square {mean:.2f}"
        print(f"{count} labels a class, {len(few)} curves: {told}")
    for what, values in correlations(found).items():
        if values:
            told = f"median {np.median(values):.2f}, mean {np.mean(values):.2f} of {len(values)}"
            print(f"correlation of draws, {what}: {told}")


def measured(data: str, backbone_name: str, shots: list[int], arguments: argparse.Namespace) -> Right:
    """Return the correct answers of each model."""
    backbone = load_backbone(backbone_name)
    prepared = prepared_for(source_of(data, {}, each=with_test), backbone.preprocess, seed=0, limit_bytes=2**31)
    backbone.preprocess = backbone.preprocess.measured_on(prepared.dataset)
    (task,) = tasks_of(prepared.dataset, ())
    dataset = _needed(prepared.dataset, task.name, max(shots), arguments)
    features = _features(backbone, prepared.holding(dataset), task)
    control = backbone.preprocess.linear_control(prepared.store)
    smallest = min(map(len, in_random_order(labelled_budget(prepared.dataset, task.name)[0], task.name, 0).values()))
    shots = [count for count in shots if count <= MOST * smallest]
    right: dict[tuple[str, int], list[np.ndarray]] = defaultdict(list)
    for draw in range(arguments.draws):
        for count, part in nested_draws(dataset, task.name, shots, draw=draw).items():
            train, valid, test = (
                (np.array([features[one.id] for one in examples]), task.encode([one.labels for one in examples]))
                for examples in (part.train, part.valid, part.test)
            )
            chosen_by = valid if part.valid else None
            head = solve_head(*train, task.outputs, valid=chosen_by)
            right["linear_probe", count].append(head(test[0]).argmax(axis=1) == test[1])
            fitted = control(part.train, train[1], task.outputs, valid=(part.valid, valid[1]) if part.valid else None)
            right[fitted.name, count].append(fitted.probabilities(part.test).argmax(axis=1) == test[1])
    return {key: np.stack(rows).astype(float) for key, rows in sorted(right.items())}


def correlations(found: dict[str, Right]) -> dict[str, list[float]]:
    """Return the correlation of draws' mean accuracies for tables of a data set with the same model or labels."""
    told: dict[str, list[float]] = {"two models": [], "two numbers of labels": []}
    for of in found.values():
        for (one, a), (other, b) in combinations(of.items(), 2):
            if (one[0] == other[0]) != (one[1] == other[1]):
                what = "two numbers of labels" if one[0] == other[0] else "two models"
                told[what].append(float(np.corrcoef(a.mean(axis=1), b.mean(axis=1))[0, 1]))
    return told


def _needed(dataset: Dataset, task: str, most: int, arguments: argparse.Namespace) -> Dataset:
    """Return ``dataset`` with the examples of all draws, and a part of its test split."""
    budget, test = labelled_budget(dataset, task)
    taken = {
        one.id
        for draw in range(arguments.draws)
        for members in in_random_order(budget, task, draw).values()
        for one in members[:most]
    }
    shuffled = np.random.default_rng(0).permutation(len(test))[: arguments.test]
    few = {test[place].id for place in shuffled}

    def kept(examples: tuple[Example, ...], ids: set[str]) -> tuple[Example, ...]:
        return tuple(one for one in examples if one.id in ids)

    return replace(
        dataset, train=kept(dataset.train, taken), valid=kept(dataset.valid, taken), test=kept(dataset.test, few)
    )


def _features(backbone: Backbone, prepared: Prepared, task: Task) -> dict[str, np.ndarray]:
    frozen, last = FrozenPart(backbone), len(backbone.blocks())
    found = {}
    for split, data in prepared.labelled((task,), backbone.preprocess).items():
        rows = frozen.activations(data, [last], exact=True, what=split)[last].matrix()
        found |= {one.id: row for one, row in zip(data.examples, rows, strict=True)}
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=lambda text: tuple(text.split("=", 1)))
    parser.add_argument("--shots", default="5,8,20,32,128")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--test", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
