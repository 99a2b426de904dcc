"""Few labels, drawn again and again: what somebody would hold who had labelled k examples of each class.

In: a checked data set. Out: the same with fewer labels, one for each k. A draw takes k of each class from all that is
labelled (train and valid together), the smaller draws inside the larger ones, and is the same for every contender. It
is all the labels there are: the valid split by which a model makes its choices is part of it, about a fifth of each
class. The test split stays whole, so every draw is judged on the same examples.

    labels a class    1    2    3    4    5    8   10   16
    of them in train  1    2    3    4    4    6    8   13
    in valid          0    0    0    0    1    2    2    3

The order of the examples has no say: they are taken in the order of a keyed hash of draw and id.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ghep.data.dataset import Dataset
from ghep.data.splitting.splits import CARVED, deal
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.types import Example, Finding, Split

FEWEST_TO_CHOOSE_BY = 5
"""Labels of a class from which one is set aside to choose by: of fewer, a fifth is less than one.

One a class set aside cost a linear probe 12.5, 5.9 and 3.5 points of accuracy with 2, 3 and 4 labels a class on digits
(10 classes, scikit-learn's), 8.1, 0.9 and 0.0 on its breast cancer data; 30 draws each.
"""


def nested_draws(dataset: Dataset, task: str, shots: Sequence[int], *, draw: int) -> dict[int, Dataset]:
    """Return, for each number of labels a class, ``dataset`` with so many of ``task``; ``draw`` is the only seed.

    Copies that are equal byte for byte stay on one side of train and valid. A class with fewer labels than asked for
    gives all it has. ``findings`` are those of the draw; those of the whole data stand in ``dataset``. Without a test
    split valid takes its place, and labels are drawn from train alone.

    Raises ConfigError for an unknown task or less than one label, DataError if there is nothing left to be judged on.
    """
    if task not in dataset.classes:
        raise ConfigError(f'{dataset.name} has no task "{task}"', remedy=did_you_mean(task, dataset.classes))
    refuse_sets(dataset, task)
    if not shots or min(shots) < 1:
        raise ConfigError(f"one label a class or more were expected, {list(shots)} came", remedy="ask for 1, 2, 4 ...")
    budget, test = labelled_budget(dataset, task)
    if not test:
        raise DataError(
            f"{dataset.name} has no test split and no valid split: few labels could not be judged",
            remedy="add a test split",
        )
    ordered = in_random_order(budget, task, draw)
    return {count: _drawn(dataset, task, ordered, test, count, draw) for count in sorted(set(shots))}


def refuse_sets(dataset: Dataset, task: str) -> None:
    """Raise ConfigError for a multi-label task."""
    if task in dataset.multi_label:
        raise ConfigError(
            f"{task} is multi-label: examples have several classes, so there are no draws of so many labels of each",
            remedy="leave out --labels, or compare on a column of one class each",
        )


def labelled_budget(dataset: Dataset, task: str) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return what may be learnt and chosen from, and what all is judged on."""
    learnt = (*dataset.train, *dataset.valid) if dataset.test else dataset.train
    return tuple(example for example in learnt if task in example.labels), dataset.test or dataset.valid


def in_random_order(budget: Sequence[Example], task: str, draw: int) -> dict[str, list[Example]]:
    """Return the examples by label, in this draw's order. It does not know how many will be taken: draws nest."""
    by_label: dict[str, list[Example]] = defaultdict(list)
    for example in sorted(budget, key=lambda example: (_key(draw, example.id), example.id)):
        by_label[example.labels[task]].append(example)
    return dict(sorted(by_label.items()))


def _key(draw: int, identity: str) -> str:
    """Return what a draw sorts by: not the hash by which the splits were dealt, which would tie one to the other."""
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
    valid = _to_choose_by(taken, task, {**dataset.digests, **dataset.groups}, draw)
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


def _to_choose_by(taken: Sequence[Example], task: str, together: Mapping[str, str], draw: int) -> set[str]:
    """Return the ids of the valid split: about a fifth of each class that can spare it; every class stays in train."""
    members: dict[str, set[str]] = defaultdict(set)
    for example in taken:
        members[example.labels[task]].add(example.id)
    of_one_task = [Example(example.id, None, {task: example.labels[task]}) for example in taken]
    able = [one for one in of_one_task if len(members[one.labels[task]]) >= FEWEST_TO_CHOOSE_BY]
    groups = {example.id: together.get(example.id, example.id) for example in taken}
    shares: dict[Split, float] = {"train": 1 - CARVED, "valid": CARVED}
    valid = {identity for identity, split in deal(able, groups, shares, seed=draw).items() if split == "valid"}
    for ids in members.values():
        if ids <= valid:  # copies of what another class carries too
            valid -= ids
    learnt = {group for identity, group in groups.items() if identity not in valid}
    return {identity for identity in valid if groups[identity] not in learnt}


def _short(ordered: Mapping[str, Sequence[Example]], count: int) -> list[Finding]:
    short = {label: len(members) for label, members in ordered.items() if len(members) < count}
    if not short:
        return []
    items = tuple(f"{label}: {number}" for label, number in short.items())
    message = f"{len(short)} of {len(ordered)} classes have fewer than {count} labels and gave all they have"
    return [Finding("fewer-labels", "info", message, "label more of them, or ask for fewer labels", items)]
