"""The benefits of transfer on learning curves: a higher start, a higher slope, a higher asymptote (Torrey and Shavlik
2010, "Transfer learning", in Handbook of Research on Machine Learning Applications,
doi:10.4018/978-1-60566-766-9.ch011, figure 2).

In: the validation score after each epoch of a comparison's runs on all labels. Out: a ``Higher`` (start, slope and
asymptote) for each contender that has such learning curves. The model of a curve is

    y(t) = a - b exp(-c t)

where y is the validation score, t the epoch (counted over all stages), a the asymptote, a - b the start and c the rate.
It is fitted to the points of all seeds by least squares, with 0 <= a <= 1 and c > 0; if b is negative, the curve falls
to its asymptote. For a given c the model is linear in a and b. So only c is searched, over a grid, and no initial guess
is needed (variable projection: Golub and Pereyra 1973, doi:10.1137/0710036). The 95 % confidence interval of a has
every asymptote that a t test does not reject, with the best b and c for this asymptote (profile likelihood: Bates and
Watts 1988, doi:10.1002/9780470316757, chapter 6). It is wide for curves that have not levelled off.

Two seeds leave one degree of freedom, for which the t interval extends 12.7 standard errors to each side. So the
variances between seeds and between the epochs of a run are moderated (``metrics/moderated.py``): they are shrunk
towards the values that ``scripts/bench seed_scatter`` measured and those of the other contenders (``seeds.py``).
docs/decisions/0010 has the numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.analysis.seeds import KNOWN, group, joined
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, Comparison, Contender, EpochRow, Higher
from ghep.messages import text_of
from ghep.metrics.intervals import wilson
from ghep.metrics.moderated import Prior, moderated
from ghep.types import Interval

Array = NDArray[np.float64]
Times = tuple[tuple[float, float, float], ...]
"""A mean learning curve: one (epoch, seconds, validation score) per epoch."""

LEVEL = 0.95
WAY = 0.9
"""Fraction of the way from start to asymptote over which the slope is measured."""
FEWEST_TO_FIT = 4
"""Fewest distinct epochs for a fit, since the curve has three parameters."""
FASTEST = 5.0
"""Largest c, per epoch: 99 % of the way from start to asymptote in one epoch. Faster curves look the same."""
SLOWEST = log(2)
"""Smallest c, in units of 1 / (number of epochs): the curve has gone at least half of the way to its asymptote. Without
this bound the asymptote of a flat curve is undetermined."""
RATES, LEVELS = 120, 1001
"""Numbers of grid points for c and for a."""
START = Prior(0.7, 2.0)
"""Prior standard deviation of the first score between seeds, on log odds, for new heads that are trained from random
weights; solved heads are equal. 0.67 and 0.87 were measured (light)."""
EPOCHS = Prior(0.6, 3.0, doubt=1.0)
"""Prior standard deviation of scores around the curve, relative to the sampling error of a score on as many valid
examples. 0.27 to 0.89 were measured."""


@dataclass(frozen=True)
class _Point:
    seed: int
    epoch: int
    seconds: float
    """Seconds since the run began."""
    score: float
    trained: bool
    """Whether the epoch trained by gradients; False for a solved head."""


@dataclass(frozen=True)
class _Curve:
    """The fitted learning curve a - b exp(-c (t - first)), where t is the epoch."""

    a: float
    b: float
    c: float
    first: float
    interval: Interval
    """95 % confidence interval of the asymptote a, over seeds and epochs."""

    def epoch_of(self, score: float) -> float:
        """Return the epoch at which the curve reaches ``score``; infinity if it never does."""
        left = (self.a - score) / self.b if self.b else -1.0
        return self.first - log(left) / self.c if left > 0 else inf


def highers(comparison: Comparison) -> tuple[Higher, ...]:
    """Return start, slope and asymptote of every contender whose runs on all labels were scored on valid each epoch.

    The 95 % confidence interval of the asymptote covers seeds, epochs and valid examples. A curve of fewer than four
    epochs is not fitted; its last score is used as the asymptote. The slope is None unless the asymptote is above the
    start by at least one valid example. The interval of the slope assumes that the errors of start and asymptote are
    independent. It is too wide if the same examples are hard for both.
    """
    n = sum(comparison.data.counts.get("valid", {}).values())
    points = {
        contender: [
            point
            for run in comparison.full_runs
            if run.contender == contender
            for point in _points(run.seed, run.history)
        ]
        for contender in comparison.contenders
    }
    known = _known({contender: _ends(of) for contender, of in points.items() if of}, n)
    return tuple(_higher(contender, of, n, known[contender]) for contender, of in points.items() if of)


def in_words(higher: Higher) -> str:
    """Return the start, slope and asymptote in ``higher`` as one line of text."""
    interval = higher.asymptote_interval
    end = {
        "contender": higher.contender,
        "asymptote": higher.asymptote,
        "low": interval.low,
        "high": interval.high,
    }
    if len(higher.times) < 2:
        return text_of("curve-one-point", **end)
    if higher.slope_per_epoch is None:
        return text_of("curve-no-gain", start=higher.start, **end)
    slope = {"start": higher.start, "per_epoch": 100 * higher.slope_per_epoch}
    if higher.slope_per_second is None:
        return text_of("curve-gains", **slope, **end)
    return text_of("curve-gains-timed", **slope, per_second=100 * higher.slope_per_second, **end)


def _known(ends: Mapping[Contender, Sequence[float]], n: int) -> dict[Contender, Prior]:
    """Return contender -> prior of its variance between seeds, from the other contenders of its group.

    ``ends``: contender -> the last validation score of each seed, on ``n`` examples.
    """
    seen = {
        contender: (len(scores) - 1, float(np.var(scores, ddof=1)) / _slope_at(float(np.mean(scores)), n) ** 2)
        for contender, scores in ends.items()
        if len(set(scores)) > 1
    }
    return {
        contender: joined(
            KNOWN[group(contender)],
            [found for other, found in seen.items() if other != contender and group(other) == group(contender)],
        )
        for contender in ends
    }


def _higher(contender: Contender, points: Sequence[_Point], n: int, known: Prior) -> Higher:
    times = _mean_curve(points)
    start = times[0][2]
    curve = _fitted(_on_the_curve(points, times), n, known)
    if curve is None:
        ends = _ends(points)
        asymptote, between, reached = float(np.mean(ends)), over_seeds(ends, known, n), times[-1][0]
    else:
        asymptote, between, reached = curve.a, curve.interval, curve.epoch_of(start + WAY * (curve.a - start))
    of_asymptote = widened_by_examples(asymptote, between, n)
    first = [point.score for point in points if point.epoch == times[0][0]]
    solved = len(times) == 1 or contender.strategy in (SCRATCH, RANDOM_FEATURES)
    starts = widened_by_examples(start, over_seeds(first, known if solved else START, n), n)
    per_epoch, per_second = _slopes(times, asymptote - start, reached, n)
    gain = difference_interval(asymptote, of_asymptote, start, starts)
    pace = 0.0 if per_epoch is None else per_epoch / (asymptote - start)
    return Higher(
        contender,
        start,
        asymptote,
        of_asymptote,
        per_epoch,
        per_second,
        seeds=len({point.seed for point in points}),
        times=times,
        start_interval=starts,
        slope_interval=None if per_epoch is None else Interval(pace * gain.low, pace * gain.high, LEVEL),
    )


def _ends(points: Sequence[_Point]) -> list[float]:
    """Return the last validation score of each seed."""
    return list({point.seed: point.score for point in points}.values())


def _points(seed: int, history: Sequence[EpochRow]) -> list[_Point]:
    """Return the scored epochs of a run, with epochs and seconds counted over all stages.

    A solved head does not count as an epoch. R² below 0, worse than a constant, counts as 0.
    """
    points, epochs, seconds = [], 0, 0.0
    for row in history:
        epochs += row.epoch > 0
        seconds += row.seconds
        if row.valid_score is not None and isfinite(row.valid_score):
            points.append(_Point(seed, epochs, seconds, max(row.valid_score, 0.0), trained=row.epoch > 0))
    return points


def _mean_curve(points: Sequence[_Point]) -> Times:
    """Return the mean learning curve; at each epoch, over the seeds that have this epoch."""
    by_epoch: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        by_epoch[point.epoch].append(point)
    return tuple(
        (float(epoch), float(np.mean([one.seconds for one in at])), float(np.mean([one.score for one in at])))
        for epoch, at in sorted(by_epoch.items())
    )


def _on_the_curve(points: Sequence[_Point], times: Times) -> list[_Point]:
    """Return those of ``points`` to which the learning curve is fitted.

    ``times`` is the mean over seeds: (epoch, seconds, score) of the solved head and of each trained epoch.

    The score of the solved head is left out if the first epoch of training is below it, because the trained epochs then
    follow another curve. Of several seeds with identical curves only one is kept, because copies add no evidence.
    """
    dropped = len(times) > 1 and times[1][2] < times[0][2]
    curves: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        if point.trained or not dropped:
            curves[point.seed].append(point)
    alike = len({tuple((one.epoch, one.score) for one in curve) for curve in curves.values()}) == 1
    return [point for curve in list(curves.values())[: 1 if alike else None] for point in curve]


def _slopes(times: Times, gain: float, reached: float, n: int) -> tuple[float | None, float | None]:
    """Return the score gained per epoch and the score gained per second, until the epoch ``reached``.

    At ``reached`` the curve has gone 90 % of the way from start to asymptote; ``gain`` is the whole way. Both are None
    if the gain is less than one of the ``n`` valid examples.
    """
    if gain <= 0 or gain * n < 1 - 1e-9 < n or not isfinite(reached) or len(times) < 2:
        return None, None
    epochs, seconds, _ = (np.array(column) for column in zip(*times, strict=True))
    reached = max(reached, epochs[0] + 1.0)  # the curve is measured once per epoch
    pace = (seconds[-1] - seconds[0]) / (epochs[-1] - epochs[0])
    taken = float(np.interp(reached, epochs, seconds) - seconds[0] + max(0.0, reached - epochs[-1]) * pace)
    return float(WAY * gain / (reached - epochs[0])), WAY * gain / taken if taken > 0 else None


def _fitted(points: Sequence[_Point], n: int, known: Prior) -> _Curve | None:
    """Return the curve fitted to the points of all seeds; None if there are too few epochs.

    The constant offset of each seed, which does not change the shape of the curve, is removed before the profile
    likelihood is computed. Otherwise two seeds 20 points apart would leave the asymptote of a flat curve undetermined.
    The variance of the asymptote between seeds is computed separately (``_between``). On each side of the interval the
    wider of both is used.
    """
    t, y = np.array([point.epoch for point in points], dtype=float), np.array([point.score for point in points])
    if len(set(t.tolist())) < FEWEST_TO_FIT:
        return None
    seeds = np.unique([point.seed for point in points], return_inverse=True)[1]
    a, b, c, _ = _least_squares(t, y)
    left = y - (a - b * np.exp(-c * (t - t.min())))
    levels = np.array([left[seeds == seed].mean() for seed in range(seeds.max() + 1)]) - left.mean()
    a, b, c, lost = _least_squares(t, y - levels[seeds])
    examples = sqrt(_slope_at(a, n) / n) if n else 0.0  # standard deviation of a score
    own = max(len(y) - 3 - len(levels) + 1, 1)
    variance, freedom = _moderated(float(lost.min()) / own, examples, own + 1, EPOCHS)
    step = 1 / n if n else 1e-6  # scores have steps of one example, a lower bound of their error
    allowed = max(variance, step**2 / 12) * _t(freedom) ** 2
    accepted = _asymptotes()[lost <= lost.min() + allowed]
    decay = np.exp(-c * (t - t.min()))
    half = max(0.5 / (LEVELS - 1), _between(y - (a - b * decay), decay, seeds, _slope_at(a, n), known))
    low, high = float(min(accepted[0], a - half)), float(max(accepted[-1], a + half))
    return _Curve(a, b, c, float(t.min()), Interval(max(0.0, low), min(1.0, high), LEVEL))


def _least_squares(t: Array, y: Array) -> tuple[float, float, float, Array]:
    """Return the best a, b and c, and for each asymptote a of the grid the least sum of squares over b and c."""
    after = t - t.min()
    rates, levels = np.geomspace(SLOWEST / after.max(), FASTEST, RATES), _asymptotes()
    decays = np.exp(-rates[:, None] * after)  # (C, P)
    above = levels[:, None] - y  # (A, P)
    # For every a and c the least sum of squares over b: sum (a - y)^2 - (sum (a - y) e)^2 / sum e^2.
    lost = (above**2).sum(1)[:, None] - (above @ decays.T) ** 2 / (decays**2).sum(1)  # (A, C)
    level, rate = np.unravel_index(int(lost.argmin()), lost.shape)
    a, decay = float(levels[level]), decays[rate]
    return a, float((a - y) @ decay / (decay @ decay)), float(rates[rate]), lost.min(axis=1)


def _asymptotes() -> Array:
    return np.linspace(0.0, 1.0, LEVELS)


def _between(residuals: Array, decay: Array, seeds: NDArray[np.int64], slope: float, known: Prior) -> float:
    """Return the half width of the 95 % confidence interval of the asymptote over seeds; 0 for a single seed.

    It is computed from the effect of each seed's residuals on the asymptote at fixed c (the sandwich estimator of Liang
    and Zeger 1986, doi:10.1093/biomet/73.1.13). The degrees of freedom are the number of seeds minus one, plus those of
    the prior ``known``.
    """
    count = seeds.max() + 1
    if count == 1:
        return 0.0
    pull = np.linalg.pinv(np.stack([np.ones_like(decay), -decay], axis=1))[0]  # (P,): effect of each residual
    each = np.array([float(pull[seeds == seed] @ residuals[seeds == seed]) for seed in range(count)])
    of_mean = count / (count - 1) * float(each @ each)
    variance, freedom = _moderated(of_mean * count, slope, count, known)
    return _t(freedom) * sqrt(variance / count)


def over_seeds(values: Sequence[float], known: Prior, n: int) -> Interval:
    """Return the 95 % confidence interval, over seeds, of the mean of ``values``: scores on the same ``n`` examples.

    The variance between seeds is shrunk towards the prior ``known``, on log odds. The interval has zero width if there
    is only one value, or if all are equal (nothing in the run is random).
    """
    mean, count, half = float(np.mean(values)), len(values), 0.0
    if len(set(values)) > 1:
        variance, freedom = _moderated(float(np.var(values, ddof=1)), _slope_at(mean, n), count, known)
        half = _t(freedom) * sqrt(variance / count)
    return Interval(mean - half, mean + half, LEVEL)


def _moderated(variance: float, slope: float, count: int, known: Prior) -> tuple[float, float]:
    """Return the variance of ``count`` values, shrunk towards the prior ``known``, and its degrees of freedom.

    ``slope`` converts the prior from log odds to scores.
    """
    if slope == 0:
        return variance, count - 1.0
    found, freedom = moderated(np.array(variance), np.array(0.0), np.array(slope), count, known)
    return float(found), float(freedom)


def _slope_at(mean: float, n: int) -> float:
    """Return the derivative of a score with respect to its log odds, at the score ``mean`` on ``n`` examples.

    The result is at least 1 / (4 n), so that it is not 0 at scores of 0 and 1.
    """
    return max(mean * (1 - mean), 1 / (4 * n) if n else 1e-6)


def widened_by_examples(value: float, interval: Interval, n: int) -> Interval:
    """Return ``interval`` of the accuracy ``value``, widened by the sampling error of ``n`` examples, within [0, 1].

    On each side, the squared distances from ``value`` to the ends of two intervals are added: of ``interval`` and of
    Wilson's interval for the examples (MOVER: Zou and Donner 2008, doi:10.1002/sim.3095). For n = 0 nothing is added.
    """
    examples = wilson(value * n, n) if n else Interval(value, value)
    low = sqrt((value - interval.low) ** 2 + (value - examples.low) ** 2)
    high = sqrt((interval.high - value) ** 2 + (examples.high - value) ** 2)
    return Interval(max(0.0, value - low), min(1.0, value + high), LEVEL)


def difference_interval(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Return the confidence interval of a - b (MOVER: Zou and Donner 2008).

    ``a`` and ``b`` are independent estimates, with the confidence intervals ``of_a`` and ``of_b``.
    """
    low = sqrt((a - of_a.low) ** 2 + (of_b.high - b) ** 2)
    high = sqrt((of_a.high - a) ** 2 + (b - of_b.low) ** 2)
    return Interval(a - b - low, a - b + high, LEVEL)


def _t(freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, freedom))
