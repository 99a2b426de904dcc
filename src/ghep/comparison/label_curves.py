"""What labels are worth: accuracy against how many there are, and how many labels pretrained weights save.

In: a comparison with runs on nested draws of few labels (``draws.py``). Out: a ``LabelCurve`` for each contender that
learnt from several numbers of labels, and a ``LabelsSaved`` for each point of a pretrained contender and each control.

The control's curve is made to rise (isotonic regression: Barlow et al. 1972, "Statistical inference under order
restrictions"; that more labels hurt is taken for chance) and read backwards, straight between its points on a
logarithmic axis of labels. Nothing is said beyond its ends: "so many or fewer" at the lower, "more than there are"
above the upper.

Legend: n test examples, D draws (on all labels: seeds), M points of a curve, B resamples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.highers import LEVEL, beside_examples, student
from ghep.comparison.record import (
    LINEAR,
    SCRATCH,
    Comparison,
    Contender,
    CurvePoint,
    LabelCurve,
    LabelsSaved,
    Measured,
    Parts,
)
from ghep.metrics.crossed import variance_by_draw
from ghep.metrics.intervals import resampling_weights, wilson
from ghep.types import Interval

Array = NDArray[np.float64]

RESAMPLES = 2000


@dataclass(frozen=True)
class _Cell:
    """What one contender did with so many labels."""

    labels: int | None
    num_labels: float
    draws: tuple[int, ...]
    """On all labels there is but one; these are then the places of its seeds."""
    right: Array
    """(D, n): the share of the draw's seeds that were right."""
    runs: int

    @property
    def accuracies(self) -> Array:
        """Return (D,)."""
        return np.asarray(self.right.mean(axis=1))


def label_curves(comparison: Comparison) -> tuple[LabelCurve, ...]:
    """Return accuracy on the headline split against labels, for each contender with two numbers of labels or more.

    A point's interval is over draws, each with the mean of its seeds: how the next draw's training would do on the
    same test examples. Of a single draw it is Wilson's, over test examples alone.
    """
    curves = []
    for contender in dict.fromkeys(run.contender for run in comparison.runs):
        cells = _cells(comparison, contender)
        if len(cells) > 1:
            curves.append(LabelCurve(contender, tuple(_point(cell) for cell in cells)))
    return tuple(curves)


def labels_saved(comparison: Comparison, curves: Sequence[LabelCurve]) -> tuple[LabelsSaved, ...]:
    """Return how many labels scratch (of the same backbone) and the linear control need to match each pretrained point.

    The interval is over draws and test examples, paired: the same draws and examples for both. None where there is a
    single draw to go by. On all labels seeds take the place of draws; what a single one might do otherwise is not in.
    """
    there = [curve.contender for curve in curves]
    pretrained = [contender for contender in there if not contender.control]
    return tuple(
        saved
        for contender in pretrained
        for control in (Contender(SCRATCH, contender.backbone), *map(Contender, LINEAR))
        if control in there
        for saved in _saved(contender, control, _cells(comparison, contender), _cells(comparison, control))
    )


def in_words(saved: LabelsSaved) -> str:
    """Return one line: who, with how many labels, against how many of the control's.

    >>> light, scratch = Contender("light", "seedling"), Contender("scratch", "seedling")
    >>> in_words(LabelsSaved(light, scratch, 24, 0.81, 240, (180, None), 300, 24))
    'light (seedling) with 24 labels matches scratch with 10 times as many: 240 [180, more than 300]'
    """
    who, control = f"{saved.contender} with {saved.num_labels:.0f} labels", saved.control.strategy
    low, high = saved.interval or (None, None)
    if saved.needed is None:
        if low is None or low < saved.most:
            might = f"; {_count(low, saved)} might do" if low is not None else ""
            return f"{who} is above {control} with all {saved.most:.0f}{might}"
        return f"{who} is clearly above {control} with all {saved.most:.0f}"
    times = saved.needed / saved.num_labels
    many = f"{times:.2g} times as many" if times >= 1.05 else "as many" if times > 0.95 else "fewer"
    up_to = f"more than {saved.most:.0f}" if high is None else _count(high, saved)
    bounds = f" [{_count(low, saved)}, {up_to}]" if low is not None else ""
    return f"{who} matches {control} with {many}: {_count(saved.needed, saved)}{bounds}"


def _count(labels: float, saved: LabelsSaved) -> str:
    return f"{labels:.0f}" + (" or fewer" if labels <= saved.fewest else "")


def _cells(comparison: Comparison, contender: Contender) -> list[_Cell]:
    """Return what ``contender`` did, by number of labels; all there are come last."""
    runs: dict[int | None, list[Measured]] = defaultdict(list)
    for run in comparison.runs:
        if run.contender == contender:
            runs[run.labels].append(run)
    few = [_cell(comparison, labels, runs[labels]) for labels in sorted(one for one in runs if one is not None)]
    return few + ([_cell(comparison, None, runs[None])] if None in runs else [])


def _cell(comparison: Comparison, labels: int | None, runs: Sequence[Measured]) -> _Cell:
    of_draw: dict[int, list[NDArray[np.bool_]]] = defaultdict(list)
    for place, run in enumerate(runs):
        of_draw[place if labels is None else run.draw].append(run.answers.correct)
    draws = sorted(of_draw)
    right = np.stack([np.mean(of_draw[draw], axis=0) for draw in draws])
    return _Cell(labels, _num_labels(comparison, labels, runs), tuple(draws), right, len(runs))


def _num_labels(comparison: Comparison, labels: int | None, runs: Sequence[Measured]) -> float:
    """Return how many examples were labelled to learn and to choose by: a class cannot give more than it has."""
    counts, of_class = comparison.data.counts, defaultdict[str, int](int)
    splits = ("train",) if labels is not None and comparison.data.headline == "valid" else ("train", "valid")
    for split in splits:
        for label, number in counts.get(split, {}).items():
            of_class[label] += number
    if not of_class:
        return float(np.mean([run.num_train for run in runs]))
    return float(sum(number if labels is None else min(labels, number) for number in of_class.values()))


def _point(cell: _Cell) -> CurvePoint:
    accuracy = float(cell.accuracies.mean())
    interval = _over_draws(cell) if cell.labels is not None else _over_seeds_and_examples(cell)
    parts = None
    if cell.labels is not None:
        draw, seed, test = variance_by_draw(cell.right, np.array(cell.draws))
        parts = Parts(seed, test, draw)
    return CurvePoint(cell.labels, cell.num_labels, accuracy, interval, cell.runs, parts)


def _over_draws(cell: _Cell) -> Interval:
    interval, n = student(cell.accuracies.tolist()), cell.right.shape[1]
    if np.ptp(cell.accuracies) < 0.5 / n:  # one draw, or draws that came out alike: no certainty
        return wilson(float(cell.right.mean()) * n, n)
    return Interval(max(0.0, interval.low), min(1.0, interval.high), LEVEL)


def _over_seeds_and_examples(cell: _Cell) -> Interval:
    return beside_examples(float(cell.right.mean()), student(cell.accuracies.tolist()), cell.right.shape[1])


def _saved(
    contender: Contender, control: Contender, cells: Sequence[_Cell], control_cells: Sequence[_Cell]
) -> list[LabelsSaved]:
    reader = _Reader(
        np.array([cell.num_labels for cell in control_cells]),
        np.array([len(cell.draws) for cell in control_cells], dtype=float),
    )
    resampled = _resampled([*cells, *control_cells])
    levels = np.array([[cell.right.mean() for cell in control_cells]])
    resampled_levels = np.stack(resampled[len(cells) :], axis=1)
    saved = []
    for cell, targets in zip(cells, resampled, strict=False):
        accuracy = float(cell.right.mean())
        needed = float(reader.needed(np.array([accuracy]), levels)[0])
        drawn_once = any(len(one.draws) < 2 for one in (cell, *control_cells) if one.labels is not None)
        interval = None if drawn_once else _interval(reader.needed(targets, resampled_levels), reader.most)
        found = needed if np.isfinite(needed) else None
        ends = reader.most, reader.fewest
        saved.append(LabelsSaved(contender, control, cell.num_labels, accuracy, found, interval, *ends))
    return saved


def _interval(needs: Array, most: float) -> tuple[float, float | None]:
    low = float(np.quantile(needs, 0.5 - LEVEL / 2, method="lower"))
    high = float(np.quantile(needs, 0.5 + LEVEL / 2, method="higher"))
    return min(low, most), high if np.isfinite(high) else None


def _resampled(cells: Sequence[_Cell]) -> list[Array]:
    """Return, for each cell, mean accuracies (B,) as they might have come out with other draws and test examples.

    Examples are drawn with replacement. Draws are too few for that (of 3, one bootstrap sample in 9 is a single draw
    three times over): their mean is moved by Student's t instead, along the deviations that were seen, so that cells
    which were high on the same draws move together. Draws of the same number are the same for every contender.
    """
    from scipy.stats import chi2

    right, rng = np.concatenate([cell.right for cell in cells]), np.random.default_rng(0)
    n = right.shape[1]
    each = np.concatenate(
        [weights @ right.T / n for weights in resampling_weights(n, resamples=RESAMPLES, seed=0)]
    )  # (B, all draws of all cells)
    shared = rng.standard_normal((RESAMPLES, 1 + max(max(cell.draws) for cell in cells)))
    quantile = rng.uniform(size=RESAMPLES)
    means, at = [], 0
    for cell in cells:
        count = len(cell.draws)
        mean = each[:, at : at + count].mean(axis=1)
        at += count
        if count > 1:
            normal = shared[:, list(cell.draws)] if cell.labels is not None else rng.standard_normal((RESAMPLES, count))
            deviations = (cell.accuracies - cell.accuracies.mean()) / np.sqrt(count * (count - 1))
            mean = mean + normal @ deviations / np.sqrt(chi2.ppf(quantile, count - 1) / (count - 1))
        means.append(mean)
    return means


@dataclass(frozen=True)
class _Reader:
    """Reads a control's curve backwards: from accuracy to labels."""

    num_labels: Array
    """(M,), rising."""
    weights: Array
    """(M,): draws behind each point."""

    @property
    def fewest(self) -> float:
        return float(self.num_labels[0])

    @property
    def most(self) -> float:
        return float(self.num_labels[-1])

    def needed(self, targets: Array, levels: Array) -> Array:
        """Return the labels (B,) at which curves with ``levels`` (B, M) come to ``targets`` (B,).

        Infinity: at none. What the first point has already needs as many as that.
        """
        rising, logs = isotonic(levels, self.weights), np.log(self.num_labels)
        above = (rising < targets[:, None]).sum(axis=1)  # the first point that is good enough
        right = np.clip(above, 1, len(logs) - 1)
        left, rows = right - 1, np.arange(len(rising))
        rise = rising[rows, right] - rising[rows, left]
        way = (targets - rising[rows, left]) / np.where(rise > 0, rise, 1.0)
        found = np.exp(logs[left] + np.clip(way, 0.0, 1.0) * (logs[right] - logs[left]))
        return np.where(above == 0, self.fewest, np.where(above == len(logs), np.inf, found))


def isotonic(levels: Array, weights: Array) -> Array:
    """Return the rising rows nearest to ``levels`` (B, M), by least squares with ``weights`` (M,).

    For few points the max-min formula is quicker for many rows than pooling them one by one: at i, the largest over
    starts j <= i of the smallest over ends k >= i of the mean of j to k.
    """
    count = levels.shape[1]
    sums = np.concatenate([np.zeros((len(levels), 1)), np.cumsum(levels * weights, axis=1)], axis=1)
    totals = np.concatenate([[0.0], np.cumsum(weights)])
    rising = np.full(levels.shape, -np.inf)
    for start in range(count):
        means = (sums[:, start + 1 :] - sums[:, [start]]) / (totals[start + 1 :] - totals[start])
        least = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]  # over ends from here on
        rising[:, start:] = np.maximum(rising[:, start:], least)
    return rising
