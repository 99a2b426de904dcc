"""Is the model better than no model? A score below that of always giving the commonest answer is worth less than it."""

from __future__ import annotations

import numpy as np

from ghep.tasks.base import Task, labelled
from ghep.types import Finding, Score


def majority_findings(
    task: Task, split: str, score: Score, majority: float, targets: np.ndarray, probabilities: np.ndarray
) -> tuple[Finding, ...]:
    """Return a finding if ``score``, the primary one on ``split``, is below ``majority``.

    It names the class that is answered too often. There is none where all labels are the same. ``targets`` and
    ``probabilities`` are those of the whole split.
    """
    if not score.value < majority or majority == 1.0:
        return ()
    message = (
        f"{score.name} of {task.name} on {split} is {score.value:.3f}, below the {majority:.3f} of always giving the "
        f"commonest label{_too_often(task, targets, probabilities)}"
    )
    remedy = (
        "do not use this model as it is; compare the labels of train and "
        + split
        + ", try --class-weights, or train more "
        "of the backbone"
    )
    return (Finding("below-majority", "warning", message, remedy, (task.name,)),)


def _too_often(task: Task, targets: np.ndarray, probabilities: np.ndarray) -> str:
    """Return ``: "hate" is answered for 77% of the examples and right for 42%``; nothing for sets of classes."""
    if not task.exclusive:
        return ""
    given = labelled(targets)
    answers, truth = (
        np.bincount(which, minlength=task.outputs) / max(given.sum(), 1)
        for which in (task.answers(probabilities[given]), targets[given])
    )
    k = int((answers - truth).argmax())
    return f': "{task.classes[k]}" is answered for {answers[k]:.0%} of the examples and right for {truth[k]:.0%}'
