"""Scores with and without the examples that have a copy in train, next to each other.

A copy in train tells the model its answer: with the same label it flatters the score, with another one it ruins it. In:
scored splits and which examples have copies. Out: the same with the scores on the others, and findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghep.experiment.results import SplitResult
from ghep.tasks.base import MISSING, Task, labelled
from ghep.types import Finding, Score

Copies = Mapping[str, Sequence[Mapping[str, str] | None]]
"""Id of an example that has copies in train -> the labels of each copy; None where they are not known."""


@dataclass(frozen=True)
class Unseen:
    """Scores on the examples of a split without a copy in train, and what the others add to the headline."""

    scores: tuple[Score, ...]
    """Of the unseen; empty where every example has a copy."""
    copied: tuple[tuple[str, Score], ...]
    """Primary score by kind of copy: "the same label", "another label", "an unknown label"."""

    @property
    def n(self) -> int:
        """Return how many labelled examples have no copy."""
        return self.scores[0].n if self.scores else 0


def seen_in(split: str) -> str:
    """Return where copies of the examples of ``split`` were seen: test was trained on in train, chosen by in valid."""
    return "train" if split == "valid" else "train or valid"


def with_unseen(
    scored: Sequence[SplitResult], tasks: Sequence[Task], copies: Copies, *, seed: int = 0
) -> tuple[tuple[SplitResult, ...], tuple[Finding, ...]]:
    """Return ``scored`` with the scores on unseen examples where there are copies, and findings on the last splits."""
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
        targets = result.targets.copy()
        targets[~rows] = MISSING
        return task.score(targets, result.probabilities, seed=seed) if rows.any() else ()

    place = np.array(kinds)
    copied = [
        (kind, next(score for score in scores(place == kind) if score.name == task.primary))
        for kind in ("the same label", "another label", "an unknown label")
        if kind in kinds
    ]
    return replace(result, unseen=Unseen(scores(given & (place == "")), tuple(copied)))


def _kind(label: str | None, copies: Sequence[Mapping[str, str] | None], task: str) -> str:
    labels = {None if copy is None else copy.get(task) for copy in copies}
    if label in labels:
        return "the same label"
    return "an unknown label" if labels <= {None} else "another label"


def _finding(result: SplitResult, task: Task) -> Finding:
    unseen, whole = result.unseen, result.score(task.primary)
    assert unseen is not None
    each = "; ".join(f"{score.value:.3f} on {score.n} whose copy has {kind}" for kind, score in unseen.copied)
    alone = [score for score in unseen.scores if score.name == task.primary]
    rest = f"{alone[0].value:.3f} on the {unseen.n} without" if alone else "none is without"
    message = (
        f"{whole.n - unseen.n} of {whole.n} {result.split} examples of {result.task} have a copy in "
        f"{seen_in(result.split)}: {whole.name} {whole.value:.3f} on all, {rest}; {each}"
    )
    remedy = f"report the score without copies, and remove them from {seen_in(result.split)} or from {result.split}"
    return Finding("scored-on-copies", "error", message, remedy, (result.task,))
