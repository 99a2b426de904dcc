"""Controls that are computed without a run: a constant answer learnt from train, and a linear model on the raw data.

In: a data set. Out: a ``Measured`` for each, with its predictions on the headline split (test, or valid without a test
split).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ghep.comparison.record import MAJORITY, MEAN, Answers, Contender, Data, Measured
from ghep.data.dataset import Dataset
from ghep.data.loading.preprocess import FitsControl
from ghep.data.numbers import values_of
from ghep.errors import DataError
from ghep.experiment.controls import predicted
from ghep.tasks.base import Classifier, Task, labelled
from ghep.types import Example, Split


def fitted_controls(
    dataset: Dataset,
    linear: FitsControl,
    task: Task,
    data: Data,
    *,
    labels: int | None = None,
    draw: int = 0,
    seed: int = 0,
) -> Iterator[Measured]:
    """Yield the results of two controls, a constant answer and a linear model, on the headline split of ``data``.

    They are fitted on the train split of ``dataset``, and the linear model's regularisation is chosen on its valid
    split. ``linear`` fits the linear model (``Preprocess.linear_control``); if it cannot, its result is left out.
    """
    examples = headline_examples(dataset, data)
    known = _targets(task, dataset.train)
    run = {"labels": labels, "draw": draw, "seed": seed, "num_train": len(dataset.train)}
    constant = Contender(MAJORITY if isinstance(task, Classifier) else MEAN)
    yield measured(constant, _constant(examples, task, known, data), 0.0, **run)
    valid = (dataset.valid, _targets(task, dataset.valid)) if dataset.valid else None
    try:
        control = linear(dataset.train, known, task.outputs, valid=valid)
    except DataError:  # texts without any words
        return
    answers = answered(examples, task, predicted(control, task, examples), data)
    yield measured(Contender(control.name), answers, control.seconds, **run)


def headline_examples(dataset: Dataset, data: Data) -> tuple[Example, ...]:
    """Return the labelled examples of the split that results are measured on (``data.headline``: test or valid)."""
    split: Split = "test" if data.headline == "test" else "valid"
    return tuple(one for one in dataset.examples(split) if data.task in one.labels)


def answered(examples: tuple[Example, ...], task: Task, predictions: np.ndarray, data: Data) -> Answers:
    """Return ``predictions`` for ``examples`` as ``Answers``.

    ``predictions`` are probabilities (n, K); for regression (n, 3): the number and the ends of its prediction interval.
    """
    if not isinstance(task, Classifier):
        return _of_numbers(examples, data.task, predictions)
    targets, answers = _targets(task, examples), task.answers(predictions)
    return Answers(
        tuple(example.id for example in examples),
        _numbers(task.written(targets), data),
        _numbers(task.written(answers), data),
        task.likelihood(answers, predictions),
        task.likelihood(targets, predictions),
    )


def _of_numbers(examples: Sequence[Example], task: str, predictions: np.ndarray) -> Answers:
    ids, none = tuple(example.id for example in examples), np.full(len(examples), np.nan)
    half = (predictions[:, 2] - predictions[:, 1]) / 2
    return Answers(ids, values_of(examples, task), predictions[:, 0], half, none)


def measured(contender: Contender, answers: Answers, seconds: float, **more: Any) -> Measured:
    """Return the result of a contender that is computed in ``seconds`` without a run; ``more`` are further fields."""
    return Measured(
        contender=contender,
        answers=answers,
        valid_score=None,
        history=(),
        seconds=seconds,
        saved_seconds=0.0,
        peak_memory_bytes=0,
        trained_parameters=0,
        total_parameters=0,
        scores={"r2" if answers.numeric else "accuracy": answers.accuracy},
        **more,
    )


def _constant(examples: tuple[Example, ...], task: Task, known: np.ndarray, data: Data) -> Answers:
    """Return the same prediction for all ``examples``: the most frequent class of train, or the mean of its numbers.

    ``known`` are the targets of train. The class frequencies in train are the predicted probabilities.
    """
    if not isinstance(task, Classifier):
        mean = np.full((len(examples), 1), known[labelled(known)].mean(dtype=np.float64))
        return answered(examples, task, task.predict(mean), data)
    given, counts = np.unique(known[labelled(known)], axis=0, return_counts=True)
    shares = dict(zip(task.written(given), (counts / max(1, counts.sum())).tolist(), strict=True))
    majority = task.written(given)[int(counts.argmax())]
    labels = task.written(_targets(task, examples))
    return Answers(
        tuple(example.id for example in examples),
        _numbers(labels, data),
        np.full(len(examples), data.number(majority), dtype=np.int64),
        np.full(len(examples), shares[majority]),
        np.array([shares.get(label, 0.0) for label in labels]),
    )


def _numbers(labels: Sequence[str], data: Data) -> np.ndarray:
    return np.array([data.number(label) for label in labels], dtype=np.int64)


def _targets(task: Task, examples: tuple[Example, ...]) -> np.ndarray:
    targets: np.ndarray = task.encode([example.labels for example in examples])
    return targets
