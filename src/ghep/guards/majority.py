"""Is the model better than a constant? A finding if it scores below always predicting the majority class or mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from ghep.tasks.base import Classifier, Task, labelled
from ghep.types import Finding, Score


def majority_findings(
    task: Task, split: str, score: Score, majority: float, targets: np.ndarray, predictions: np.ndarray
) -> tuple[Finding, ...]:
    """Return a finding if ``score``, the primary score on ``split``, is below ``majority``.

    ``majority`` is the score of always predicting the most frequent class, or the mean. The finding names the class
    that is predicted too often. There is no finding if all labels are the same. ``targets`` and ``predictions`` are
    those of the whole split.
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
    if not isinstance(task, Classifier):
        return (Finding.of("below-majority", "warning", message="below-mean", items=(task.name,), **found),)
    if not task.exclusive:
        return (Finding.of("below-majority", "warning", items=(task.name,), **found),)
    name, answered, right = _too_often(task, targets, predictions)
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


def _too_often(task: Classifier, targets: np.ndarray, probabilities: np.ndarray) -> tuple[str, float, float]:
    """Return the class predicted too often, the share of examples it is predicted for, and its true share."""
    given = labelled(targets)
    answers, truth = (
        np.bincount(which, minlength=task.outputs) / max(given.sum(), 1)
        for which in (task.answers(probabilities[given]), targets[given])
    )
    k = int((answers - truth).argmax())
    return task.classes[k], float(answers[k]), float(truth[k])
