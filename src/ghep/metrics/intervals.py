"""Confidence intervals: Wilson's for proportions, the bootstrap for everything else.

A metric here is a function of per-example weights, (B, n) -> (B,). If all weights are 1, the result is the value of the
metric; if they are the counts of a bootstrap sample, it is a resampled value. So one function computes both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ghep.types import Interval

Metric = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Weights (B, n) -> values (B,); NaN where the metric is undefined."""

CHUNK_ELEMENTS = 2**20
"""Weights in memory at once: 8 MiB for any n, near the size of a cache."""


def wilson(successes: float, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's confidence interval, the score interval, of the proportion ``successes / n``.

    Unlike value ± 1.96 standard errors, it stays inside [0, 1], and its width is not 0 at 0 or n successes. For n = 0
    it is [0, 1]. Source: Wilson 1927, doi:10.1080/01621459.1927.10502953; compared by Brown, Cai and DasGupta 2001,
    doi:10.1214/ss/1009213286.
    """
    if n == 0:
        return Interval(0.0, 1.0, level)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    # At 0 and n successes the bounds are exactly 0 and 1, but for rounding.
    return Interval(max(0.0, centre - half) if successes else 0.0, min(1.0, centre + half) if share < 1 else 1.0, level)


def bootstrap(metric: Metric, n: int, *, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Interval:
    """Return the confidence interval of ``metric`` from ``resamples`` draws of n examples with replacement.

    Its bounds are percentiles of the resampled values.

    Resamples in which the metric is undefined (NaN) are left out; if they are more than half, the bounds are NaN. The
    same seed gives the same draws for every metric. With few examples the percentile interval is too narrow (by about
    1/n of its width); if all resamples are equal its width is 0, which does not mean certainty. Source: Efron 1979,
    doi:10.1214/aos/1176344552.
    """
    values = np.concatenate([metric(weights) for weights in resampling_weights(n, resamples=resamples, seed=seed)])
    defined = values[~np.isnan(values)]
    if 2 * len(defined) < resamples:
        return Interval(float("nan"), float("nan"), level)
    low, high = np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(low), float(high), level)


def resampling_weights(n: int, *, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield multinomial counts (b, n), ``resamples`` rows in total, in chunks that bound the memory."""
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK_ELEMENTS // max(n, 1))
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
