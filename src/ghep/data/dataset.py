"""A data set before and after it is checked: ``Source`` (as read) and ``Dataset`` (checked and split)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.data.image.levels import NOMINAL, Levels
from ghep.types import SPLITS, Example, Finding, LabelSet, Modality, Number, Quarantined, Split, classes_in

DEFAULT_TASK = "label"
"""The task of class folders; in tables a task has the name of its column."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of several data sets that were joined into a source: name, location, tasks and the splits that it names."""

    name: str
    location: str
    """As given: a path, or path:column."""
    tasks: tuple[str, ...]
    splits: Mapping[str, Split] = field(default_factory=dict)
    """Example id -> the split that this data set names for it. If another data set puts the same example into a more
    held-out split (test before valid before train), the joined source uses that one.
    """


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A data set as it was read: examples, labels and splits, before any image or text is checked."""

    name: str
    location: Path
    examples: tuple[Example, ...]
    splits: Mapping[str, Split] = field(default_factory=dict)
    """Example id -> the split that its folder or table names; ids that are absent have none yet."""
    tasks: tuple[str, ...] = (DEFAULT_TASK,)
    findings: tuple[Finding, ...] = ()
    fractions: Mapping[Split, float] | None = None
    """Fractions of the splits if the source names none; None: ``splits.FRACTIONS``."""
    modality: Modality = "image"
    """The modality of all examples."""
    parts: tuple[Part, ...] = ()
    """The data sets it was joined from, if any: each is split as if it were read alone."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Example id -> its group (``--group``: a patient, a film): examples of one group stay in one split."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Example id -> its weight in training, from 0; 1 for absent ids."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Read options that name the columns of a table: path_column or text_column, label_columns. ``other_columns``: the
    columns that could hold the texts or images if that column is missing."""

    def __repr__(self) -> str:
        return f"<Source {self.name}: {len(self.examples):,} {self.modality}s; {', '.join(self.tasks)}>"


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """Checked examples in three disjoint splits; ``valid`` and ``test`` may be empty."""

    name: str
    location: Path
    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    test: tuple[Example, ...]
    classes: Mapping[str, tuple[str, ...]]
    """Task -> the classes in the train split, sorted: the position of a class is its target. Empty for regression."""
    findings: tuple[Finding, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """Example id -> SHA-256 of its content as given, in hexadecimal."""
    modality: Modality = "image"
    places: Mapping[str, str] = field(default_factory=dict)
    """Name -> path of the data sets it was joined from; empty otherwise."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Example id -> group that is never divided (named groups and copies), for examples in a group of two or more."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Example id -> its weight in training, from 0; 1 for absent ids."""
    seen_copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Id of a valid or test example -> its copies, equal or near, in train; for test examples also in valid."""
    levels: Levels = NOMINAL
    """Black and white levels of images with more than 8 bits, measured on all of them."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Read options that name the columns of the table it was read from; empty for folders."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the tasks."""
        return tuple(self.classes)

    @property
    def multi_label(self) -> tuple[str, ...]:
        """The tasks in which an example may have several classes."""
        return multi_label_of(self.train, self.tasks)

    @property
    def regression(self) -> tuple[str, ...]:
        """The tasks whose labels are real numbers."""
        return regression_of(self.train, self.tasks)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count:,} {split}" for split, count in self.counts.items() if count)
        return f"<Dataset {self.name}: {counts or 'no'} {self.modality}s; {', '.join(self.tasks)}>"

    @property
    def counts(self) -> dict[Split, int]:
        """The number of examples in each split."""
        return {split: len(self.examples(split)) for split in SPLITS}

    def examples(self, split: Split) -> tuple[Example, ...]:
        """Return the examples of one split."""
        return {"train": self.train, "valid": self.valid, "test": self.test}[split]

    def __len__(self) -> int:
        return len(self.train) + len(self.valid) + len(self.test)


_ROW = re.compile(r"(?P<table>.+\.(?:(?P<header>csv|tsv|xlsx)|parquet)(?:\.gz)?)#(?P<row>\d+)")


def place(identity: str) -> str:
    """Return an id for display: a row of a CSV gets the number that a spreadsheet shows, other rows count from 1.

    >>> place("train.csv#0"), place("train.parquet#0"), place("cats/1.jpg")
    ('train.csv row 2', 'train.parquet row 1', 'cats/1.jpg')
    """
    row = _ROW.fullmatch(identity)
    if not row:
        return identity
    return f"{row['table']} row {int(row['row']) + (2 if row['header'] else 1)}"  # the header is row 1


def classes_of(examples: Iterable[Example], tasks: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return a dict: task -> the sorted classes that occur in ``examples``."""
    found: dict[str, set[str]] = {task: set() for task in tasks}
    for example in examples:
        for task, label in example.labels.items():
            found.setdefault(task, set()).update(classes_in(label))
    return {task: tuple(sorted(labels)) for task, labels in found.items()}


def label_counts(examples: Iterable[Example], task: str) -> dict[str, int]:
    """Return the number of examples of each class of a task, sorted by class; an example may have several classes."""
    counts: dict[str, int] = {}
    for example in examples:
        if task in example.labels:
            for name in classes_in(example.labels[task]):
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def multi_label_of(examples: Iterable[Example], tasks: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks among ``tasks`` that are multi-label: an example may have several classes."""
    examples = tuple(examples)
    return tuple(task for task in tasks if any(isinstance(one.labels.get(task), LabelSet) for one in examples))


def regression_of(examples: Iterable[Example], tasks: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks among ``tasks`` whose labels are real numbers."""
    examples = tuple(examples)
    return tuple(task for task in tasks if any(isinstance(one.labels.get(task), Number) for one in examples))
