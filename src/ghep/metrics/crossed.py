"""Accuracy over several seeds, all scored on the same examples: what is known of its mean, and of a difference of two.

In: whether run s was right on example i, (S, n). Out: the mean over both with a 95 % interval for the accuracy that
other seeds would have on other examples. Two things were drawn, seeds and examples, and they cross:

    correct[s, i] = accuracy + seed[s] + example[i] + rest[s, i]
    variance of the mean = var(seed) / S + var(example) / n + var(rest) / (S n)

The sums of squares of the two-way table give the three variances (Cornfield and Tukey 1956,
doi:10.1214/aoms/1177728067; for models that share a test set Roe and Metz 1997, doi:10.1016/S1076-6332(97)80210-3).
``two_errors.py`` then says how far off the mean may be: the examples' error is as good as normal, the seeds' variance
is estimated with few degrees of freedom: S - 1, or more where there is a prior (``moderated.py``). With one seed there
are none, and every statement is about that one run.

Functions take any number of tables at once, (..., S, n), which is how their coverage is simulated. Measured coverage,
and where it is not 95 %: docs/decisions/0010.
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
    """A mean accuracy, or a difference of two, of one table or of many: numbers or arrays of one shape."""

    value: Any
    low: Any
    high: Any
    errors: Errors
    p_value: Any = 1.0
    """Of a difference: the chance of one at least as large if the two are equally good."""
    p_these_runs: Any = 1.0
    """The same about these very runs, on other examples: nothing is said of other seeds."""
    one_seed: Any = 0.0
    """Variance that a single run has by its seed (of both, for a difference)."""

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval of a single estimate; ``level`` is the one it was made with."""
        return Interval(float(self.low), float(self.high), level)


class Runs(NamedTuple):
    """The runs of one contender, and what is known of such contenders' scatter between seeds."""

    correct: Array
    """(..., S, n)."""
    prior: Prior | None = None
    """None: their own scatter alone counts."""


class _Table(NamedTuple):
    """What is needed of (..., S, n): the examples' means (..., n), and the seeds' share of the mean's variance."""

    by_example: Floats
    seed: Floats
    estimated: Floats
    """The variance as it was estimated, of which ``freedom`` is; without a prior with the noise of examples in it."""
    freedom: Floats
    seeds: int
    n: int
    moderated: bool = False


def accuracy(correct: Array, level: float = 0.95, prior: Prior | None = None) -> Estimate:
    """Return the mean of ``correct`` (..., S, n) and its interval; ``prior`` is of the scatter between seeds.

    One seed, or seeds that all answer alike: Wilson's interval. Otherwise Wilson's for as many examples as would give
    the variance that the examples' means have, and the seeds' share added in quadrature to either side. Both on the
    scale of log odds, for near 1 seeds scatter farther down than up.
    """
    table = _table(correct, prior)
    mean = table.by_example.mean(axis=-1)
    errors = Errors(table.by_example.var(axis=-1) / table.n, table.seed, table.freedom)
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

    ``contrast`` of one against one, without a prior. Raises DataError when the two are not of the same examples.
    """
    return contrast([Runs(correct_a)], [Runs(correct_b)], level)


def contrast(a: Sequence[Runs], b: Sequence[Runs], level: float = 0.95, *, single: bool = False) -> Estimate:
    """Return the mean accuracy of the contenders ``a`` minus that of ``b``, over the same n examples.

    The seeds of two contenders are unrelated, so the seeds' variances add; the examples' is that of the difference of
    the two means on each. Two examples are added on which they differ, once for A and once for B (Bonett and Price
    2012, doi:10.3102/1076998611411915): without them, few disagreements, or none, would look like certainty. With
    several seeds a disagreement is a fraction; the added ones are as large as those that were seen are typically.

    The p value and the interval are of one test: p < 1 - level where the interval leaves out 0.

    With a prior, a contender's scatter is taken at the mean of both sides where that makes it larger: if the two are
    equal, one that was lucky near 1 scatters more than it shows. ``single``: the prior counts for a single run, too;
    otherwise what is said is about that run.

    Raises DataError when they are not of the same examples.
    """
    from scipy.special import ndtr

    one, other = ([_table(*runs, single=single) for runs in side] for side in (a, b))
    if len({table.n for table in (*one, *other)}) > 1:
        raise DataError(
            f"two contenders are compared on the same n examples, these have {one[0].n} and {other[0].n}",
            remedy="score both on one split",
        )
    apart = _mean_by_example(one) - _mean_by_example(other)
    centre, test = _with_two_more(apart)
    both = (_mean_by_example(one).mean(axis=-1) + _mean_by_example(other).mean(axis=-1)) / 2
    one, other = ([_if_equal(table, both) for table in side] for side in (one, other))
    errors = Errors(test, *_sum_of_seeds([(table, len(side)) for side in (one, other) for table in side]))
    half = half_width(errors, level)
    alone = [table.seed * table.seeds / len(side) ** 2 for side in (one, other) for table in side]
    return Estimate(
        apart.mean(axis=-1),
        np.maximum(centre - half, -1.0),
        np.minimum(centre + half, 1.0),
        errors,
        p_value=tail(np.abs(centre), errors),
        p_these_runs=2 * ndtr(-np.abs(centre) / np.sqrt(np.maximum(test, np.finfo(np.float64).tiny))),
        one_seed=np.sum(alone, axis=0),
    )


def paired_contrast(a: Array, b: Array, prior: Prior | None = None, level: float = 0.95) -> Estimate:
    """Return the accuracy of A minus that of B, both (..., D, n), where row d of both learnt from the same draw.

    What is good luck for both in a draw cancels: the draws' variance is that of the rows' differences. ``prior`` is of
    the scatter of such a difference, in accuracy, not on log odds. One draw: what is said is about that draw.

    Raises DataError when the tables are not of one shape.
    """
    if np.shape(a) != np.shape(b):
        raise DataError(
            f"paired tables have one shape, these have {np.shape(a)} and {np.shape(b)}",
            remedy="keep the draws that both have",
        )
    table = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    draws, by_example = table.shape[-2], table.mean(axis=-2)
    centre, test = _with_two_more(by_example)
    seed = freedom = np.zeros_like(test)
    if draws > 1:
        scatter, rest, _ = _scatter(table)
        none = Prior(0.0, 0.0)  # without a prior their own scatter counts, with its degrees of freedom
        variance, freedom = moderated(scatter, rest, np.ones_like(scatter), draws, prior or none)
        seed = variance / draws
    errors = Errors(test, seed, freedom)
    half = half_width(errors, level)
    value, p_value = by_example.mean(axis=-1), tail(np.abs(centre), errors)
    low, high = np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0)
    return Estimate(value, low, high, errors, p_value=p_value, one_seed=seed * draws)


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


def scatter_between_seeds(correct: Array) -> Floats:
    """Return the variance of one run's accuracy by its seed, on the scale of log odds, of (..., S, n), S at least 2.

    The noise of so few examples is taken out: the result may be below 0.
    """
    scatter, rest, slope = _scatter(np.asarray(correct, dtype=np.float64))
    return np.asarray((scatter - rest) / slope**2)


def seed_variance(correct: Array, prior: Prior | None = None) -> Floats:
    """Return the variance of one run's accuracy by its seed, of (..., S, n); of a single run it is the prior's."""
    table = _table(correct, prior, single=True)
    return np.asarray(table.seed * table.seeds)


def _scatter(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the variance of the runs' accuracies, the part of it that is no seed's, and accuracy's slope by log odds.

    With one run there is no variance to see.
    """
    seeds, n = table.shape[-2:]
    by_example, by_seed = table.mean(axis=-2), table.mean(axis=-1)
    # What is left of the squares beside those of examples and seeds; for one example it is all in the seeds.
    left = table.var(axis=(-2, -1)) - by_example.var(axis=-1) - by_seed.var(axis=-1)
    rest = np.maximum(left, 0.0) * seeds / max((seeds - 1) * (n - 1), 1)
    scatter = by_seed.var(axis=-1, ddof=1) if seeds > 1 else np.zeros(by_seed.shape[:-1])
    return scatter, rest, _slope(by_seed.mean(axis=-1), n)


def _slope(mean: Floats, n: int) -> Floats:
    """Return by how much accuracy changes with the log odds; not less than it does half an example below 1.

    There is no accuracy so near to 1 that nothing can change it.
    """
    return np.asarray(np.maximum(mean * (1 - mean), 1 / (4 * n)))


def _table(correct: Array, prior: Prior | None = None, *, single: bool = False) -> _Table:
    table = np.asarray(correct, dtype=np.float64)
    if table.ndim < 2 or not table.shape[-1] or not table.shape[-2]:
        raise DataError(
            f"a row of answers a run is expected, (S, n) with S and n at least 1; this is {table.shape}",
            remedy="score the runs on a split with labels",
        )
    seeds, n = table.shape[-2:]
    by_example = table.mean(axis=-2)
    if seeds == 1 and not (single and prior is not None):
        none = np.zeros(table.shape[:-2])
        return _Table(by_example, none, none, np.ones_like(none), seeds, n)
    scatter, rest, slope = _scatter(table)
    if prior is None:
        seed = (scatter - rest) / seeds
        seed = np.where(seed > 1e-15, seed, 0.0)  # below 0, or of rounding: none
        return _Table(by_example, seed, scatter / seeds, np.full(scatter.shape, seeds - 1.0), seeds, n)
    variance, freedom = moderated(scatter, rest, slope, seeds, prior)
    alike = (table == table[..., :1, :]).all(axis=(-2, -1)) & (seeds > 1)  # nothing in them depends on the seed
    seed = np.where(alike, 0.0, variance / seeds)
    return _Table(by_example, seed, seed, freedom, seeds, n, moderated=True)


def _if_equal(table: _Table, mean: Floats) -> _Table:
    """Return the table with the scatter that it has at an accuracy of ``mean``, where that is more."""
    if not table.moderated:
        return table
    own = table.by_example.mean(axis=-1)
    times = np.maximum(_slope(mean, table.n) / _slope(own, table.n), 1.0) ** 2
    return table._replace(seed=table.seed * times, estimated=table.estimated * times)


def _mean_by_example(tables: Sequence[_Table]) -> Floats:
    return np.asarray(sum(table.by_example for table in tables) / len(tables))


def _sum_of_seeds(tables: Sequence[tuple[_Table, int]]) -> tuple[Floats, Floats]:
    """Return the seeds' variance of a sum of means, each of so many contenders, and its degrees of freedom.

    Those of a sum of estimated variances (Welch 1938, doi:10.1093/biomet/29.3-4.350). Without a prior of the scatter as
    it was measured: counting one whose share came out as none for nothing would leave two degrees where there are four,
    intervals 7 % wider for 3 seeds, and no truer.
    """
    seed = sum(table.seed / many**2 for table, many in tables)
    total = sum(table.estimated / many**2 for table, many in tables)
    squares = sum((table.estimated / many**2) ** 2 / table.freedom for table, many in tables)
    return np.asarray(seed), np.divide(total**2, squares, out=np.ones_like(total), where=squares > 0)


def _wilson(mean: Floats, variance: Floats, n: int, level: float) -> tuple[Floats, Floats]:
    """Wilson's bounds for the number of examples that would give a share of ``mean`` this ``variance``."""
    from scipy.special import ndtri

    z2 = ndtri(0.5 + level / 2) ** 2
    examples = np.divide(mean * (1 - mean), variance, out=np.full(np.shape(mean), float(n)), where=variance > 1e-15)
    centre = (mean + z2 / (2 * examples)) / (1 + z2 / examples)
    half = np.sqrt(z2 * (mean * (1 - mean) / examples + z2 / (4 * examples**2))) / (1 + z2 / examples)
    return np.where(mean > 0, centre - half, 0.0), np.where(mean < 1, centre + half, 1.0)


def _with_two_more(apart: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the mean of ``apart`` (..., n) after adding one disagreement for either side.

    A whole one counts among those whose size is averaged: of two that were seen both may be fractions by chance, and
    coverage fell to 0.92 where three in a hundred examples differ.
    """
    n = apart.shape[-1] + 2
    squares = (apart**2).sum(axis=-1)
    typical = (squares + 1) / ((np.abs(apart) > 1e-9).sum(axis=-1) + 1)
    centre = apart.sum(axis=-1) / n
    return centre, ((squares + 2 * typical) / n - centre**2) / (n - 1)


def _log_odds(share: Floats) -> Floats:
    share = np.clip(share, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(share / (1 - share)))


def _share(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))
