"""Controls: models without transfer, scored on the same examples as the model and compared with it example by example.

For texts the control is a linear model on n-grams (``data/text/linear_ngrams.py``). The preprocessing says whether the
data have a control that is fast enough for every run; otherwise no control is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.preprocess import FittedControl
from ghep.errors import DataError
from ghep.experiment.results import SplitResult
from ghep.metrics.paired import Paired, paired
from ghep.tasks.base import Classifier, Task, labelled
from ghep.types import Example, Finding, Score, Split

ALPHA = 0.05
"""Significance level: with a larger p-value, the difference between model and control is not detectable."""


@dataclass(frozen=True)
class Control:
    """The score of a control on the examples that the model was scored on."""

    name: str
    score: Score
    """The primary score."""
    paired: Paired
    """Primary score of the model minus that of the control."""
    seconds: float
    """Time to fit the control."""


def with_controls(
    scored: Sequence[SplitResult], splits: Mapping[Split, LabelledExamples], tasks: Sequence[Task], *, seed: int
) -> tuple[tuple[SplitResult, ...], tuple[Finding, ...]]:
    """Return ``scored`` with a control added to each result where the data have one.

    The second value has a finding for each control that could not be fitted.
    """
    fitted: dict[str, FittedControl | None] = {}
    unfitted = []
    for task in tasks:
        try:
            fitted[task.name] = _fitted(task, splits)
        except DataError as error:  # the model is trained and must not be lost because the control failed
            fitted[task.name] = None
            unfitted.append(
                Finding.of("no-control", "info", task=task.name, cause=error.cause, cure=error.remedy or "none")
            )
    found = []
    for result in scored:
        control, task = fitted[result.task], next(task for task in tasks if task.name == result.task)
        if control is None:
            found.append(result)
            continue
        predictions = predicted(control, task, result.examples)
        scores = task.score(result.targets, predictions, seed=seed)
        score = next(score for score in scores if score.name == task.primary)
        credits = (task.credit(result.targets, one) for one in (result.predictions, predictions))
        compared = Control(control.name, score, paired(*credits), control.seconds)
        found.append(replace(result, controls=(*result.controls, compared)))
    return tuple(found), tuple(unfitted)


def predicted(control: FittedControl, task: Task, examples: Sequence[Example]) -> np.ndarray:
    """Return the control's predictions for ``task``: probabilities (N, K), or for regression (N, 3).

    The three columns of regression are a number and the ends of its prediction interval.
    """
    outputs = control.outputs(examples)
    return outputs if isinstance(task, Classifier) else task.predict(outputs)


def _fitted(task: Task, splits: Mapping[Split, LabelledExamples]) -> FittedControl | None:
    train, valid = splits["train"], splits.get("valid")
    targets = np.asarray(train.targets[task.name])
    if not train.preprocess.control_in_fit or len(np.unique(targets[labelled(targets)], axis=0)) < 2:
        return None
    on_valid = None if valid is None else (valid.examples, np.asarray(valid.targets[task.name]))
    return train.preprocess.linear_control(train.prepared)(train.examples, targets, task.outputs, valid=on_valid)


def control_findings(scored: Sequence[SplitResult]) -> tuple[Finding, ...]:
    """Return a finding for each control that is not detectably worse than the model, on test, or valid without test."""
    last = {result.task: result for result in scored}
    return tuple(
        _finding(result, control) for result in last.values() for control in result.controls if _no_gain(control)
    )


def _no_gain(control: Control) -> bool:
    paired = control.paired
    return paired.n > 0 and (paired.difference <= 0 or paired.p_value > ALPHA)


def _finding(result: SplitResult, control: Control) -> Finding:
    paired = control.paired
    params: dict[str, Any] = {
        "control": control.name,
        "split": result.split,
        "task": result.task,
        "margin": abs(paired.difference),
        "low": paired.interval.low,
        "high": paired.interval.high,
        "p": paired.p_value,
    }
    if paired.difference < 0 and paired.p_value <= ALPHA:
        return Finding.of("control-is-better", "warning", items=(result.task,), **params)
    order = "ahead" if paired.difference < 0 else "behind" if paired.difference > 0 else "level"
    return Finding.of("no-better-than-control", "info", items=(result.task,), order=order, **params)
