"""The benefits of transfer on learning curves: a higher start, a higher slope, a higher asymptote (Torrey and Shavlik
2010, "Transfer learning", in Handbook of Research on Machine Learning Applications,
doi:10.4018/978-1-60566-766-9.ch011, figure 2).

In: the learning curves of a comparison's runs on all labels, valid score after each epoch. Out: a ``Higher`` for each
contender that has such curves.

    y(t) = a - b exp(-c t)        t in epochs, all stages together

fitted to the points of all seeds by least squares, 0 <= a <= 1, c > 0; with b below 0 the curve falls to its asymptote.
Given c, the model is linear in a and b, so only c is searched, over a grid, and no initial guess is needed
(variable projection: Golub and Pereyra 1973, doi:10.1137/0710036). The interval holds every asymptote that a t test
does not reject, with b and c optimal for it (profile likelihood: Bates and Watts 1988, doi:10.1002/9780470316757,
chapter 6): it is wide for curves that have not levelled off.

Two seeds leave one degree of freedom, for which the t interval is 12.7 standard errors wide. So the variances between
seeds and between the epochs of a run are moderated (``metrics/moderated.py``) by the values that ``scripts/bench
seed_scatter`` measured and by the other contenders (``seeds.py``). docs/decisions/0010 has the numbers.
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
"""A mean curve: (epoch, seconds, score)."""

LEVEL = 0.95
WAY = 0.9
"""Fraction of the way from start to asymptote over which the slope is measured."""
FEWEST_TO_FIT = 4
"""Fewest distinct epochs for a fit: the curve has three parameters."""
FASTEST = 5.0
"""Largest c: 99 % of the way in one epoch; faster curves look the same."""
SLOWEST = log(2)
"""Smallest c, in units of 1 / epochs: the curve has gone at least half of its way. Without this bound the asymptote of
a flat curve is undetermined."""
RATES, LEVELS = 120, 1001
"""Grid points for c and a."""
START = Prior(0.7, 2.0)
"""Standard deviation of the first score between seeds, on log odds, where a new head is trained from random weights;
solved heads are equal. 0.67 and 0.87 were measured (light)."""
EPOCHS = Prior(0.6, 3.0, doubt=1.0)
"""Standard deviation of scores around the curve, relative to the sampling error of this many valid examples. 0.27 to
0.89 were measured."""


@dataclass(frozen=True)
class _Point:
    seed: int
    epoch: int
    seconds: float
    """Since the run began."""
    score: float
    trained: bool
    """By gradients; False for a solved head."""


@dataclass(frozen=True)
class _Curve:
    """A fitted curve; ``c`` is per epoch after ``first``."""

    a: float
    b: float
    c: float
    first: float
    interval: Interval
    """Of a; covers seeds and epochs."""

    def epoch_of(self, score: float) -> float:
        """Return the epoch at which the curve reaches ``score``; infinity if it never does."""
        left = (self.a - score) / self.b if self.b else -1.0
        return self.first - log(left) / self.c if left > 0 else inf


def highers(comparison: Comparison) -> tuple[Higher, ...]:
    """Return start, slope and asymptote of every contender whose runs on all labels were scored on valid per epoch.

    The asymptote's interval covers seeds, epochs and valid examples. A curve of fewer than four epochs is not fitted:
    its last score is used as the asymptote. The slope is None unless the asymptote is above the start by at least one
    valid example. The slope's interval assumes independent errors of start and asymptote, which makes it too wide where
    the same examples are hard for both.
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
    """Return start, slope and asymptote in one line."""
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
    """Return each contender's prior between seeds, from the last scores of the others in its group."""
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
    """Return the last score of each seed."""
    return list({point.seed: point.score for point in points}.values())


def _points(seed: int, history: Sequence[EpochRow]) -> list[_Point]:
    """Return the scored epochs, with epochs and seconds counted across stages; a solved head counts as no epoch."""
    points, epochs, seconds = [], 0, 0.0
    for row in history:
        epochs += row.epoch > 0
        seconds += row.seconds
        if row.valid_score is not None and isfinite(row.valid_score):
            points.append(_Point(seed, epochs, seconds, row.valid_score, trained=row.epoch > 0))
    return points


def _mean_curve(points: Sequence[_Point]) -> Times:
    """Return the mean over the seeds that have each epoch."""
    by_epoch: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        by_epoch[point.epoch].append(point)
    return tuple(
        (float(epoch), float(np.mean([one.seconds for one in at])), float(np.mean([one.score for one in at])))
        for epoch, at in sorted(by_epoch.items())
    )


def _on_the_curve(points: Sequence[_Point], times: Times) -> list[_Point]:
    """Drop a solved start if the first epoch of training is below it: the trained epochs are another curve.

    Of seeds with identical curves only one is kept: copies are no evidence.
    """
    dropped = len(times) > 1 and times[1][2] < times[0][2]
    curves: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        if point.trained or not dropped:
            curves[point.seed].append(point)
    alike = len({tuple((one.epoch, one.score) for one in curve) for curve in curves.values()}) == 1
    return [point for curve in list(curves.values())[: 1 if alike else None] for point in curve]


def _slopes(times: Times, gain: float, reached: float, n: int) -> tuple[float | None, float | None]:
    """Return the score gained per epoch and per second until ``reached``, the epoch at 90 % of the way.

    None for a gain of less than one of the ``n`` valid examples.
    """
    if gain <= 0 or gain * n < 1 - 1e-9 < n or not isfinite(reached) or len(times) < 2:
        return None, None
    epochs, seconds, _ = (np.array(column) for column in zip(*times, strict=True))
    reached = max(reached, epochs[0] + 1.0)  # the curve is measured once per epoch
    pace = (seconds[-1] - seconds[0]) / (epochs[-1] - epochs[0])
    taken = float(np.interp(reached, epochs, seconds) - seconds[0] + max(0.0, reached - epochs[-1]) * pace)
    return float(WAY * gain / (reached - epochs[0])), WAY * gain / taken if taken > 0 else None


def _fitted(points: Sequence[_Point], n: int, known: Prior) -> _Curve | None:
    """Fit the curve to the points of all seeds; None if they have too few epochs.

    A constant offset of a seed does not change the curve's shape. It is removed before the profile likelihood is
    computed: otherwise two seeds 20 points apart would leave the asymptote of a flat curve undetermined. The effect of
    other seeds on the asymptote is computed separately (``_between``), and the wider of both is used on each side.
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
    """Return a, b and c, and the least sum of squares over b and c for each asymptote of the grid."""
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
    """Return the half width of the asymptote's interval over seeds; 0 for a single seed.

    From the effect of each seed's residuals on the asymptote at fixed c (the sandwich estimator of Liang and Zeger
    1986, doi:10.1093/biomet/73.1.13), with one degree of freedom per seed less one, and those of ``known``.
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
    """Return the interval over seeds of the mean of ``values``, scores on the same ``n`` examples.

    The variance between seeds is moderated by the prior ``known``, on log odds. The interval has no width if there is
    one value or all are equal (nothing random in the run).
    """
    mean, count, half = float(np.mean(values)), len(values), 0.0
    if len(set(values)) > 1:
        variance, freedom = _moderated(float(np.var(values, ddof=1)), _slope_at(mean, n), count, known)
        half = _t(freedom) * sqrt(variance / count)
    return Interval(mean - half, mean + half, LEVEL)


def _moderated(variance: float, slope: float, count: int, known: Prior) -> tuple[float, float]:
    """Return the variance of ``count`` values, shrunk towards ``known`` times ``slope``, and degrees of freedom."""
    if slope == 0:
        return variance, count - 1.0
    found, freedom = moderated(np.array(variance), np.array(0.0), np.array(slope), count, known)
    return float(found), float(freedom)


def _slope_at(mean: float, n: int) -> float:
    """Return the derivative of a score by its log odds, at least that of half an example of ``n`` below 1."""
    return max(mean * (1 - mean), 1 / (4 * n) if n else 1e-6)


def widened_by_examples(value: float, interval: Interval, n: int) -> Interval:
    """Return ``interval`` of an accuracy, widened by the sampling error of ``n`` examples and clipped to [0, 1].

    The distances of two independent sources add in squares, for each side separately (MOVER: Zou and Donner 2008,
    doi:10.1002/sim.3095); those of the examples are Wilson's. For n = 0 nothing is added.
    """
    examples = wilson(value * n, n) if n else Interval(value, value)
    low = sqrt((value - interval.low) ** 2 + (value - examples.low) ** 2)
    high = sqrt((interval.high - value) ** 2 + (examples.high - value) ** 2)
    return Interval(max(0.0, value - low), min(1.0, value + high), LEVEL)


def difference_interval(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Return the interval of a - b, two independent estimates with their intervals (MOVER: Zou and Donner 2008)."""
    low = sqrt((a - of_a.low) ** 2 + (of_b.high - b) ** 2)
    high = sqrt((of_a.high - a) ** 2 + (b - of_b.low) ** 2)
    return Interval(a - b - low, a - b + high, LEVEL)


def _t(freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, freedom))
