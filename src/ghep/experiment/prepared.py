"""Data read, checked and decoded once, for one run or for many.

In: a location or a ``Source``, and the preprocessing of a backbone. Out: a ``Prepared``, which holds the checked data
set and its prepared examples. A comparison makes one ``Prepared`` per preprocessing and passes it to every run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ghep.cluster.connect import Cluster
from ghep.data.check import prepare
from ghep.data.dataset import Dataset, Source
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.preprocess import PreparedStore, Preprocess
from ghep.data.sources.tasks import Readable, source_from
from ghep.errors import BrokenPromise, ConfigError, DataError, did_you_mean
from ghep.tasks.base import Task
from ghep.tasks.rating import plain_number
from ghep.tasks.registry import task_for
from ghep.tasks.regression import Regression
from ghep.types import SPLITS, Example, Number, Split


@dataclass(frozen=True)
class Prepared:
    """A checked data set and the prepared form of its examples."""

    dataset: Dataset
    store: PreparedStore
    identity: str
    """Identity of the preprocessing that the examples were prepared with; they can be used only with the same one."""
    seconds: float = 0.0
    """Time to read, check and decode."""

    def holding(self, dataset: Dataset) -> Prepared:
        """Return a copy with ``dataset``: the same examples split differently, or some of them."""
        return replace(self, dataset=dataset)

    def labelled(self, tasks: Sequence[Task], preprocess: Preprocess) -> dict[Split, LabelledExamples]:
        """Return the splits that are not empty, with their targets.

        Raises BrokenPromise if the examples were not prepared with ``preprocess``.
        """
        if preprocess.identity() != self.identity:
            raise BrokenPromise("prepared-for-another-backbone", data=self.dataset.name)
        found: dict[Split, LabelledExamples] = {}
        for split in SPLITS:
            examples = self.dataset.examples(split)
            if examples:
                targets = {task.name: task.encode([example.labels for example in examples]) for task in tasks}
                lengths = self.store.lengths(examples)
                found[split] = LabelledExamples(
                    examples,
                    targets,
                    self.store,
                    preprocess,
                    self.dataset.digests,
                    lengths,
                    weights_of(examples, self.dataset.weights) if split == "train" else None,
                )
        return found


def weights_of(examples: Sequence[Example], weights: Mapping[str, float]) -> np.ndarray | None:
    """Return the weights (N,) of examples in training, with a mean of 1; None if all are equal.

    With a mean of 1, learning rates and regularisation do not depend on the scale of the weights.
    """
    each = np.array([weights.get(example.id, 1.0) for example in examples])
    if len(set(each.tolist())) < 2:
        return None
    if not each.any():
        raise DataError("all-weights-zero", count=len(examples))
    return np.asarray(each / each.mean())


def source_of(
    data: Readable,
    columns: Mapping[str, Any],
    ratings: Sequence[str] = (),
    *,
    each: Callable[[Source], Source] | None = None,
) -> Source:
    """Return ``data`` as a Source, read if necessary; numbers in rating columns are normalised.

    ``each`` is applied to every source before the sources of several tasks are joined.
    """
    return with_plain_numbers(source_from(data, each=each, **columns), ratings)


def prepared_for(
    source: Source,
    preprocess: Preprocess,
    *,
    seed: int,
    strict: bool = False,
    limit_bytes: int,
    progress: Callable[[int, int], None] | None = None,
    cluster: Cluster | None = None,
) -> Prepared:
    """Check ``source``, split it by ``seed``, and return it with the examples as ``preprocess`` prepares them."""
    began = time.perf_counter()
    store = preprocess.prepared_store(limit_bytes=limit_bytes)
    dataset = prepare(source, seed=seed, strict=strict, keep=store, progress=progress, cluster=cluster)
    return Prepared(dataset, store, preprocess.measured_on(dataset).identity(), time.perf_counter() - began)


def tasks_of(dataset: Dataset, ratings: Sequence[str]) -> list[Task]:
    """Return the tasks of ``dataset``; those named in ``ratings`` are ratings.

    Raises ConfigError if ``ratings`` has a name that is not a task, or is a regression task.
    """
    ratings, numeric = (ratings,) if isinstance(ratings, str) else ratings, dataset.regression
    unknown = [name for name in ratings if name not in dataset.classes]
    if unknown:
        raise ConfigError(
            "rating-of-unknown-task",
            names=unknown,
            count=len(unknown),
            data=dataset.name,
            hint=did_you_mean(unknown[0], dataset.classes),
        )
    both = [name for name in ratings if name in numeric]
    if both:
        raise ConfigError("rating-and-regression", task=both[0])
    sets = dataset.multi_label
    return [
        Regression.of(name, [one.labels[name] for one in dataset.train if name in one.labels])
        if name in numeric
        else task_for(name, classes, rating=name in ratings, multi_label=name in sets)
        for name, classes in dataset.classes.items()
    ]


def with_plain_numbers(source: Source, ratings: Sequence[str]) -> Source:
    """Return ``source`` with ratings in their shortest spelling: pandas reads 5 as 5.0 in a column with blanks."""
    ratings = (ratings,) if isinstance(ratings, str) else ratings
    if not ratings:
        return source

    def plain(example: Example) -> Example:
        labels = {
            task: plain_number(str(label)) if task in ratings and not isinstance(label, Number) else label
            for task, label in example.labels.items()
        }
        return replace(example, labels=labels)

    return replace(source, examples=tuple(map(plain, source.examples)))
