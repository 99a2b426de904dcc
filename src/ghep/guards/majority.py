"""Is the model better than the majority class? A finding if its score is below that of always predicting that class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ghep.tasks.base import Task, labelled
from ghep.types import Finding, Score


def majority_findings(
    task: Task, split: str, score: Score, majority: float, targets: np.ndarray, probabilities: np.ndarray
) -> tuple[Finding, ...]:
    """Return a finding if ``score``, the primary score on ``split``, is below ``majority``.

    ``majority`` is the score of always predicting the most frequent class. The finding names the class that is
    predicted too often. There is no finding if all labels are the same. ``targets`` and ``probabilities`` are those of
    the whole split.
    """
    if not score.value < majority or majority == 1.0:
        return ()
    found: dict[str, Any] = {
        "score": score.name,
        "task": task.name,
        "split": split,
        "value": score.value,
        "majority": majority,
    }
    if not task.exclusive:
        return (Finding.of("below-majority", "warning", items=(task.name,), **found),)
    name, answered, right = _too_often(task, targets, probabilities)
    return (
        Finding.of(
            "below-majority",
            "warning",
            message="below-majority-class",
            items=(task.name,),
            label=name,
            answered=answered,
            right=right,
            **found,
        ),
    )


def _too_often(task: Task, targets: np.ndarray, probabilities: np.ndarray) -> tuple[str, float, float]:
    """Return the class predicted too often, the share of examples it is predicted for, and its true share."""
    given = labelled(targets)
    answers, truth = (
        np.bincount(which, minlength=task.outputs) / max(given.sum(), 1)
        for which in (task.answers(probabilities[given]), targets[given])
    )
    k = int((answers - truth).argmax())
    return task.classes[k], float(answers[k]), float(truth[k])
