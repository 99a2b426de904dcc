"""Medians with exact intervals, and the sign test: for numbers with long tails, ties, or values that are infinite.

In: one number per example, or two on the same examples. Out: the median with a confidence interval, and a p-value. The
bounds are order statistics with binomial ranks, so nothing is assumed about the distribution, and with few examples the
interval is wide rather than too narrow, as a percentile bootstrap of a median is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isinf
from statistics import median
from typing import NamedTuple

import numpy as np

from ghep.errors import DataError
from ghep.types import Interval


class MedianRatio(NamedTuple):
    """Two positive numbers per example, A and B, compared by their ratio A / B."""

    ratio: float
    """Median over examples; NaN without examples."""
    interval: Interval
    """From 0 to infinity if there are too few examples for its level."""
    p_value: float
    """Of the sign test: under the null hypothesis, A is the larger one on half of the examples on which they differ."""
    a_larger: int
    b_larger: int
    n: int


def median_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Return the exact confidence interval of the median of the population that ``values`` (n,) are drawn from.

    Its bounds are the k-th smallest and the k-th largest value, k as large as the level allows; with fewer than 6
    values and 95 %, there is no such k, and the interval is from -inf to inf. Ties make it wider than needed. Source:
    Conover 1999, Practical Nonparametric Statistics, 3rd ed., section 3.2.

    >>> median_interval([3, 1, 4, 1, 5, 9, 2, 6])
    Interval(low=1, high=9, level=0.95)
    """
    from scipy.stats import binom

    ordered, n = sorted(values), len(values)
    # P(fewer than k of n values are below the median) = P(Binomial(n, 1/2) < k), at most half of what may be missed.
    k = int(np.searchsorted(binom.cdf(np.arange(n), n, 0.5), (1 - level) / 2, side="right"))
    return Interval(ordered[k - 1], ordered[n - k], level) if k else Interval(-inf, inf, level)


def median_ratio(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> MedianRatio:
    """Return the paired comparison of ``a`` and ``b`` (n,): positive numbers of the same examples, or inf.

    Where both are inf their ratio is 1. Raises DataError if the lengths differ or a number is not above 0.

    >>> median_ratio([2, 4, 6, 8, 10, 12], [1, 2, 3, 4, 5, 6]).ratio
    2.0
    """
    from scipy.stats import binomtest

    if len(a) != len(b):
        raise DataError("paired-shapes-differ", a=str((len(a),)), b=str((len(b),)))
    wrong = [one for one in (*a, *b) if not one > 0]
    if wrong:
        raise DataError("ratio-not-positive", value=str(wrong[0]))
    ratios = [1.0 if isinf(one) and isinf(two) else one / two for one, two in zip(a, b, strict=True)]
    larger, smaller = sum(one > 1 for one in ratios), sum(one < 1 for one in ratios)
    p_value = float(binomtest(larger, larger + smaller).pvalue) if larger + smaller else 1.0
    found = median_interval(ratios, level)
    return MedianRatio(
        median(ratios) if ratios else float("nan"),
        Interval(max(0.0, found.low), found.high, level),
        p_value,
        larger,
        smaller,
        len(ratios),
    )
