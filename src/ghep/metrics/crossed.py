"""Accuracy over several seeds, all scored on the same examples: what is known of its mean, and of a difference of two.

In: whether run s was right on example i, (S, n). Out: the mean over both with a 95 % interval for the accuracy that
other seeds would have on other examples. Two things were drawn, seeds and examples, and they cross:

    correct[s, i] = accuracy + seed[s] + example[i] + rest[s, i]
    variance of the mean = var(seed) / S + var(example) / n + var(rest) / (S n)

The sums of squares of the two-way table give the three variances (Cornfield and Tukey 1956,
doi:10.1214/aoms/1177728067; for models that share a test set Roe and Metz 1997, doi:10.1016/S1076-6332(97)80210-3).
How far off the mean may be is then ``two_errors.py``'s to say: the examples' error is as good as normal, the seeds' is
known from S - 1 degrees of freedom. With one seed there is none, and what is said is of that one run.

Functions take any number of tables at once, (..., S, n), which is how their coverage is simulated. Measured coverage,
and where it is not 95 %: docs/decisions/0010.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ghep.errors import DataError
from ghep.metrics.two_errors import Errors, Floats, half_width, tail
from ghep.types import Interval

Array = NDArray[Any]


class Estimate(NamedTuple):
    """A mean accuracy, or a difference of two, of one table or of many: numbers or arrays of one shape."""

    value: Any
    low: Any
    high: Any
    errors: Errors
    p_value: Any = 1.0
    """Of a difference: the chance of one at least as large if the two are equally good."""
    one_seed: Any = 0.0
    """Variance that a single run has by its seed (of both, for a difference)."""

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval of a single estimate; ``level`` is the one it was made with."""
        return Interval(float(self.low), float(self.high), level)


class _Table(NamedTuple):
    """What is needed of (..., S, n): the examples' means (..., n) and the two variances of the overall mean."""

    by_example: Floats
    seed: Floats
    seeds: int
    n: int


def accuracy(correct: Array, level: float = 0.95) -> Estimate:
    """Return the mean of ``correct`` (..., S, n) and its interval.

    One seed, or seeds that all answer alike: Wilson's interval. Otherwise Wilson's for as many examples as would give
    the variance that the examples' means have, and the seeds' share added in quadrature to either side. Both on the
    scale of log odds, for near 1 seeds scatter farther down than up.
    """
    table = _table(correct)
    mean = table.by_example.mean(axis=-1)
    errors = Errors(table.by_example.var(axis=-1) / table.n, table.seed, float(max(table.seeds - 1, 1)))
    low, high = _wilson(mean, errors.test, table.n, level)
    from_test = half_width(errors._replace(seed=np.zeros_like(table.seed)), level)
    slope = np.maximum(mean * (1 - mean), 1 / (4 * table.n))  # of the odds' logarithm, upside down
    by_seed = np.sqrt(np.maximum(half_width(errors, level) ** 2 - from_test**2, 0)) / slope
    centre = _log_odds(mean)
    # At a mean of 0 or 1 all runs are right on all or none: seeds have no share, and Wilson's bounds stay.
    wider = (table.seed > 0) & (mean > 0) & (mean < 1)
    low = np.where(wider, _share(centre - np.hypot(centre - _log_odds(low), by_seed)), low)
    high = np.where(wider, _share(centre + np.hypot(_log_odds(high) - centre, by_seed)), high)
    return Estimate(mean, low, high, errors, one_seed=table.seed * table.seeds)


def difference(correct_a: Array, correct_b: Array, level: float = 0.95) -> Estimate:
    """Return the accuracy of A minus that of B, (..., S_a, n) and (..., S_b, n) over the same n examples.

    Their seeds are unrelated, so the seeds' variances add; the examples' is that of the difference of the two means on
    each. Two examples are added on which they differ, once for A and once for B (Bonett and Price 2012,
    doi:10.3102/1076998611411915): without them, few disagreements, or none, would look like certainty. With several
    seeds a disagreement is a fraction; the added ones are as large as those that were seen are typically.

    The p value and the interval are of one test: p < 1 - level where the interval leaves out 0.

    Raises DataError when the two are not of the same examples.
    """
    a, b = _table(correct_a), _table(correct_b)
    if a.by_example.shape != b.by_example.shape:
        raise DataError(
            f"two contenders are compared on the same n examples, these have {a.n} and {b.n}",
            remedy="score both on one split",
        )
    apart = a.by_example - b.by_example
    centre, test = _with_two_more(apart)
    errors = Errors(test, a.seed + b.seed, _welch(a, b))
    half = half_width(errors, level)
    return Estimate(
        apart.mean(axis=-1),
        np.maximum(centre - half, -1.0),
        np.minimum(centre + half, 1.0),
        errors,
        p_value=tail(np.abs(centre), errors),
        one_seed=a.seed * a.seeds + b.seed * b.seeds,
    )


def variance_by_draw(correct: Array, draws: Array) -> tuple[float, float, float]:
    """Split the variance of a mean over runs into the shares of draw, seed within draw, and test examples.

    ``correct`` (R, n) has a row a run, ``draws`` (R,) says which draw of the labels it learnt from. Every draw weighs
    the same. With one run a draw the seeds' share cannot be told from the draws' and is 0.
    """
    correct, draws = np.asarray(correct, dtype=np.float64), np.asarray(draws)
    tables = [correct[draws == draw] for draw in np.unique(draws)]
    by_draw = np.stack([table.mean(axis=0) for table in tables])  # (G, n): a draw is a row like a seed
    together = _table(by_draw)
    seed = sum(float(_table(table).seed) for table in tables) / len(tables) ** 2
    test = float(by_draw.mean(axis=0).var()) / together.n
    return max(float(together.seed) - seed, 0.0), seed, test


def _table(correct: Array) -> _Table:
    table = np.asarray(correct, dtype=np.float64)
    if table.ndim < 2 or not table.shape[-1] or not table.shape[-2]:
        raise DataError(
            f"a row of answers a run is expected, (S, n) with S and n at least 1; this is {table.shape}",
            remedy="score the runs on a split with labels",
        )
    seeds, n = table.shape[-2:]
    by_example, by_seed = table.mean(axis=-2), table.mean(axis=-1)
    if seeds == 1:
        return _Table(by_example, np.zeros(table.shape[:-2]), seeds, n)
    among_seeds = by_seed.var(axis=-1, ddof=1)
    # What is left of the squares beside those of examples and seeds; for one example it is all in the seeds.
    total, examples = table.var(axis=(-2, -1)), by_example.var(axis=-1)
    rest = (total - examples - by_seed.var(axis=-1)) * seeds * n / max((seeds - 1) * (n - 1), 1)
    seed = np.maximum(among_seeds - np.maximum(rest, 0) / n, 0) / seeds
    return _Table(by_example, np.where(seed > 1e-15, seed, 0.0), seeds, n)  # the rounding of equal rows is no seed


def _wilson(mean: Floats, variance: Floats, n: int, level: float) -> tuple[Floats, Floats]:
    """Wilson's bounds for the number of examples that would give a share of ``mean`` this ``variance``."""
    from scipy.special import ndtri

    z2 = ndtri(0.5 + level / 2) ** 2
    examples = np.divide(mean * (1 - mean), variance, out=np.full(np.shape(mean), float(n)), where=variance > 1e-15)
    centre = (mean + z2 / (2 * examples)) / (1 + z2 / examples)
    half = np.sqrt(z2 * (mean * (1 - mean) / examples + z2 / (4 * examples**2))) / (1 + z2 / examples)
    return np.where(mean > 0, centre - half, 0.0), np.where(mean < 1, centre + half, 1.0)


def _with_two_more(apart: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the mean of ``apart`` (..., n) after adding one disagreement for either side."""
    n = apart.shape[-1] + 2
    squares = (apart**2).sum(axis=-1)
    disagreements = (np.abs(apart) > 1e-9).sum(axis=-1)
    typical = np.divide(squares, disagreements, out=np.ones_like(squares), where=disagreements > 0)
    centre = apart.sum(axis=-1) / n
    return centre, ((squares + 2 * typical) / n - centre**2) / (n - 1)


def _welch(a: _Table, b: _Table) -> Floats:
    """Degrees of freedom of the sum of two estimated variances (Welch 1938, doi:10.1093/biomet/29.3-4.350)."""
    squares = a.seed**2 / max(a.seeds - 1, 1) + b.seed**2 / max(b.seeds - 1, 1)
    return np.divide((a.seed + b.seed) ** 2, squares, out=np.ones_like(squares), where=squares > 0)


def _log_odds(share: Floats) -> Floats:
    share = np.clip(share, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(share / (1 - share)))


def _share(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))
