"""Scores with and without the examples that have a copy in train.

A copy in train distorts the score: a copy with the same label raises it, one with another label lowers it. In: scored
splits and the examples with copies. Out: the results with added scores on the examples without a copy, and findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghep.experiment.results import SplitResult
from ghep.messages import Message, text_of
from ghep.tasks.base import Task, labelled, only
from ghep.types import Finding, Score

Copies = Mapping[str, Sequence[Mapping[str, str] | None]]
"""Id of an example with copies in train -> for each copy, its labels by task; None if they are unknown."""


@dataclass(frozen=True)
class Unseen:
    """The scores of one split, separately for the examples without a copy in train and for those with a copy."""

    scores: tuple[Score, ...]
    """Scores on the examples without a copy; empty if every example has a copy."""
    copied: tuple[tuple[str, Score], ...]
    """Primary score by label of the copy: ``same``, ``other`` or ``unknown``."""

    @property
    def n(self) -> int:
        """The number of labelled examples without a copy."""
        return self.scores[0].n if self.scores else 0


def seen_in(split: str) -> str:
    """Return the splits where copies of examples of ``split`` were seen: train for valid, train or valid for test."""
    return text_of("seen-in", split=split)


def with_unseen(
    scored: Sequence[SplitResult], tasks: Sequence[Task], copies: Copies, *, seed: int = 0
) -> tuple[tuple[SplitResult, ...], tuple[Finding, ...]]:
    """Return ``scored`` with added scores on the examples without a copy, for results where examples have copies.

    The second value has a finding for each task with copies, on the last split of the task.
    """
    by_name = {task.name: task for task in tasks}
    found = tuple(_with_unseen(result, by_name[result.task], copies, seed) for result in scored)
    last = {result.task: result for result in found}
    return found, tuple(_finding(result, by_name[result.task]) for result in last.values() if result.unseen)


def _with_unseen(result: SplitResult, task: Task, copies: Copies, seed: int) -> SplitResult:
    given = labelled(result.targets)
    kinds = [
        _kind(example.labels.get(task.name), copies[example.id], task.name)
        if has_label and example.id in copies
        else ""
        for example, has_label in zip(result.examples, given, strict=True)
    ]
    if not any(kinds):
        return result

    def scores(rows: np.ndarray) -> tuple[Score, ...]:
        return task.score(only(result.targets, rows), result.predictions, seed=seed) if rows.any() else ()

    place = np.array(kinds)
    copied = [
        (kind, next(score for score in scores(place == kind) if score.name == task.primary))
        for kind in ("same", "other", "unknown")
        if kind in kinds
    ]
    return replace(result, unseen=Unseen(scores(given & (place == "")), tuple(copied)))


def _kind(label: str | None, copies: Sequence[Mapping[str, str] | None], task: str) -> str:
    labels = {None if copy is None else copy.get(task) for copy in copies}
    if label in labels:
        return "same"
    return "unknown" if labels <= {None} else "other"


def _finding(result: SplitResult, task: Task) -> Finding:
    unseen, whole = result.unseen, result.score(task.primary)
    assert unseen is not None
    alone = next((score.value for score in unseen.scores if score.name == task.primary), None)
    return Finding.of(
        "scored-on-copies",
        "error",
        items=(result.task,),
        copies=whole.n - unseen.n,
        n=whole.n,
        split=result.split,
        task=result.task,
        seen_in=Message("seen-in", {"split": result.split}),
        score=whole.name,
        on_all=whole.value,
        unseen=unseen.n,
        on_unseen=alone,
        by_copy=[
            Message("score-by-copy", {"value": score.value, "n": score.n, "label": kind})
            for kind, score in unseen.copied
        ],
    )
