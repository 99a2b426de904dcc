"""A part of the labels: those of some tasks, or no more than so many of one. The examples keep their splits.

In: a checked ``Dataset``. Out: another one, of the same examples or fewer; what is left without a label is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from ghep.comparison.planning.draws import in_random_order
from ghep.data.dataset import Dataset
from ghep.data.splitting.splits import CARVED
from ghep.errors import ConfigError, did_you_mean
from ghep.types import SPLITS, Example, Finding, Split


def only(dataset: Dataset, tasks: Collection[str]) -> Dataset:
    """Return the examples that are labelled for any of ``tasks``, with these labels alone; all, where none is named."""
    if not tasks or set(tasks) >= set(dataset.tasks):
        return dataset
    return _with(dataset, lambda _, one: {task: label for task, label in one.labels.items() if task in tasks}, tasks)


def limited(dataset: Dataset, limits: Mapping[str, int], *, draw: int) -> Dataset:
    """Return ``dataset`` with at most so many labels of each task in ``limits``, on train and valid together.

    A fifth of them are on valid, to choose by, where valid has so many; test keeps its own. Each class gives its
    share. The draws of one number are part of those of a larger one; ``draw`` is the only seed. A row that loses its
    label stays if another task labels it. Raises ConfigError for an unknown task.
    """
    unknown = [task for task in limits if task not in dataset.classes]
    if unknown:
        raise ConfigError(
            f'{dataset.name} has no task "{unknown[0]}"', remedy=did_you_mean(unknown[0], dataset.classes)
        )
    for task, most in limits.items():
        dataset = _limited(dataset, task, most, draw)
    return dataset


def _limited(dataset: Dataset, task: str, most: int, draw: int) -> Dataset:
    valid = _evenly(dataset.valid, task, draw)[: round(CARVED * most)]
    kept = {*_evenly(dataset.train, task, draw)[: most - len(valid)], *valid}

    def labels(split: Split, one: Example) -> dict[str, str]:
        lost = split != "test" and one.id not in kept
        return {name: label for name, label in one.labels.items() if not (lost and name == task)}

    found = _with(dataset, labels, dataset.tasks)
    return replace(found, findings=(*found.findings, *_said(dataset, task, len(kept))))


def _said(dataset: Dataset, task: str, kept: int) -> list[Finding]:
    there = sum(task in one.labels for one in (*dataset.train, *dataset.valid))
    if kept >= there:
        return []
    message = (
        f"{kept} of {there} labels of {task} are used, drawn by each seed anew, about a fifth of them to choose by"
    )
    return [Finding("labels-limited", "info", message)]


def _evenly(examples: tuple[Example, ...], task: str, draw: int) -> list[str]:
    """Return the ids of those with a label: one of each class, then such that so many as are taken have the shares."""
    classes = in_random_order([one for one in examples if task in one.labels], task, draw)
    placed = [
        (rank > 0, (rank + 0.5) / len(members), label, one.id)
        for label, members in classes.items()
        for rank, one in enumerate(members)
    ]
    return [identity for *_, identity in sorted(placed)]


def _with(dataset: Dataset, labels: Callable[[Split, Example], Mapping[str, str]], tasks: Collection[str]) -> Dataset:
    """Return ``dataset`` with other labels, where that leaves any; the classes of ``tasks`` keep their places."""
    parts = {
        split: tuple(
            one if left == one.labels else replace(one, labels=left)
            for one in dataset.examples(split)
            if (left := labels(split, one))
        )
        for split in SPLITS
    }
    classes = {task: names for task, names in dataset.classes.items() if task in tasks}
    return replace(dataset, train=parts["train"], valid=parts["valid"], test=parts["test"], classes=classes)
