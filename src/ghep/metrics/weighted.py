"""Weighted means over examples, used by every metric.

Weights are (B, n), and each row gives one value: a row of ones the value of the metric, a row of bootstrap counts a
resampled value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]


def rows(weights: Array | None, n: int) -> Floats:
    """Return ``weights`` as float64 (B, n); None gives one row of ones."""
    return np.ones((1, n)) if weights is None else np.atleast_2d(np.asarray(weights, dtype=np.float64))


def mean(values: Floats, weights: Floats) -> Floats:
    """Return the weighted means (B,) of values (n,) under weights (B, n); NaN where all weights are 0."""
    return ratio(weights @ values, weights.sum(axis=1))


def ratio(part: Array, whole: Array) -> Floats:
    """Return part / whole; NaN where the whole is 0."""
    quotient = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=quotient, where=np.asarray(whole) > 0)
    return quotient
