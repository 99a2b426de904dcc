"""Data sets with a part of the labels: those of some tasks only, or a limited number of labels per task.

In: a checked ``Dataset``. Out: a ``Dataset`` with fewer labels, without the examples that have no label any more. The
other examples keep their splits.
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
    """Return ``dataset`` with the labels of ``tasks`` only, without examples that have none of these labels.

    If ``tasks`` is empty, ``dataset`` is returned unchanged.
    """
    if not tasks or set(tasks) >= set(dataset.tasks):
        return dataset
    return _with(dataset, lambda _, one: {task: label for task, label in one.labels.items() if task in tasks}, tasks)


def limited(dataset: Dataset, limits: Mapping[str, int], *, draw: int) -> Dataset:
    """Return ``dataset`` with at most ``limits[task]`` labels of each task, in train and valid together.

    A fifth of these labels are in valid, if valid has as many; test keeps all its labels. Classes keep their
    proportions. The labels of a smaller limit are a subset of those of a larger limit; ``draw`` is the only seed. An
    example that loses its label of one task stays if it has a label of another. Raises ConfigError for an unknown task.
    """
    unknown = [task for task in limits if task not in dataset.classes]
    if unknown:
        hint = did_you_mean(unknown[0], dataset.classes)
        raise ConfigError("limited-task-unknown", dataset=dataset.name, task=unknown[0], hint=hint)
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
    return replace(found, findings=(*found.findings, *_limit_findings(dataset, task, len(kept))))


def _limit_findings(dataset: Dataset, task: str, kept: int) -> list[Finding]:
    available = sum(task in one.labels for one in (*dataset.train, *dataset.valid))
    if kept >= available:
        return []
    return [Finding.of("labels-limited", "info", kept=kept, available=available, task=task)]


def _evenly(examples: tuple[Example, ...], task: str, draw: int) -> list[str]:
    """Return the ids of the labelled examples, ordered so that the first k have the proportions of the classes, any k.

    One example of each class comes first. ``draw`` is the only seed.
    """
    classes = in_random_order([one for one in examples if task in one.labels], task, draw)
    placed = [
        (rank > 0, (rank + 0.5) / len(members), label, one.id)
        for label, members in classes.items()
        for rank, one in enumerate(members)
    ]
    return [identity for *_, identity in sorted(placed)]


def _with(dataset: Dataset, labels: Callable[[Split, Example], Mapping[str, str]], tasks: Collection[str]) -> Dataset:
    """Return ``dataset`` with the labels that the function ``labels`` returns for each example.

    Examples without a label are left out. ``tasks`` are the tasks of the result; they keep all their classes.
    """
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
