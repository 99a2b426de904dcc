"""Build a task from its JSON in a bundle, or from the labels of a column; ``KINDS`` has one row per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ghep.errors import BundleError, did_you_mean
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression

KINDS: dict[str, Callable[[Mapping[str, Any]], Task]] = {
    Classification.kind: Classification.from_json,
    Rating.kind: Rating.from_json,
    MultiLabel.kind: MultiLabel.from_json,
    Regression.kind: Regression.from_json,
}


def from_json(obj: object) -> Task:
    """Build the task that ``to_json`` described.

    Raises BundleError if ``obj`` does not describe a task or describes a task of an unknown kind.

    >>> from_json({"kind": "classification", "name": "animal", "classes": ["cat", "dog"]})
    Classification(name='animal', classes=('cat', 'dog'))
    """
    kind = obj.get("kind") if isinstance(obj, Mapping) else None
    if not isinstance(obj, Mapping) or not isinstance(kind, str):
        raise BundleError("task-without-kind", found=f"{obj!r:.80}")
    if kind not in KINDS:
        raise BundleError("unknown-task-kind", kind=kind[:80], hint=did_you_mean(kind[:80], KINDS))
    return KINDS[kind](obj)


def task_for(name: str, classes: Sequence[str], *, rating: bool, multi_label: bool = False) -> Task:
    """Return the task of a column of labels: a ``Rating``, a ``MultiLabel``, else a ``Classification``.

    Raises DataError if ratings are not numbers. Ratings are sorted by value ("9" before "10"), other classes keep their
    order: outputs are in the order of the task's ``classes``.

    >>> task_for("stars", ["10", "9"], rating=True)
    Rating(name='stars', classes=('9', '10'))
    """
    if rating:
        return Rating.of(name, classes)
    return MultiLabel(name, tuple(classes)) if multi_label else Classification(name, tuple(classes))
