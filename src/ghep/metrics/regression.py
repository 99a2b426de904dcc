"""Metrics of regression. Targets and predicted numbers are (n,), in the units of the labels.

Each function takes weights (B, n) and returns values (B,), as in ``classification.py``: B resamples of the bootstrap.
"""

from __future__ import annotations

import numpy as np

from ghep.metrics.weighted import Array, Floats, mean, ratio, rows


def r_squared(targets: Array, predicted: Array, weights: Array | None = None) -> Floats:
    """Return the coefficient of determination: 1 - (mean squared error) / (variance of the targets).

    1 is perfect, 0 is as good as always predicting the mean of the targets, below 0 is worse. NaN if all targets are
    equal.
    """
    weights = rows(weights, len(targets))
    shifted, errors = _shifted(targets), np.asarray(predicted, dtype=np.float64) - targets
    square = mean(shifted**2, weights)
    variance = square - mean(shifted, weights) ** 2
    variance[variance < 1e-12 * square] = 0.0  # 0 but for rounding
    return 1 - ratio(mean(errors**2, weights), variance)


def mean_absolute_error(targets: Array, predicted: Array, weights: Array | None = None) -> Floats:
    """Return the mean distance between target and predicted number."""
    return mean(np.abs(np.asarray(predicted, dtype=np.float64) - targets), rows(weights, len(targets)))


def root_mean_square_error(targets: Array, predicted: Array, weights: Array | None = None) -> Floats:
    """Return the root of the mean squared distance between target and predicted number."""
    squares = (np.asarray(predicted, dtype=np.float64) - targets) ** 2
    return np.sqrt(mean(squares, rows(weights, len(targets))))


def spearman(targets: Array, predicted: Array, weights: Array | None = None) -> Floats:
    """Return the rank correlation, -1 to 1: Pearson's correlation of the ranks, ties with their mean rank.

    NaN if all targets or all predicted numbers are equal.
    """
    weights = rows(weights, len(targets))
    one, other = _ranks(np.asarray(targets), weights), _ranks(np.asarray(predicted), weights)
    total = weights.sum(axis=1, keepdims=True)
    one, other = (r - ratio((weights * r).sum(axis=1, keepdims=True), total) for r in (one, other))
    covariance, *variances = ((weights * a * b).sum(axis=1) for a, b in ((one, other), (one, one), (other, other)))
    return ratio(covariance, np.sqrt(variances[0] * variances[1]))


def covered(targets: Array, low: Array, high: Array, weights: Array | None = None) -> Floats:
    """Return the share of targets in their prediction intervals, from ``low`` to ``high`` (n,)."""
    inside = (np.asarray(low) <= targets) & (targets <= np.asarray(high))
    return mean(inside.astype(np.float64), rows(weights, len(targets)))


def _shifted(targets: Array) -> Floats:
    """Return the targets minus their mean, so that the variance of large numbers keeps its precision."""
    targets = np.asarray(targets, dtype=np.float64)
    return targets - (targets.mean() if len(targets) else 0.0)


def _ranks(values: Array, weights: Floats) -> Floats:
    """Return the rank (B, n) of each value in samples that contain it as often as its weight says."""
    names, group = np.unique(values, return_inverse=True)
    size = np.zeros((len(weights), len(names)))
    for row, of_row in zip(size, weights, strict=True):
        row += np.bincount(group, weights=of_row, minlength=len(names))
    ranks = np.cumsum(size, axis=1) - size + (size + 1) / 2
    return np.asarray(ranks[:, group])
