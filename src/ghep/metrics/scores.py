"""Scores with intervals for every kind of task; confusion matrix and scores by class.

In: targets (n,) int in [0, K), or (n, K) of 0 and 1, and probabilities (n, K); or numbers (n,) and predictions (n, 3).
Out: ``Score`` objects (``types.py``).
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ghep.errors import DataError
from ghep.metrics import classification, multi_label, ordinal, regression
from ghep.metrics.intervals import Metric, bootstrap, wilson
from ghep.types import Interval, Score

METRICS = {
    # name: function, higher is better
    "accuracy": (classification.accuracy, True),
    "balanced_accuracy": (classification.balanced_accuracy, True),
    "macro_f1": (classification.macro_f1, True),
    "log_loss": (classification.log_loss, False),
    "ece": (classification.expected_calibration_error, False),
    "auroc": (classification.auroc, True),
}
RATING_METRICS = {
    "mae": (ordinal.mean_absolute_error, False),
    "quadratic_kappa": (ordinal.quadratic_kappa, True),
}
REGRESSION_METRICS = {
    "r2": (regression.r_squared, True),
    "mae": (regression.mean_absolute_error, False),
    "rmse": (regression.root_mean_square_error, False),
    "spearman": (regression.spearman, True),
}
COVERAGE = "coverage"
"""Name of the score of prediction intervals: the share of labels inside."""
MULTI_LABEL_METRICS = {
    "accuracy": (multi_label.exact_match, True),
    "hamming_loss": (multi_label.hamming_loss, False),
    "micro_f1": (multi_label.micro_f1, True),
    "macro_f1": (multi_label.macro_f1, True),
    "mean_average_precision": (multi_label.mean_average_precision, True),
    "log_loss": (multi_label.log_loss, False),
}
RANKED = ("auroc", "mean_average_precision")
"""Metrics that sort the examples for each class."""
AUROC_BUDGET = 10**9
"""Most weights (n x K x resamples) that the bootstrap of a ranked metric sorts. If there would be more, the number of
resamples is reduced, to 200 at least."""


class ClassScore(NamedTuple):
    """Scores of one class. Precision is NaN if the class is never predicted, recall if it never occurs, F1 if both."""

    precision: float
    recall: float
    f1: float
    support: int


def classification_scores(
    targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0, resamples: int = 1000
) -> tuple[Score, ...]:
    """Return accuracy, balanced_accuracy, macro_f1, log_loss, ece and auroc, in this order, with 95 % intervals.

    Accuracy has Wilson's interval, ece a corrected bootstrap interval (``_calibration_interval``), the others the
    percentile bootstrap interval. Intervals describe the sampling of the test set, not of training. An undefined score
    has the value NaN and the interval None. The interval is also None if the bootstrap cannot give one, with one
    example or equal resamples (20 of 20 correct answers do not prove an accuracy of 1).

    Coverage of the 95 % intervals, simulated (300 trials each): 0.90 to 0.97 for K = 2 and 5 at n = 50, 200, 1000. With
    many classes of few examples, macro_f1 is biased and its interval is too low: the coverage is 0.69 for K = 100 at
    n = 500, where that of balanced_accuracy is 0.95.

    Raises DataError for wrong shapes, targets outside [0, K), and probabilities that are not finite.
    """
    targets, probabilities = np.asarray(targets), np.asarray(probabilities, dtype=np.float64)
    _check(targets, probabilities)
    n = len(targets)
    scores = []
    for name, (function, higher_is_better) in METRICS.items():
        metric = partial(function, targets, probabilities)
        value = float(metric()[0])
        if name == "accuracy":
            interval = wilson(round(value * n), n) if n else None
        elif name == "ece":
            interval = _calibration_interval(metric, value, probabilities, resamples, seed)
        else:
            draws = _affordable(resamples, probabilities) if name == "auroc" else resamples
            interval = _interval(metric, value, n, draws, seed)
        scores.append(Score(name, value, interval, n, higher_is_better))
    return tuple(scores)


def rating_scores(
    targets: NDArray[Any],
    probabilities: NDArray[Any],
    values: NDArray[Any],
    *,
    seed: int = 0,
    resamples: int = 1000,
) -> tuple[Score, ...]:
    """Return the classification scores, then mae and quadratic_kappa, with 95 % intervals (percentile bootstrap).

    ``values`` (K,) are the ratings as numbers, ascending. Raises DataError as ``classification_scores``.
    """
    targets, probabilities = np.asarray(targets), np.asarray(probabilities, dtype=np.float64)
    scores = list(classification_scores(targets, probabilities, seed=seed, resamples=resamples))
    n = len(targets)
    for name, (function, higher_is_better) in RATING_METRICS.items():
        metric = partial(function, targets, probabilities, values)
        value = float(metric()[0])
        scores.append(Score(name, value, _interval(metric, value, n, resamples, seed), n, higher_is_better))
    return tuple(scores)


def multi_label_scores(
    targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0, resamples: int = 1000
) -> tuple[Score, ...]:
    """Return accuracy, hamming_loss, micro_f1, macro_f1, mean_average_precision and log_loss, with 95 % intervals.

    ``targets`` (n, K) are 0 or 1. Accuracy is of whole sets (exact match) and has Wilson's interval, the others the
    percentile bootstrap over examples. Raises DataError for wrong shapes, other targets, and probabilities that are not
    finite.
    """
    targets, probabilities = np.asarray(targets), np.asarray(probabilities, dtype=np.float64)
    _check_sets(targets, probabilities)
    n = len(targets)
    scores = []
    for name, (function, higher_is_better) in MULTI_LABEL_METRICS.items():
        metric = partial(function, targets, probabilities)
        value = float(metric()[0])
        if name == "accuracy":
            interval = wilson(round(value * n), n) if n else None
        else:
            draws = _affordable(resamples, probabilities) if name in RANKED else resamples
            interval = _interval(metric, value, n, draws, seed)
        scores.append(Score(name, value, interval, n, higher_is_better))
    return tuple(scores)


def regression_scores(
    targets: NDArray[Any], predictions: NDArray[Any], *, seed: int = 0, resamples: int = 1000
) -> tuple[Score, ...]:
    """Return r2, mae, rmse and spearman, with 95 % intervals, and coverage if there are prediction intervals.

    ``targets`` (n,) are numbers, ``predictions`` (n, 3) numbers and the ends of their intervals, NaN for none. mae and
    rmse are in the units of the targets. coverage has Wilson's interval, the others the percentile bootstrap over
    examples. An undefined score has the value NaN and the interval None. Raises DataError for wrong shapes, and for
    numbers that are not finite.
    """
    targets, predictions = np.asarray(targets, dtype=np.float64), np.asarray(predictions, dtype=np.float64)
    if targets.ndim != 1 or predictions.shape != (len(targets), 3):
        raise DataError("regression-score-shapes", targets=str(targets.shape), predictions=str(predictions.shape))
    _check_finite(np.stack([targets, predictions[:, 0]], axis=1))
    n, scores = len(targets), []
    for name, (function, higher_is_better) in REGRESSION_METRICS.items():
        metric = partial(function, targets, predictions[:, 0])
        value = float(metric()[0])
        scores.append(Score(name, value, _interval(metric, value, n, resamples, seed), n, higher_is_better))
    if n and np.isfinite(predictions).all():
        value = float(regression.covered(targets, predictions[:, 1], predictions[:, 2])[0])
        scores.append(Score(COVERAGE, value, wilson(round(value * n), n), n))
    return tuple(scores)


def confusion_matrix(targets: NDArray[Any], predicted: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    """Return the counts (K, K) of examples by target (rows) and predicted class (columns)."""
    pairs = np.asarray(targets, dtype=np.int64) * num_classes + np.asarray(predicted, dtype=np.int64)
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def class_scores(targets: NDArray[Any], predicted: NDArray[Any], num_classes: int) -> tuple[ClassScore, ...]:
    """Return precision, recall, F1 and support of each of K classes."""
    counts = confusion_matrix(targets, predicted, num_classes)
    found, support, predictions = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    rows = zip(found.tolist(), support.tolist(), predictions.tolist(), strict=True)
    return tuple(ClassScore(_share(f, p), _share(f, s), _share(2 * f, s + p), s) for f, s, p in rows)


def _check(targets: NDArray[Any], probabilities: NDArray[Any]) -> None:
    if targets.ndim != 1 or probabilities.ndim != 2 or len(targets) != len(probabilities):
        raise DataError("score-shapes", targets=str(targets.shape), probabilities=str(probabilities.shape))
    classes = probabilities.shape[1]
    if len(targets) and not (targets.min() >= 0 and targets.max() < classes):
        raise DataError("targets-out-of-range", lowest=int(targets.min()), highest=int(targets.max()), most=classes - 1)
    _check_finite(probabilities)


def _check_sets(targets: NDArray[Any], probabilities: NDArray[Any]) -> None:
    if targets.ndim != 2 or targets.shape != probabilities.shape:
        raise DataError("multi-label-score-shapes", targets=str(targets.shape), probabilities=str(probabilities.shape))
    if not np.isin(targets, (0, 1)).all():
        raise DataError("targets-not-binary", lowest=float(targets.min()), highest=float(targets.max()))
    _check_finite(probabilities)


def _check_finite(probabilities: NDArray[Any]) -> None:
    bad = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if len(bad):
        raise DataError("probabilities-not-finite", count=len(bad), total=len(probabilities), first=int(bad[0]))


def _interval(metric: Metric, value: float, n: int, resamples: int, seed: int) -> Interval | None:
    if np.isnan(value):
        return None
    interval = bootstrap(metric, n, resamples=resamples, seed=seed)
    return interval if interval.low < interval.high else None


def _calibration_interval(
    metric: Metric, value: float, probabilities: NDArray[Any], resamples: int, seed: int
) -> Interval | None:
    """Return the 95 % interval of the expected calibration error ``value``: a bootstrap interval, widened downwards.

    A sum of absolute gaps is biased upwards, and resampling adds the bias a second time: the percentile interval is
    above the true error, sometimes above ``value``. So the lower end is the upper end mirrored at ``value`` (the
    "basic" bootstrap). It is 0 if a perfectly calibrated model could have this ``value`` by chance.
    tests/metrics/test_scores.py measures the coverage.
    """
    interval = _interval(metric, value, len(probabilities), resamples, seed)
    if interval is None:
        return None
    chance = classification.calibration_error_by_chance(probabilities, resamples=resamples, seed=seed)
    explained = value <= np.quantile(chance, 0.975)
    low = 0.0 if explained else max(0.0, 2 * value - interval.high)
    return Interval(low, max(value, interval.high))


def _affordable(resamples: int, probabilities: NDArray[Any]) -> int:
    return min(resamples, max(200, AUROC_BUDGET // probabilities.size)) if probabilities.size else resamples


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
