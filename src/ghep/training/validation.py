"""What a pass over the validation split tells: score and loss, both of them by example, and how varied the answers are.

In: logits and targets of valid, task -> (N, K) and (N, ...). Out: a ``ValidResult``, by which the best epoch is chosen;
``Each``, by which two epochs are compared on the same examples; and ``Answers``, which shows a collapse to one class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ghep.metrics.paired import Paired, paired
from ghep.tasks.base import Classifier, Task, labelled
from ghep.training.moving import State
from ghep.training.state import ValidResult

Each = State
"""``loss`` and ``score`` of each labelled example, (n,) each. With one task, their means are those of a ``ValidResult``
without class weights; with several, an example counts by the mean over the tasks that it has a label for."""


class Answers(NamedTuple):
    """How varied the answers of a model are, of the task for which they vary least."""

    entropy: float
    """Entropy of the distribution of answers, divided by that of the labels: 1 is as varied as the labels."""
    largest: float
    """Share of the most frequent answer."""


def valid_result(
    tasks: Sequence[Task],
    logits: Mapping[str, np.ndarray],
    targets: Mapping[str, np.ndarray],
    weights: Mapping[str, torch.Tensor],
) -> ValidResult:
    """Return score and loss, each the mean over the tasks that have labels.

    ``weights`` (task -> class weights) make both count every class equally. The best epoch is then chosen by the same
    objective as in training.
    """
    scores, losses = [], []
    for task in tasks:
        if labelled(targets[task.name]).any():
            classes = weights.get(task.name)
            on_cpu = None if classes is None else classes.cpu()
            as_array = None if on_cpu is None else on_cpu.numpy()
            tensors = torch.from_numpy(logits[task.name]), torch.from_numpy(targets[task.name])
            if isinstance(task, Classifier):
                scores.append(task.merit(targets[task.name], logits[task.name], as_array))
                losses.append(float(task.loss(*tensors, class_weights=on_cpu)))
            else:
                scores.append(task.merit(targets[task.name], logits[task.name]))
                losses.append(float(task.loss(*tensors)))
    return ValidResult(float(np.mean(scores)), float(np.mean(losses)))


def each_example(tasks: Sequence[Task], logits: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]) -> Each:
    """Return loss and score of each example with a label for any task."""
    losses, scores = list[np.ndarray](), list[np.ndarray]()
    for task in tasks:
        given = labelled(targets[task.name])
        for into, values in (
            (losses, _each_loss(task, logits[task.name], targets[task.name])[given]),
            (scores, task.credit(targets[task.name], task.predict(logits[task.name]))),
        ):
            column = np.full(len(given), np.nan, dtype=np.float32)
            column[given] = values
            into.append(column)
    known = ~np.isnan(np.stack(losses)).all(axis=0)
    return {
        name: torch.from_numpy(np.nanmean(np.stack(columns)[:, known], axis=0))
        for name, columns in (("loss", losses), ("score", scores))
    }


def guesses(tasks: Sequence[Task], train: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]) -> Each:
    """Return loss and score of each example for heads that are zero, as they are before training.

    If one class is the answer, it is the most frequent one in ``train`` (task -> targets): so the score is that of the
    majority class.
    """
    logits = {}
    for task in tasks:
        zeros = np.zeros((len(targets[task.name]), task.outputs), dtype=np.float32)
        if isinstance(task, Classifier) and task.exclusive:
            counts = np.bincount(train[task.name][labelled(train[task.name])], minlength=task.outputs)
            zeros[:, counts.argmax()] = 1e-6
        logits[task.name] = zeros
    return each_example(tasks, logits, targets)


def answers_of(
    tasks: Sequence[Task], logits: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray]
) -> Answers | None:
    """Return how varied the answers to the labelled examples are; None if no task has two different labels there.

    For a multi-label task, an answer is a set of classes. Regression has no classes and is left out.
    """
    found = []
    for task in tasks:
        given = labelled(targets[task.name])
        if not isinstance(task, Classifier) or not given.any():
            continue
        labels = _shares(targets[task.name][given])
        if len(labels) > 1:
            answers = _shares(task.answers(task.predict(logits[task.name][given])))
            found.append(Answers(_entropy(answers) / _entropy(labels), float(answers.max())))
    return min(found, default=None)


def change(before: Each, after: Each, what: str) -> Paired:
    """Return the paired comparison of ``what``, loss or score: the mean of ``after`` minus that of ``before``."""
    values = [each[what].double().numpy() for each in (after, before)]
    if all(np.isin(one, (0.0, 1.0)).all() for one in values):
        return paired(*(one.astype(bool) for one in values))
    return paired(*values)


def _each_loss(task: Task, logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the loss of each row (N,), 0 for a row without a label.

    Every task has a mean loss that is linear in its soft targets. So the derivative of n times the mean, by a factor of
    the targets of a row, is the loss of that row.
    """
    soft = task.soft(torch.from_numpy(targets))
    factors = torch.ones(len(soft), requires_grad=True)
    with torch.enable_grad():
        loss = task.loss(torch.from_numpy(logits), soft * factors.reshape(-1, *[1] * (soft.ndim - 1)))
        (slope,) = torch.autograd.grad(loss, factors)
    each: np.ndarray = (slope * int(labelled(targets).sum())).numpy()
    return each


def _shares(rows: np.ndarray) -> np.ndarray:
    """Return the share of each distinct row."""
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    return np.asarray(counts / counts.sum())


def _entropy(shares: np.ndarray) -> float:
    return float(-(shares * np.log(shares)).sum())
