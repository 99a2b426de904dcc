"""The three "highers": a higher start, a higher slope, a higher asymptote (Torrey and Shavlik 2010, "Transfer
learning", in Handbook of Research on Machine Learning Applications, doi:10.4018/978-1-60566-766-9.ch011, figure 2).

In: the learning curves of a comparison's runs on all labels, score on valid after each epoch. Out: a ``Higher`` for
each contender that has such curves.

    y(t) = a - b exp(-c t)        t in epochs, all stages together

fitted to the points of all seeds by least squares, 0 <= a <= 1, c > 0; with b below 0 the curve falls to its asymptote.
Given c the other two are a straight line's, so c alone is searched, over a grid, and no start has to be guessed
(variable projection: Golub and Pereyra 1973, doi:10.1137/0710036). The interval holds every asymptote that a t test
does not reject, b and c at their best for it (profile likelihood: Bates and Watts 1988, doi:10.1002/9780470316757,
chapter 6): where a curve has not yet levelled off it is wide, as it should be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.record import Comparison, Contender, EpochRow, Higher, Measured
from ghep.metrics.intervals import wilson
from ghep.types import Interval

Array = NDArray[np.float64]
Times = tuple[tuple[float, float, float], ...]
"""A mean curve: (epoch, seconds, score)."""

LEVEL = 0.95
WAY = 0.9
"""The slope is taken over this share of the way from start to asymptote."""
FEWEST_TO_FIT = 4
"""Points of a curve, at different epochs: it has three parameters."""
FASTEST = 5.0
"""Largest c: 99 % of the way in one epoch; nothing faster can be seen."""
SLOWEST = log(2)
"""Smallest c, over the epochs there are: half of the way at least is taken to lie behind. Without such a floor a flat
curve might yet go anywhere."""
RATES, LEVELS = 120, 1001
"""Points of the grids of c and a."""


@dataclass(frozen=True)
class _Point:
    seed: int
    epoch: int
    seconds: float
    """Since the run began."""
    score: float
    trained: bool
    """By gradients; else the head was just solved."""


@dataclass(frozen=True)
class _Curve:
    """A fitted curve; ``c`` is per epoch after ``first``."""

    a: float
    b: float
    c: float
    first: float
    interval: Interval
    """Of a, over seeds and epochs."""

    def epoch_of(self, score: float) -> float:
        """Return the epoch at which the curve comes to ``score``; infinity if it never does."""
        left = (self.a - score) / self.b if self.b else -1.0
        return self.first - log(left) / self.c if left > 0 else inf


def highers(comparison: Comparison) -> tuple[Higher, ...]:
    """Return the three highers of every contender whose runs on all labels were scored on valid as they learnt.

    The asymptote's interval counts seeds, epochs and which examples happened to be in valid. A curve of fewer than
    four epochs is not fitted: where it ended is taken for its asymptote. The slope is None where the asymptote is not
    above the start by one example of valid or more; its interval takes the errors of start and asymptote as
    independent, which is too wide where the same examples are hard for both.
    """
    n = sum(comparison.data.counts.get("valid", {}).values())
    found = (
        _higher(contender, [run for run in comparison.full_runs if run.contender == contender], n)
        for contender in comparison.contenders
    )
    return tuple(one for one in found if one is not None)


def in_words(higher: Higher) -> str:
    """Return one line: start, slope, asymptote."""
    interval = higher.asymptote_interval
    end = f"{higher.asymptote:.3f} [{interval.low:.3f}, {interval.high:.3f}] on valid"
    if len(higher.times) < 2:
        return f"{higher.contender}: {end}; one point, no curve"
    slope = "gains nothing by training"
    if higher.slope_per_epoch is not None:
        slope = f"gains {100 * higher.slope_per_epoch:.2g} points an epoch"
        if higher.slope_per_second is not None:
            slope += f", {100 * higher.slope_per_second:.2g} a second"
    return f"{higher.contender}: starts at {higher.start:.3f}, {slope}, settles at {end}"


def _higher(contender: Contender, runs: Sequence[Measured], n: int) -> Higher | None:
    points = [point for run in runs for point in _points(run.seed, run.history)]
    if not points:
        return None
    times = _mean_curve(points)
    start = times[0][2]
    curve = _fitted(_on_the_curve(points, times), n)
    if curve is None:
        ends = list({point.seed: point.score for point in points}.values())
        asymptote, over_seeds, reached = float(np.mean(ends)), student(ends), times[-1][0]
    else:
        asymptote, over_seeds, reached = curve.a, curve.interval, curve.epoch_of(start + WAY * (curve.a - start))
    of_asymptote = beside_examples(asymptote, over_seeds, n)
    starts = beside_examples(start, student([point.score for point in points if point.epoch == times[0][0]]), n)
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


def _points(seed: int, history: Sequence[EpochRow]) -> list[_Point]:
    """Return what was scored, with epochs and seconds counted on across stages; a solved head takes no epoch."""
    points, epochs, seconds = [], 0, 0.0
    for row in history:
        epochs += row.epoch > 0
        seconds += row.seconds
        if row.valid_score is not None and isfinite(row.valid_score):
            points.append(_Point(seed, epochs, seconds, row.valid_score, trained=row.epoch > 0))
    return points


def _mean_curve(points: Sequence[_Point]) -> Times:
    """Return the means over the seeds that came so far."""
    by_epoch: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        by_epoch[point.epoch].append(point)
    return tuple(
        (float(epoch), float(np.mean([one.seconds for one in at])), float(np.mean([one.score for one in at])))
        for epoch, at in sorted(by_epoch.items())
    )


def _on_the_curve(points: Sequence[_Point], times: Times) -> list[_Point]:
    """Leave a solved start out if the first epoch of training fell below it: what follows is another curve.

    Of seeds that are all alike (nothing in them was drawn) one is left: copies are no evidence.
    """
    fell = len(times) > 1 and times[1][2] < times[0][2]
    curves: dict[int, list[_Point]] = defaultdict(list)
    for point in points:
        if point.trained or not fell:
            curves[point.seed].append(point)
    alike = len({tuple((one.epoch, one.score) for one in curve) for curve in curves.values()}) == 1
    return [point for curve in list(curves.values())[: 1 if alike else None] for point in curve]


def _slopes(times: Times, gain: float, reached: float, n: int) -> tuple[float | None, float | None]:
    """Return the score gained per epoch and per second until ``reached``, the epoch at 90 % of the way.

    None for a gain of less than one of the ``n`` examples of valid.
    """
    if gain <= 0 or gain * n < 1 - 1e-9 < n or not isfinite(reached) or len(times) < 2:
        return None, None
    epochs, seconds, _ = (np.array(column) for column in zip(*times, strict=True))
    reached = max(reached, epochs[0] + 1.0)  # nothing finer than an epoch was seen
    pace = (seconds[-1] - seconds[0]) / (epochs[-1] - epochs[0])
    taken = float(np.interp(reached, epochs, seconds) - seconds[0] + max(0.0, reached - epochs[-1]) * pace)
    return float(WAY * gain / (reached - epochs[0])), WAY * gain / taken if taken > 0 else None


def _fitted(points: Sequence[_Point], n: int) -> _Curve | None:
    """Fit the curve to the points of all seeds; None if they lie at too few epochs."""
    t, y = np.array([point.epoch for point in points], dtype=float), np.array([point.score for point in points])
    if len(set(t.tolist())) < FEWEST_TO_FIT:
        return None
    first, span = t.min(), t.max() - t.min()
    rates, levels = np.geomspace(SLOWEST / span, FASTEST, RATES), np.linspace(0.0, 1.0, LEVELS)
    decays = np.exp(-rates[:, None] * (t - first))  # (C, P)
    above = levels[:, None] - y  # (A, P)
    # For every a and c the least sum of squares over b: sum (a - y)^2 - (sum (a - y) e)^2 / sum e^2.
    lost = (above**2).sum(1)[:, None] - (above @ decays.T) ** 2 / (decays**2).sum(1)  # (A, C)
    level, rate = np.unravel_index(int(lost.argmin()), lost.shape)
    a, b, c, decay = float(levels[level]), 0.0, float(rates[rate]), decays[rate]
    b = float((a - y) @ decay / (decay @ decay))
    slopes = np.stack([np.ones_like(t), -decay, b * (t - first) * decay], axis=1)  # (P, 3): by a, b and c
    allowed = _allowed(y - (a - b * decay), slopes, np.array([point.seed for point in points]), n)
    accepted = levels[lost.min(axis=1) <= lost.min() + allowed]
    half = 0.5 / (LEVELS - 1)
    interval = Interval(max(0.0, float(accepted[0]) - half), min(1.0, float(accepted[-1]) + half), LEVEL)
    return _Curve(a, b, c, float(first), interval)


def _allowed(residuals: Array, slopes: Array, seeds: NDArray[np.int64], n: int) -> float:
    """Return by how much the sum of squares may exceed the least, at an asymptote that is not rejected.

    Epochs of one seed lie above or below the curve together, so they count for less than so many draws. By how much
    less is read off what each seed's residuals do to the asymptote (the sandwich of Liang and Zeger 1986,
    doi:10.1093/biomet/73.1.13), with a degree of freedom for each seed but one. A single seed cannot tell: if each of
    its epochs leans on the one before, its interval is too narrow.
    """
    freedom = len(residuals) - 3
    step = 1 / n if n else 1e-6  # scores come in steps of one example: no curve is known better than that
    variance = max(float(residuals @ residuals) / freedom, step**2 / 12)
    pull = np.linalg.pinv(slopes)[0]  # (P,): of each residual on the asymptote
    each = np.array([float(pull[seeds == seed] @ residuals[seeds == seed]) for seed in np.unique(seeds)])
    allowed = variance * _t(freedom) ** 2
    if len(each) > 1:
        between = len(each) / (len(each) - 1) * float(each @ each)
        allowed = max(allowed, between / float(pull @ pull) * _t(len(each) - 1) ** 2)
    return allowed


def student(values: Sequence[float]) -> Interval:
    """Return the t interval of the mean; one value has no width."""
    mean, count = float(np.mean(values)), len(values)
    half = _t(count - 1) * float(np.std(values, ddof=1)) / sqrt(count) if count > 1 else 0.0
    return Interval(mean - half, mean + half, LEVEL)


def beside_examples(value: float, interval: Interval, n: int) -> Interval:
    """Return ``interval`` of an accuracy, widened by which ``n`` examples it happened to be measured on.

    The distances of two independent sources add in squares, each side by itself (MOVER: Zou and Donner 2008,
    doi:10.1002/sim.3095); the examples' are Wilson's. Inside [0, 1]. For n = 0 nothing is known of them or added.
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


def _t(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, freedom))
