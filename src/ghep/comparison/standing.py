"""The controls that are no runs of their own: the commonest class of train, and for texts a linear model on words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ghep.comparison.record import MAJORITY, WORDS, Answers, Contender, Data, Measured
from ghep.data.dataset import Dataset
from ghep.data.preprocess import Preprocess
from ghep.errors import DataError
from ghep.tasks.base import Task, labelled
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
    known = _targets(task, dataset.train)
    beside = {"labels": labels, "draw": draw, "seed": seed, "num_train": len(dataset.train)}
    yield _measured(MAJORITY, _commonest(examples, task, known, data), 0.0, beside)
    valid = (dataset.valid, _targets(task, dataset.valid)) if dataset.valid else None
    try:
        control = preprocess.fit_control(dataset.train, known, task.outputs, valid=valid)
    except DataError:  # no words in it at all
        return
    if control is not None:
        answers = _answered(examples, task, control.probabilities(examples), data)
        yield _measured(WORDS, answers, control.seconds, beside)


def _commonest(examples: tuple[Example, ...], task: Task, known: np.ndarray, data: Data) -> Answers:
    """Give the commonest answer of ``known``, targets of train, to all; the share of each there is its probability."""
    given, counts = np.unique(known[labelled(known)], axis=0, return_counts=True)
    shares = dict(zip(task.written(given), (counts / max(1, counts.sum())).tolist(), strict=True))
    commonest = task.written(given)[int(counts.argmax())]
    labels = task.written(_targets(task, examples))
    return Answers(
        tuple(example.id for example in examples),
        _numbers(labels, data),
        np.full(len(examples), data.number(commonest), dtype=np.int64),
        np.full(len(examples), shares[commonest]),
        np.array([shares.get(label, 0.0) for label in labels]),
    )


def _answered(examples: tuple[Example, ...], task: Task, probabilities: np.ndarray, data: Data) -> Answers:
    targets, answers = _targets(task, examples), task.answers(probabilities)
    return Answers(
        tuple(example.id for example in examples),
        _numbers(task.written(targets), data),
        _numbers(task.written(answers), data),
        task.likelihood(answers, probabilities),
        task.likelihood(targets, probabilities),
    )


def _numbers(labels: Sequence[str], data: Data) -> np.ndarray:
    return np.array([data.number(label) for label in labels], dtype=np.int64)


def _split(name: str) -> Split:
    return "test" if name == "test" else "valid"


def _targets(task: Task, examples: tuple[Example, ...]) -> np.ndarray:
    targets: np.ndarray = task.encode([example.labels for example in examples])
    return targets


def _measured(name: str, answers: Answers, seconds: float, beside: dict[str, Any]) -> Measured:
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
