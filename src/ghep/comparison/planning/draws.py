"""Draws of few labels: data sets as they would be with k labelled examples per class.

In: a checked data set. Out: for each k, the same data set with k labelled examples per class (in a regression task: k
labelled examples). A draw takes k examples of each class from all labelled ones (train and valid together). The
examples of a smaller k are a subset of those of a larger k, and draws are the same for every contender. About a fifth
of the k examples per class become the valid split. The test split is unchanged, so every draw is scored on the same
examples.

    labels per class  1    2    3    4    5    8   10   16
    of them in train  1    2    3    4    4    6    8   13
    in valid          0    0    0    0    1    2    2    3

The result does not depend on the order of the examples: they are sorted by a hash of draw and id.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ghep.data.dataset import Dataset
from ghep.data.splitting.splits import CARVED, deal
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.types import Example, Finding, Number, Split

FEWEST_WITH_VALID = 5
"""With at least this many labels of a class, a fifth of them go to valid; with fewer, all are used for training.

A fifth of fewer labels is less than one. Moving one label per class to valid cost a linear probe 12.5, 5.9 and 3.5
points of accuracy with 2, 3 and 4 labels per class on scikit-learn's digits (10 classes), and 8.1, 0.9 and 0.0 points
on its breast cancer data; means of 30 draws.
"""


def nested_draws(dataset: Dataset, task: str, shots: Sequence[int], *, draw: int) -> dict[int, Dataset]:
    """Return a dictionary: number of labels per class -> ``dataset`` with that many labels of ``task``.

    ``draw`` is the number of the draw and its only seed. Byte-identical copies are never divided between train and
    valid. A class with fewer labels contributes all its examples. The ``findings`` of a returned data set are about the
    draw only. Without a test split, valid is used as test, and labels are drawn from train only.

    Raises ConfigError for an unknown task or less than one label, DataError if there is no split to score on.
    """
    if task not in dataset.classes:
        hint = did_you_mean(task, dataset.classes)
        raise ConfigError("draws-unknown-task", data=dataset.name, task=task, hint=hint)
    refuse_sets(dataset, task)
    if not shots or min(shots) < 1:
        raise ConfigError("draws-labels-invalid", found=list(shots), count=len(shots))
    budget, test = labelled_budget(dataset, task)
    if not test:
        raise DataError("draws-without-test", data=dataset.name)
    ordered = in_random_order(budget, task, draw)
    return {count: _drawn(dataset, task, ordered, test, count, draw) for count in sorted(set(shots))}


def less_than_all(dataset: Dataset, task: str, shots: Sequence[int]) -> tuple[int, ...]:
    """Return those of ``shots`` that do not take all labelled examples: fewer than the largest class has."""
    budget, _ = labelled_budget(dataset, task)
    largest = max(Counter(_class(one, task) for one in budget).values(), default=0)
    return tuple(count for count in shots if count < largest)


def refuse_sets(dataset: Dataset, task: str) -> None:
    """Raise ConfigError for a multi-label task: labels per class cannot be drawn if examples have several classes."""
    if task in dataset.multi_label:
        raise ConfigError("draws-multi-label", task=task)


def labelled_budget(dataset: Dataset, task: str) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return (labelled examples to draw from, examples to score on).

    With a test split these are train and valid, and test; without one, train, and valid.
    """
    drawn_from = (*dataset.train, *dataset.valid) if dataset.test else dataset.train
    return tuple(example for example in drawn_from if task in example.labels), dataset.test or dataset.valid


def in_random_order(budget: Sequence[Example], task: str, draw: int) -> dict[str, list[Example]]:
    """Return label -> its examples in ``budget``, in the random order of this draw.

    The first k of this order are used with k labels per class.
    """
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in sorted(budget, key=lambda example: (_key(draw, example.id), example.id)):
        by_label[_class(example, task)].append(example)
    return dict(sorted(by_label.items()))


def _class(example: Example, task: str) -> str:
    """Return the example's class; all examples of a regression task have the same class, an empty text."""
    label = example.labels[task]
    return "" if isinstance(label, Number) else label


def _key(draw: int, identity: str) -> str:
    """Return the key by which a draw sorts examples. Splits use another hash, so draws are independent of them."""
    return hashlib.sha256(f"draw {draw}: {identity}".encode("utf-8", "surrogateescape")).hexdigest()


def _drawn(
    dataset: Dataset,
    task: str,
    ordered: Mapping[str, Sequence[Example]],
    test: tuple[Example, ...],
    count: int,
    draw: int,
) -> Dataset:
    taken = [example for members in ordered.values() for example in members[:count]]
    valid = _valid_ids(taken, task, {**dataset.digests, **dataset.groups}, draw)
    used = {example.id for example in (*taken, *test)}
    return replace(
        dataset,
        train=tuple(example for example in taken if example.id not in valid),
        valid=tuple(example for example in taken if example.id in valid),
        test=test,
        classes={task: dataset.classes[task]},
        findings=tuple(_short(ordered, count)),
        digests={identity: digest for identity, digest in dataset.digests.items() if identity in used},
    )


def _valid_ids(taken: Sequence[Example], task: str, together: Mapping[str, str], draw: int) -> set[str]:
    """Return the ids of the examples that become the valid split: about a fifth of each class that has enough labels.

    Every class keeps examples in train. ``together``: id -> group; examples of a group stay in the same split.
    """
    members: dict[str, set[str]] = defaultdict(set)
    for example in taken:
        members[_class(example, task)].add(example.id)
    of_one_task = [Example(example.id, None, {task: example.labels[task]}) for example in taken]
    able = [one for one in of_one_task if len(members[_class(one, task)]) >= FEWEST_WITH_VALID]
    groups = {example.id: together.get(example.id, example.id) for example in taken}
    shares: dict[Split, float] = {"train": 1 - CARVED, "valid": CARVED}
    valid = {identity for identity, split in deal(able, groups, shares, seed=draw).items() if split == "valid"}
    for ids in members.values():
        if ids <= valid:  # copies of examples of another class
            valid -= ids
    in_train = {group for identity, group in groups.items() if identity not in valid}
    return {identity for identity in valid if groups[identity] not in in_train}


def _short(ordered: Mapping[str, Sequence[Example]], count: int) -> list[Finding]:
    short = {label: len(members) for label, members in ordered.items() if len(members) < count}
    if not short:
        return []
    items = tuple(f"{label}: {number}" for label, number in short.items())
    return [Finding.of("fewer-labels", "info", items=items, short=len(short), classes=len(ordered), count=count)]
