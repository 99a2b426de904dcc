"""From the JSON in a bundle, or the labels of a column, to a task: one row for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ghep.errors import BundleError, did_you_mean
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating

KINDS: dict[str, Callable[[Mapping[str, Any]], Task]] = {
    Classification.kind: Classification.from_json,
    Rating.kind: Rating.from_json,
    MultiLabel.kind: MultiLabel.from_json,
}


def from_json(obj: object) -> Task:
    """Build the task that ``to_json`` described.

    Raises BundleError when ``obj`` is no description of a task, or of a kind that this version does not know.

    >>> from_json({"kind": "classification", "name": "animal", "classes": ["cat", "dog"]})
    Classification(name='animal', classes=('cat', 'dog'))
    """
    kind = obj.get("kind") if isinstance(obj, Mapping) else None
    if not isinstance(obj, Mapping) or not isinstance(kind, str):
        raise BundleError(f'a task is an object with a "kind", this is {obj!r:.80}', remedy="save the bundle again")
    if kind not in KINDS:
        raise BundleError(
            f'no kind of task is called "{kind:.80}"; {did_you_mean(kind[:80], KINDS)}',
            remedy="the bundle may come from a newer ghep: upgrade",
        )
    return KINDS[kind](obj)


def task_for(name: str, classes: Sequence[str], *, rating: bool, multi_label: bool = False) -> Task:
    """Return the task of a column of labels: numbers in order if ``rating``, sets of classes if ``multi_label``, else
    classes in the order given.

    Raises DataError when ratings are wanted and labels are no numbers. Ratings are sorted by value ("9" before "10"):
    outputs go by the task's ``classes``, not by the order given here.

    >>> task_for("stars", ["10", "9"], rating=True)
    Rating(name='stars', classes=('9', '10'))
    """
    if rating:
        return Rating.of(name, classes)
    return MultiLabel(name, tuple(classes)) if multi_label else Classification(name, tuple(classes))
