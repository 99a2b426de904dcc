"""Mean accuracy over several seeds scored on the same examples, and differences of two means, with intervals.

In: a table (S, n) that says whether run s was correct on example i. Out: the mean of the table, with a 95 % confidence
interval for the accuracy of other seeds on other examples. Seeds and examples are crossed random effects:

    correct[s, i] = accuracy + seed[s] + example[i] + rest[s, i]
    variance of the mean = var(seed) / S + var(example) / n + var(rest) / (S n)

The sums of squares of the two-way table give the three variances (Cornfield and Tukey 1956,
doi:10.1214/aoms/1177728067; for models that share a test set Roe and Metz 1997, doi:10.1016/S1076-6332(97)80210-3).
``two_errors.py`` gives the distribution of the error of the mean: the error due to the examples is nearly normal; the
variance due to the seeds has few degrees of freedom, S - 1, or more with a prior (``moderated.py``). With one seed,
that variance cannot be estimated, and every statement is about that run only.

A table may also hold other numbers whose mean is the score, at most 1: contributions to R². Such a table, with numbers
below 0 or above 1, is *unbounded*: its intervals are symmetric, and the prior between seeds is on the scale of
log(1 - score), where its width near 1 is that on log odds.

Functions take many tables at once, (..., S, n), so that coverage can be simulated. Measured coverage, and where it is
not 95 %: docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ghep.errors import DataError
from ghep.metrics.moderated import Prior, moderated
from ghep.metrics.two_errors import Errors, Floats, half_width, tail
from ghep.types import Interval

Array = NDArray[Any]


class Estimate(NamedTuple):
    """A mean accuracy or a difference of two, with its interval: numbers for one table, arrays for many tables."""

    value: Any
    low: Any
    high: Any
    errors: Errors
    p_value: Any = 1.0
    """For a difference: the probability of a difference at least as large if both sides are equally good."""
    p_these_runs: Any = 1.0
    """The same probability if the runs are fixed and only the examples vary; it does not generalise to other seeds."""
    one_seed: Any = 0.0
    """Variance of a single run's accuracy between seeds (for a difference, the sum over both sides)."""

    def interval(self, level: float = 0.95) -> Interval:
        """Return the confidence interval, for one table; ``level`` is the level that the estimate was computed with."""
        return Interval(float(self.low), float(self.high), level)


class Runs(NamedTuple):
    """The runs of one contender, and a prior for the variation of its accuracy between seeds."""

    correct: Array
    """Whether each of S runs is correct on each of n examples, or another number for each, (..., S, n)."""
    prior: Prior | None = None
    """None: only the variation between these runs is used."""


class _Table(NamedTuple):
    """Summary of a table (..., S, n): the means by example (..., n), and the variance of the mean due to seeds."""

    by_example: Floats
    seed: Floats
    estimated: Floats
    """The estimated variance that ``freedom`` belongs to; without a prior it includes the noise of the examples."""
    freedom: Floats
    seeds: int
    n: int
    moderated: bool = False
    bounded: bool = True
    """Whether all numbers are from 0 to 1."""


def accuracy(correct: Array, level: float = 0.95, prior: Prior | None = None) -> Estimate:
    """Return the mean of ``correct`` (..., S, n) with its interval; ``prior`` is for the variation between seeds.

    With one seed, or seeds with equal answers, the interval is Wilson's. Otherwise it has two parts: Wilson's interval
    for the effective number of examples, given the variance of the means by example, and the error due to the seeds.
    Both are added in quadrature on the scale of log odds, because accuracies near 1 vary farther down than up.
    """
    table = _table(correct, prior)
    mean = table.by_example.mean(axis=-1)
    errors = Errors(table.by_example.var(axis=-1) / table.n, table.seed, table.freedom)
    if not table.bounded:
        half = half_width(errors._replace(test=errors.test * table.n / max(table.n - 1, 1)), level)
        return Estimate(mean, mean - half, np.minimum(mean + half, 1.0), errors, one_seed=table.seed * table.seeds)
    low, high = _wilson(mean, errors.test, table.n, level)
    from_test = half_width(errors._replace(seed=np.zeros_like(table.seed)), level)
    slope = np.maximum(mean * (1 - mean), 1 / (4 * table.n))  # derivative of accuracy by log odds
    by_seed = np.sqrt(np.maximum(half_width(errors, level) ** 2 - from_test**2, 0)) / slope
    centre = _log_odds(mean)
    # At a mean of 0 or 1 all runs agree on every example: seeds contribute nothing, and Wilson's bounds stay.
    wider = (table.seed > 0) & (mean > 0) & (mean < 1)
    low = np.where(wider, _share(centre - np.hypot(centre - _log_odds(low), by_seed)), low)
    high = np.where(wider, _share(centre + np.hypot(_log_odds(high) - centre, by_seed)), high)
    return Estimate(mean, low, high, errors, one_seed=table.seed * table.seeds)


def difference(correct_a: Array, correct_b: Array, level: float = 0.95) -> Estimate:
    """Return the accuracy of A minus that of B, (..., S_a, n) and (..., S_b, n) over the same n examples.

    This is ``contrast`` of one contender with another, without a prior. Raises DataError if the numbers of examples
    differ.
    """
    return contrast([Runs(correct_a)], [Runs(correct_b)], level)


def contrast(a: Sequence[Runs], b: Sequence[Runs], level: float = 0.95, *, single: bool = False) -> Estimate:
    """Return the mean accuracy of the contenders ``a`` minus that of ``b``, over the same n examples.

    The seeds of two contenders are independent, so their variances add; the variance of the examples is that of the
    difference of the means by example. Two examples are added on which the sides differ, one for A and one for B
    (Bonett and Price 2012, doi:10.3102/1076998611411915): without them, few or no disagreements would look like
    certainty. With several seeds a disagreement is a fraction; the two added ones have the typical size of the others.

    The p-value and the interval belong to one test: p < 1 - level where the interval excludes 0.

    With a prior, the variance of a contender between seeds is evaluated at the mean accuracy of both sides if that
    makes it larger: if both are equally good, a contender that was lucky near 1 varies more than observed. With
    ``single`` the prior is also used for a contender with one run; otherwise the result is about that run only.

    Raises DataError if the numbers of examples differ.
    """
    from scipy.special import ndtr

    one, other = ([_table(*runs, single=single) for runs in side] for side in (a, b))
    if len({table.n for table in (*one, *other)}) > 1:
        raise DataError("contenders-differ-in-examples", a=one[0].n, b=other[0].n)
    by_example = _mean_by_example(one) - _mean_by_example(other)
    bounded = all(table.bounded for table in (*one, *other))
    centre, test = _with_two_more(by_example) if bounded else _mean_and_variance(by_example)
    both = (_mean_by_example(one).mean(axis=-1) + _mean_by_example(other).mean(axis=-1)) / 2
    one, other = ([_if_equal(table, both) for table in side] for side in (one, other))
    errors = Errors(test, *_sum_of_seeds([(table, len(side)) for side in (one, other) for table in side]))
    half = half_width(errors, level)
    one_seed = [table.seed * table.seeds / len(side) ** 2 for side in (one, other) for table in side]
    return Estimate(
        by_example.mean(axis=-1),
        np.maximum(centre - half, -1.0) if bounded else centre - half,
        np.minimum(centre + half, 1.0) if bounded else centre + half,
        errors,
        p_value=tail(np.abs(centre), errors),
        p_these_runs=2 * ndtr(-np.abs(centre) / np.sqrt(np.maximum(test, np.finfo(np.float64).tiny))),
        one_seed=np.sum(one_seed, axis=0),
    )


def paired_contrast(a: Array, b: Array, prior: Prior | None = None, level: float = 0.95) -> Estimate:
    """Return the accuracy of A minus that of B, both (..., D, n), where row d of both was trained on the same draw.

    The effect of a draw that A and B share cancels: the variance of the draws is that of the differences between rows.
    ``prior`` is for the standard deviation of such a difference, in accuracy, not on log odds. With one draw the result
    is about that draw only.

    Raises DataError if the shapes differ.
    """
    if np.shape(a) != np.shape(b):
        raise DataError("paired-tables-differ", a=str(np.shape(a)), b=str(np.shape(b)))
    table = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    draws, by_example = table.shape[-2], table.mean(axis=-2)
    bounded = is_bounded(a) and is_bounded(b)
    centre, test = _with_two_more(by_example) if bounded else _mean_and_variance(by_example)
    seed = freedom = np.zeros_like(test)
    if draws > 1:
        scatter, rest, _ = _scatter(table)
        none = Prior(0.0, 0.0)  # without a prior: the observed scatter, with its degrees of freedom
        variance, freedom = moderated(scatter, rest, np.ones_like(scatter), draws, prior or none)
        seed = variance / draws
    errors = Errors(test, seed, freedom)
    half = half_width(errors, level)
    value, p_value = by_example.mean(axis=-1), tail(np.abs(centre), errors)
    low, high = centre - half, centre + half
    if bounded:
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    return Estimate(value, low, high, errors, p_value=p_value, one_seed=seed * draws)


def variance_by_draw(correct: Array, draws: Array) -> tuple[float, float, float]:
    """Return the parts of the variance of a mean over runs due to draws, seeds within draws, and test examples.

    ``correct`` (R, n) has one row per run, ``draws`` (R,) is the draw of the labels of each run. Draws have equal
    weight. With one run per draw the parts of seeds and draws cannot be separated, and that of the seeds is 0.
    """
    correct, draws = np.asarray(correct, dtype=np.float64), np.asarray(draws)
    tables = [correct[draws == draw] for draw in np.unique(draws)]
    by_draw = np.stack([table.mean(axis=0) for table in tables])  # (G, n): a draw takes the place of a seed
    together = _table(by_draw)
    seed = sum(float(_table(table).seed) for table in tables) / len(tables) ** 2
    test = float(by_draw.mean(axis=0).var()) / together.n
    return max(float(together.seed) - seed, 0.0), seed, test


def scatter_between_seeds(correct: Array) -> Floats:
    """Return the variance of one run's accuracy between seeds, on the scale of log odds, from (..., S, n), S >= 2.

    The noise due to the number of examples is subtracted, so the result may be negative.
    """
    scatter, rest, slope = _scatter(np.asarray(correct, dtype=np.float64))
    return np.asarray((scatter - rest) / slope**2)


def slope_of(correct: Array) -> Floats:
    """Return the derivative of the score by log odds, at the mean of ``correct`` (..., S, n); as in ``_slope``."""
    table = np.asarray(correct, dtype=np.float64)
    return _slope(table.mean(axis=(-2, -1)), table.shape[-1], bounded=is_bounded(table))


def seed_variance(correct: Array, prior: Prior | None = None) -> Floats:
    """Return the variance of one run's accuracy between seeds, from (..., S, n); for one run, that of the prior."""
    table = _table(correct, prior, single=True)
    return np.asarray(table.seed * table.seeds)


def _scatter(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Return three numbers about the accuracies of the runs in ``table`` (..., S, n), each of shape (...).

    They are the variance of the accuracies (0 with one run), the part of it that is not due to seeds, and the
    derivative of accuracy by log odds.
    """
    seeds, n = table.shape[-2:]
    by_example, by_seed = table.mean(axis=-2), table.mean(axis=-1)
    # Sum of squares without those of examples and seeds; with one example it is all in the seeds.
    left = table.var(axis=(-2, -1)) - by_example.var(axis=-1) - by_seed.var(axis=-1)
    rest = np.maximum(left, 0.0) * seeds / max((seeds - 1) * (n - 1), 1)
    scatter = by_seed.var(axis=-1, ddof=1) if seeds > 1 else np.zeros(by_seed.shape[:-1])
    return scatter, rest, _slope(by_seed.mean(axis=-1), n, bounded=is_bounded(table))


def _slope(mean: Floats, n: int, *, bounded: bool = True) -> Floats:
    """Return the derivative of accuracy by log odds at the accuracy ``mean``, but at least 1 / (4 n).

    Without this lower bound, an accuracy of 1 could not vary. For an unbounded score, of the score by log(1 - score).
    """
    return np.asarray(np.maximum(mean * (1 - mean) if bounded else 1 - mean, 1 / (4 * n)))


def is_bounded(table: Array) -> bool:
    """Return whether all numbers of ``table`` are from 0 to 1."""
    table = np.asarray(table)
    return table.dtype == bool or not table.size or bool(table.min() >= 0 and table.max() <= 1)


def _table(correct: Array, prior: Prior | None = None, *, single: bool = False) -> _Table:
    table = np.asarray(correct, dtype=np.float64)
    if table.ndim < 2 or not table.shape[-1] or not table.shape[-2]:
        raise DataError("table-shape", found=str(table.shape))
    seeds, n = table.shape[-2:]
    by_example, bounded = table.mean(axis=-2), is_bounded(table)
    if seeds == 1 and not (single and prior is not None):
        none = np.zeros(table.shape[:-2])
        return _Table(by_example, none, none, np.ones_like(none), seeds, n, bounded=bounded)
    scatter, rest, slope = _scatter(table)
    if prior is None:
        seed = (scatter - rest) / seeds
        seed = np.where(seed > 1e-15, seed, 0.0)  # 0 if negative or rounding error
        freedom = np.full(scatter.shape, seeds - 1.0)
        return _Table(by_example, seed, scatter / seeds, freedom, seeds, n, bounded=bounded)
    variance, freedom = moderated(scatter, rest, slope, seeds, prior)
    equal = (table == table[..., :1, :]).all(axis=(-2, -1)) & (seeds > 1)  # the runs do not depend on the seed
    seed = np.where(equal, 0.0, variance / seeds)
    return _Table(by_example, seed, seed, freedom, seeds, n, moderated=True, bounded=bounded)


def _if_equal(table: _Table, mean: Floats) -> _Table:
    """Return ``table`` with its variance between seeds scaled to an accuracy of ``mean``, if this increases it."""
    if not table.moderated:
        return table
    own = table.by_example.mean(axis=-1)
    slopes = (_slope(one, table.n, bounded=table.bounded) for one in (mean, own))
    times = np.maximum(np.divide(*slopes), 1.0) ** 2
    return table._replace(seed=table.seed * times, estimated=table.estimated * times)


def _mean_by_example(tables: Sequence[_Table]) -> Floats:
    return np.asarray(sum(table.by_example for table in tables) / len(tables))


def _sum_of_seeds(tables: Sequence[tuple[_Table, int]]) -> tuple[Floats, Floats]:
    """Return the variance due to seeds of a difference of means, and its degrees of freedom.

    ``tables`` has, for each contender, its table and the number of contenders on its side of the difference.

    The degrees of freedom are those of a sum of estimated variances (Welch 1938, doi:10.1093/biomet/29.3-4.350).
    Without a prior they are computed from the variances before negative ones are set to 0. Ignoring a side whose
    variance is set to 0 would leave two degrees of freedom instead of four for 3 seeds; intervals would be 7 % wider
    without better coverage.
    """
    seed = sum(table.seed / many**2 for table, many in tables)
    total = sum(table.estimated / many**2 for table, many in tables)
    squares = sum((table.estimated / many**2) ** 2 / table.freedom for table, many in tables)
    return np.asarray(seed), np.divide(total**2, squares, out=np.ones_like(total), where=squares > 0)


def _wilson(mean: Floats, variance: Floats, n: int, level: float) -> tuple[Floats, Floats]:
    """Return Wilson's bounds for the number of examples at which a proportion ``mean`` has this ``variance``."""
    from scipy.special import ndtri

    z2 = ndtri(0.5 + level / 2) ** 2
    examples = np.divide(mean * (1 - mean), variance, out=np.full(np.shape(mean), float(n)), where=variance > 1e-15)
    centre = (mean + z2 / (2 * examples)) / (1 + z2 / examples)
    half = np.sqrt(z2 * (mean * (1 - mean) / examples + z2 / (4 * examples**2))) / (1 + z2 / examples)
    return np.where(mean > 0, centre - half, 0.0), np.where(mean < 1, centre + half, 1.0)


def _with_two_more(differences: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the mean of ``differences`` (..., n) after adding one disagreement for either side.

    The size of the added disagreements is the average of the observed ones and one of size 1. Without the latter,
    coverage fell to 0.92 where three in a hundred examples differ: the few observed disagreements may all be fractions
    by chance.
    """
    n = differences.shape[-1] + 2
    squares = (differences**2).sum(axis=-1)
    typical = (squares + 1) / ((np.abs(differences) > 1e-9).sum(axis=-1) + 1)
    centre = differences.sum(axis=-1) / n
    return centre, ((squares + 2 * typical) / n - centre**2) / (n - 1)


def _mean_and_variance(differences: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the mean of ``differences`` (..., n)."""
    n = differences.shape[-1]
    return differences.mean(axis=-1), differences.var(axis=-1) / max(n - 1, 1)


def _log_odds(share: Floats) -> Floats:
    share = np.clip(share, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(share / (1 - share)))


def _share(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))
