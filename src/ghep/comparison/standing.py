"""The controls that are no runs of their own: the commonest class of train, and for texts a linear model on words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ghep.comparison.record import MAJORITY, WORDS, Answers, Contender, Data, Measured
from ghep.data.dataset import Dataset
from ghep.data.preprocess import Preprocess
from ghep.errors import DataError
from ghep.tasks.base import Task
from ghep.types import Example, Split


def standing_controls(
    dataset: Dataset,
    preprocess: Preprocess,
    task: Task,
    data: Data,
    *,
    labels: int | None = None,
    draw: int = 0,
    seed: int = 0,
) -> Iterator[Measured]:
    """Yield how they do on the headline split of ``data``, fitted on train of ``dataset`` and chosen on its valid."""
    examples: tuple[Example, ...] = tuple(
        one for one in dataset.examples(_split(data.headline)) if data.task in one.labels
    )
    targets = _targets(task, examples)
    known = _targets(task, dataset.train)
    commonest = int(np.bincount(known[known >= 0], minlength=task.outputs).argmax())
    shares = np.bincount(known[known >= 0], minlength=task.outputs) / max(1, int((known >= 0).sum()))
    constant = np.tile(shares, (len(examples), 1))
    assert int(constant[0].argmax()) == commonest
    beside = {"labels": labels, "draw": draw, "seed": seed, "num_train": len(dataset.train)}
    yield _measured(MAJORITY, examples, targets, constant, 0.0, beside)
    valid = (dataset.valid, _targets(task, dataset.valid)) if dataset.valid else None
    try:
        control = preprocess.fit_control(dataset.train, known, task.outputs, valid=valid)
    except DataError:  # no words in it at all
        return
    if control is not None:
        yield _measured(WORDS, examples, targets, control.probabilities(examples), control.seconds, beside)


def _split(name: str) -> Split:
    return "test" if name == "test" else "valid"


def _targets(task: Task, examples: tuple[Example, ...]) -> np.ndarray:
    targets: np.ndarray = task.encode([example.labels for example in examples])
    return targets


def _measured(
    name: str,
    examples: tuple[Example, ...],
    targets: np.ndarray,
    probabilities: np.ndarray,
    seconds: float,
    beside: dict[str, Any],
) -> Measured:
    predicted = probabilities.argmax(1)
    rows = np.arange(len(examples))
    answers = Answers(
        tuple(example.id for example in examples),
        targets,
        predicted,
        probabilities[rows, predicted],
        probabilities[rows, targets],
    )
    return Measured(
        contender=Contender(name),
        answers=answers,
        valid_score=None,
        history=(),
        seconds=seconds,
        saved_seconds=0.0,
        peak_memory_bytes=0,
        trained_parameters=0,
        total_parameters=0,
        scores={"accuracy": answers.accuracy},
        **beside,
    )
