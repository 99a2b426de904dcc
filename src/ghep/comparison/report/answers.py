"""The predictions of one contender over all its runs: scores per class, calibration, and mistakes.

In: the contender's runs on all labels, which were scored on the same n examples. Out: counts and fractions. Every run
has the same weight, so each number is a mean over runs. Symbols: S runs, n examples, K classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.record import Measured
from ghep.metrics.classification import ECE_BINS, calibration_error_by_chance, expected_calibration_error


@dataclass(frozen=True)
class ClassRow:
    """The scores of one class: precision, recall, and the class that it is most often mistaken for."""

    name: str
    n: int
    """Number of examples of the class."""
    precision: float
    """Precision of the class; NaN if the class was never predicted."""
    recall: float
    f1: float
    confusion: str
    """The most frequent wrong prediction for examples of the class; empty if there is none."""
    confused: float
    """Fraction of the class's examples with that prediction."""


@dataclass(frozen=True)
class ConfusedPair:
    """A true label and a wrong prediction, with the number of such mistakes."""

    label: str
    answer: str
    examples: float
    """Mean number of such examples per run."""
    share: float
    """Fraction of the examples with this label."""


@dataclass(frozen=True)
class Reliability:
    """Accuracy against confidence in 15 bins of equal width; arrays have one entry per bin that is not empty."""

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]
    error: float
    """Expected calibration error, as a mean over runs."""
    by_chance: float
    """Mean calibration error that a perfectly calibrated model would have by chance with as many examples."""


@dataclass(frozen=True)
class Wrong:
    """An example for which at least one run has a wrong prediction."""

    index: int
    answer: int
    """The most frequent wrong prediction for the example, as a class index."""
    confidence: float
    """Mean confidence of the runs with a wrong prediction."""
    wrong: int
    """Number of runs with a wrong prediction."""
    runs: int


@dataclass(frozen=True)
class RangeRow:
    """The errors of a regression task for labels in one range; each a mean over runs."""

    low: float
    high: float
    """Smallest and largest label in the range."""
    n: int
    error: float
    """Mean absolute error."""
    bias: float
    """Mean of prediction minus label."""
    covered: float
    """Fraction of the labels inside their prediction intervals; NaN without intervals."""


RANGES = 5
"""Ranges of labels for which errors are shown."""


def range_rows(runs: Sequence[Measured]) -> list[RangeRow]:
    """Return the errors in up to ``RANGES`` ranges of the labels, with about equally many examples in each."""
    labels = runs[0].answers.targets
    errors = np.stack([run.answers.predicted - run.answers.targets for run in runs])  # (S, n)
    half = np.stack([run.answers.confidence for run in runs])
    edges = np.unique(np.quantile(labels, np.linspace(0, 1, RANGES + 1)[1:-1]))
    places = np.searchsorted(edges, labels, side="right")
    rows = []
    for place in np.unique(places):
        mine = places == place
        inside = np.where(np.isnan(half[:, mine]), np.nan, np.abs(errors[:, mine]) <= half[:, mine])
        rows.append(
            RangeRow(
                float(labels[mine].min()),
                float(labels[mine].max()),
                int(mine.sum()),
                float(np.abs(errors[:, mine]).mean()),
                float(errors[:, mine].mean()),
                float(inside.mean()),
            )
        )
    return rows


def farthest(runs: Sequence[Measured], *, most: int) -> list[tuple[int, float]]:
    """Return (index of the example, mean predicted number) for the largest mean absolute errors, the largest first."""
    predicted = np.stack([run.answers.predicted for run in runs])
    error = np.abs(predicted - runs[0].answers.targets).mean(axis=0)
    return [(int(index), float(predicted[:, index].mean())) for index in np.argsort(-error, kind="stable")[:most]]


def confusion(runs: Sequence[Measured], classes: int) -> NDArray[np.int64]:
    """Return the confusion matrix, counts (K, K) summed over the runs; rows are true labels, columns predictions."""
    table = np.zeros((classes, classes), np.int64)
    for run in runs:
        np.add.at(table, (run.answers.targets, run.answers.predicted), 1)
    return table


def class_rows(table: NDArray[np.int64], classes: Sequence[str], runs: int) -> list[ClassRow]:
    """Return the scores of each class that occurs as a label or as a prediction.

    ``table`` is the confusion matrix (K, K), summed over ``runs`` runs.
    """
    right, of_label, of_answer = np.diag(table), table.sum(1), table.sum(0)
    wrong = table - np.diag(right)
    rows = []
    for k in map(int, np.flatnonzero(of_label + of_answer)):
        most = int(wrong[k].argmax())
        found = bool(wrong[k, most])
        rows.append(
            ClassRow(
                classes[k],
                round(int(of_label[k]) / runs),
                _ratio(right[k], of_answer[k]),
                _ratio(right[k], of_label[k]),
                _ratio(2 * right[k], of_label[k] + of_answer[k]),
                classes[most] if found else "",
                _ratio(wrong[k, most], of_label[k]) if found else 0.0,
            )
        )
    return rows


def confused_pairs(
    table: NDArray[np.int64], classes: Sequence[str], runs: int, *, most: int = 10
) -> list[ConfusedPair]:
    """Return the most frequent pairs of a label and a wrong prediction, at most ``most``."""
    wrong = table - np.diag(np.diag(table))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    cells = [divmod(int(flat), len(classes)) for flat in order]
    return [
        ConfusedPair(classes[k], classes[j], float(wrong[k, j]) / runs, _ratio(wrong[k, j], table[k].sum()))
        for k, j in cells
        if wrong[k, j]
    ]


def reliability(runs: Sequence[Measured]) -> Reliability:
    """Return the bins of accuracy against confidence over all runs, and the mean calibration error of a run."""
    confidence = np.concatenate([run.answers.confidence for run in runs])
    correct = np.concatenate([run.answers.correct for run in runs])
    bins = np.clip(np.ceil(confidence * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1)
    count = np.bincount(bins, minlength=ECE_BINS)
    some = count > 0
    # The error needs only the confidence of the answer: one column, and the target is that class (0) or not (1).
    binary = [(np.where(run.answers.correct, 0, 1), run.answers.confidence[:, None]) for run in runs]
    return Reliability(
        np.bincount(bins, confidence, ECE_BINS)[some] / count[some],
        np.bincount(bins, correct, ECE_BINS)[some] / count[some],
        count[some],
        float(np.mean([expected_calibration_error(*one)[0] for one in binary])),
        float(np.mean([calibration_error_by_chance(one, resamples=200, seed=0).mean() for _, one in binary])),
    )


def worst(runs: Sequence[Measured], *, most: int) -> list[Wrong]:
    """Return the examples whose wrong predictions have the highest confidence, summed over the runs."""
    confidence = np.stack([run.answers.confidence for run in runs])  # (S, n)
    predicted = np.stack([run.answers.predicted for run in runs])
    wrong = ~np.stack([run.answers.correct for run in runs])
    order = np.argsort(-(confidence * wrong).sum(0), kind="stable")[:most]
    found = []
    for index in (int(i) for i in order if wrong[:, i].any()):
        given = wrong[:, index]
        answer = Counter(int(k) for k in predicted[given, index]).most_common(1)[0][0]
        mean = float(confidence[given, index].mean())
        found.append(Wrong(index, answer, mean, int(given.sum()), len(runs)))
    return found


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")
