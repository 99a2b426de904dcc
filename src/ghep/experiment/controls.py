"""The control beside a model: what can be had without transfer, on the same examples, with a paired comparison.

For texts it is a linear model on n-grams (``data/text/linear_ngrams.py``). Which control such data have, and whether it
is quick enough for every run, is the preprocessing's to say; where it is not, nothing is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.preprocess import FittedControl
from ghep.errors import DataError
from ghep.experiment.results import SplitResult
from ghep.metrics.paired import Paired, mcnemar
from ghep.tasks.base import Task, correct, labelled
from ghep.types import Finding, Score, Split

CHANCE = 0.05
"""A difference that is this likely between equally good models is none that can be told."""


@dataclass(frozen=True)
class Control:
    """How a control did where a model was scored."""

    name: str
    score: Score
    """Its primary score."""
    paired: Paired
    """The model minus the control, in accuracy."""
    seconds: float
    """To fit it."""


def with_controls(
    scored: Sequence[SplitResult], splits: Mapping[Split, LabelledExamples], tasks: Sequence[Task], *, seed: int
) -> tuple[tuple[SplitResult, ...], tuple[Finding, ...]]:
    """Return ``scored`` with the control beside each result, if there is one for such data, and why one is missing."""
    fitted: dict[str, FittedControl | None] = {}
    unfitted = []
    for task in tasks:
        try:
            fitted[task.name] = _fitted(task, splits)
        except DataError as error:  # the model is trained: it is not lost because its control cannot be
            fitted[task.name] = None
            unfitted.append(Finding("no-control", "info", f"{task.name} has no control: {error.cause}", error.remedy))
    found = []
    for result in scored:
        control, task = fitted[result.task], next(task for task in tasks if task.name == result.task)
        if control is None:
            found.append(result)
            continue
        probabilities = control.probabilities(result.examples)
        scores = task.score(result.targets, probabilities, seed=seed)
        score = next(score for score in scores if score.name == task.primary)
        given = labelled(result.targets)
        right = correct(task.answers(result.probabilities), result.targets)[given]
        other = correct(task.answers(probabilities), result.targets)[given]
        beside = Control(control.name, score, mcnemar(right, other), control.seconds)
        found.append(replace(result, controls=(*result.controls, beside)))
    return tuple(found), tuple(unfitted)


def _fitted(task: Task, splits: Mapping[Split, LabelledExamples]) -> FittedControl | None:
    train, valid = splits["train"], splits.get("valid")
    targets = np.asarray(train.targets[task.name])
    if not train.preprocess.control_in_fit or len(np.unique(targets[labelled(targets)], axis=0)) < 2:
        return None
    beside = None if valid is None else (valid.examples, np.asarray(valid.targets[task.name]))
    return train.preprocess.linear_control(train.prepared)(train.examples, targets, task.outputs, valid=beside)


def control_findings(scored: Sequence[SplitResult]) -> tuple[Finding, ...]:
    """Say where transfer did not pay, on the last split of each task: the control is as good, or better."""
    last = {result.task: result for result in scored}
    return tuple(
        _verdict(result, control) for result in last.values() for control in result.controls if _no_gain(control)
    )


def _no_gain(control: Control) -> bool:
    paired = control.paired
    return paired.n > 0 and (paired.difference <= 0 or paired.p_value > CHANCE)


def _verdict(result: SplitResult, control: Control) -> Finding:
    paired, interval = control.paired, control.paired.interval
    of = f"{result.split} of {result.task}"
    by = f"by {abs(paired.difference):.3f} (95 % interval of the difference {interval.low:.3f} to {interval.high:.3f}"
    if paired.difference < 0 and paired.p_value <= CHANCE:
        message = f"{control.name} is better than this model on {of} {by}, p = {paired.p_value:.2g})"
        remedy = "use it, or a backbone raised on such data, or fine-tune more of this one"
        return Finding("control-is-better", "warning", message, remedy, (result.task,))
    place = "ahead of" if paired.difference < 0 else "behind" if paired.difference > 0 else "level with"
    message = f"{control.name} is {place} this model on {of} {by}, p = {paired.p_value:.2g}): they cannot be told apart"
    remedy = "more test examples would tell; until then the control is the cheaper choice"
    return Finding("no-better-than-control", "info", message, remedy, (result.task,))
