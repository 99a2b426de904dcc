"""Label curves: accuracy against the number of labels, and the number of labels that pretrained weights save.

In: a comparison with runs on nested draws of few labels (``draws.py``). Out: a ``LabelCurve`` for each contender with
several numbers of labels, and a ``LabelsSaved`` for each point of a pretrained contender and each control.

To find the number of labels with which a control reaches an accuracy, the control's curve is made monotone by isotonic
regression (Barlow et al. 1972, "Statistical inference under order restrictions"): a drop with more labels is treated as
noise. The curve is then read backwards, from accuracy to labels, with linear interpolation on a logarithmic axis of
labels. There is no extrapolation: beyond the ends of the curve the result is "n or fewer" or "more than n".

There are too few draws to estimate the variance between draws from them alone. So the estimate also uses a prior
(``draw_scatter.py``), as for the variance between seeds (``seeds.py``).

Symbols: n test examples, D draws (on all labels: seeds), M points of a curve, B resamples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.analysis.draw_scatter import CORRELATION, draw_priors, prior_of_difference
from ghep.comparison.analysis.seeds import priors
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
from ghep.messages import Message, text_of
from ghep.metrics.crossed import Estimate, Runs, accuracy, contrast, is_bounded, paired_contrast, variance_by_draw
from ghep.metrics.intervals import resampling_weights
from ghep.metrics.moderated import Prior

Array = NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 2000


@dataclass(frozen=True)
class Cell:
    """The runs of one contender with one number of labels."""

    labels: int | None
    """Labels per class; None: all."""
    num_labels: float
    """Number of labelled examples, train and valid together."""
    draws: tuple[int, ...]
    """Numbers of the draws; with all labels, of which there is only one draw, numbers of the seeds."""
    right: Array
    """(D, n): fraction of the runs of each draw that are right on each test example; for regression the mean credit."""
    runs: int
    prior: Prior | None = None
    """Prior of the variance between draws (on all labels: seeds), computed without these runs."""

    @property
    def accuracies(self) -> Array:
        """Return the mean accuracy of the runs of each draw, (D,)."""
        return np.asarray(self.right.mean(axis=1))


def label_curves(comparison: Comparison) -> tuple[LabelCurve, ...]:
    """Return the label curve of each contender that was run with at least two numbers of labels.

    The 95 % confidence interval of a point covers draws (means over their seeds) and test examples; with all labels,
    seeds and test examples, as on the leaderboard. For a single draw it is Wilson's and covers test examples only.
    """
    return tuple(
        LabelCurve(contender, tuple(point_of(cell) for cell in cells))
        for contender, cells in cells_of(comparison).items()
        if len(cells) > 1
    )


def difference_at(comparison: Comparison, a: Contender, b: Contender, labels: int | None) -> Estimate | None:
    """Return the accuracy of ``a`` minus that of ``b`` with ``labels`` labels per class (None: all), with its interval.

    The 95 % confidence interval covers draws and test examples. The two are compared on the same draws, so that the
    common effect of a draw cancels. Returns None if they have no draw in common.
    """
    cells = cells_of(comparison)
    one, other = (
        next((cell for cell in cells.get(contender, []) if cell.labels == labels), None) for contender in (a, b)
    )
    if one is None or other is None:
        return None
    if labels is None:
        return contrast([Runs(one.right, one.prior)], [Runs(other.right, other.prior)])
    shared = sorted(set(one.draws) & set(other.draws))
    if not shared or one.prior is None or other.prior is None:
        return None
    rows = [cell.right[[cell.draws.index(draw) for draw in shared]] for cell in (one, other)]
    return paired_contrast(rows[0], rows[1], prior_of_difference(rows[0], rows[1], one.prior, other.prior))


def labels_saved(comparison: Comparison, curves: Sequence[LabelCurve]) -> tuple[LabelsSaved, ...]:
    """Return how many labels controls need to reach the accuracy of each point of a pretrained contender's curve.

    The controls are scratch, on the same backbone, and the linear model. The 95 % confidence interval covers draws and
    test examples, which are the same for both. It is None for a single draw. With all labels, seeds take the place of
    draws; a single seed contributes no variance.
    """
    contenders, cells = [curve.contender for curve in curves], cells_of(comparison)
    pretrained = [contender for contender in contenders if not contender.control]
    return tuple(
        saved
        for contender in pretrained
        for control in (Contender(SCRATCH, contender.backbone), *map(Contender, LINEAR))
        if control in contenders
        for saved in saved_between(contender, control, cells[contender], cells[control])
    )


def in_words(saved: LabelsSaved) -> str:
    """Return one line: a contender's number of labels, and the number with which the control scores as high.

    >>> light, scratch = Contender("light", "seedling"), Contender("scratch", "seedling")
    >>> in_words(LabelsSaved(light, scratch, 24, 0.81, 240, (180, None), 300, 24))
    'light (seedling) with 24 labels scores as high as scratch with 10 times as many: 240 [180, more than 300]'
    """
    sides = {"contender": saved.contender, "labels": round(saved.num_labels), "control": saved.control.strategy}
    most, (low, high) = round(saved.most), saved.interval or (None, None)
    if saved.needed is None:
        if low is None:
            return text_of("labels-saved-above", **sides, most=most)
        if low < saved.most:
            return text_of("labels-saved-above-open", **sides, most=most, low=_count(low, saved))
        return text_of("labels-saved-clearly-above", **sides, most=most)
    needed, times = _count(saved.needed, saved), saved.needed / saved.num_labels
    if low is not None:
        upper = Message("label-count-more", {"count": most}) if high is None else _count(high, saved)
        needed = Message("label-count-interval", {"needed": needed, "low": _count(low, saved), "high": upper})
    ratio = "more" if times >= 1.05 else "same" if times > 0.95 else "fewer"
    return text_of("labels-saved", **sides, ratio=ratio, times=times, needed=needed)


def _count(labels: float, saved: LabelsSaved) -> Message:
    return Message("label-count", {"count": round(labels), "fewest": labels <= saved.fewest})


def cells_of(comparison: Comparison) -> dict[Contender, list[Cell]]:
    """Return contender -> its cells: one for each number of labels, in increasing order, all labels last."""
    runs: dict[tuple[Contender, int | None], list[Measured]] = defaultdict(list)
    for run in comparison.runs:
        runs[run.contender, run.labels].append(run)
    cells = {key: _cell(comparison, key[1], of) for key, of in runs.items()}
    few = draw_priors({(one, labels): cell.right for (one, labels), cell in cells.items() if labels is not None})
    full = priors({one: cell.right for (one, labels), cell in cells.items() if labels is None})
    found: dict[Contender, list[Cell]] = defaultdict(list)
    for one, labels in sorted(cells, key=lambda key: (key[1] is None, key[1] or 0)):
        known = full[one] if labels is None else few[one, labels]
        found[one].append(replace(cells[one, labels], prior=known))
    return {one: found[one] for one in dict.fromkeys(run.contender for run in comparison.runs)}


def _cell(comparison: Comparison, labels: int | None, runs: Sequence[Measured]) -> Cell:
    of_draw: dict[int, list[NDArray[np.bool_]]] = defaultdict(list)
    for place, run in enumerate(runs):
        of_draw[place if labels is None else run.draw].append(run.answers.credit)
    draws = sorted(of_draw)
    right = np.stack([np.mean(of_draw[draw], axis=0) for draw in draws])
    return Cell(labels, _num_labels(comparison, labels, runs), tuple(draws), right, len(runs))


def _num_labels(comparison: Comparison, labels: int | None, runs: Sequence[Measured]) -> float:
    """Return the number of labelled examples that a run with ``labels`` labels per class uses (None: all labels).

    Train and valid are counted together. A class with fewer examples than ``labels`` counts with all of them.
    """
    counts, of_class = comparison.data.counts, defaultdict[str, int](int)
    splits = ("train",) if labels is not None and comparison.data.headline == "valid" else ("train", "valid")
    for split in splits:
        for label, number in counts.get(split, {}).items():
            of_class[label] += number
    if not of_class:
        return float(np.mean([run.num_train for run in runs]))
    return float(sum(number if labels is None else min(labels, number) for number in of_class.values()))


def point_of(cell: Cell) -> CurvePoint:
    """Return the point of a label curve that the runs of ``cell`` give."""
    found, parts = accuracy(cell.right, LEVEL, cell.prior), None
    if cell.labels is not None:
        draw, seed, test = variance_by_draw(cell.right, np.array(cell.draws))
        parts = Parts(seed, test, draw)
    return CurvePoint(cell.labels, cell.num_labels, float(found.value), found.interval(LEVEL), cell.runs, parts)


def saved_between(
    contender: Contender, control: Contender, cells: Sequence[Cell], control_cells: Sequence[Cell]
) -> list[LabelsSaved]:
    """Return for each of ``cells`` how many labels ``control`` needs to be as accurate, read from ``control_cells``."""
    reader = _Reader(
        np.array([cell.num_labels for cell in control_cells]),
        np.array([len(cell.draws) for cell in control_cells], dtype=float),
    )
    resampled = _resampled(cells, control_cells)
    levels = np.array([[cell.right.mean() for cell in control_cells]])
    resampled_levels = np.stack(resampled[len(cells) :], axis=1)
    saved = []
    for cell, targets in zip(cells, resampled, strict=False):
        reached = float(cell.right.mean())
        needed = float(reader.needed(np.array([reached]), levels)[0])
        drawn_once = any(len(one.draws) < 2 for one in (cell, *control_cells) if one.labels is not None)
        interval = None if drawn_once else _interval(reader.needed(targets, resampled_levels), reader.most)
        found = needed if np.isfinite(needed) else None
        ends = reader.most, reader.fewest
        saved.append(LabelsSaved(contender, control, cell.num_labels, reached, found, interval, *ends))
    return saved


def _interval(needs: Array, most: float) -> tuple[float, float | None]:
    low = float(np.quantile(needs, 0.5 - LEVEL / 2, method="lower"))
    high = float(np.quantile(needs, 0.5 + LEVEL / 2, method="higher"))
    return min(low, most), high if np.isfinite(high) else None


def _resampled(cells: Sequence[Cell], control_cells: Sequence[Cell]) -> list[Array]:
    """Return, for each cell, mean accuracies (B,) resampled over draws and test examples.

    Examples are resampled with replacement. There are too few draws for that: of 3 draws, one bootstrap sample in 9 is
    the same draw three times. Instead, the mean over draws is shifted on log odds by a Student's t variable, with the
    moderated variance (shrunk towards the prior). Draw d has the same labels for every contender, so the shifts of
    different cells are correlated. The correlation is a weighted mean of that of the measured draws and a typical value
    (``CORRELATION``); the weights are those of the measured and of the prior variance in the moderated variance.
    """
    from scipy.stats import chi2

    both = [*cells, *control_cells]
    right, rng = np.concatenate([cell.right for cell in both]), np.random.default_rng(0)
    n = right.shape[1]
    each = np.concatenate(
        [weights @ right.T / n for weights in resampling_weights(n, resamples=RESAMPLES, seed=0)]
    )  # (B, all draws of all cells)
    shared = rng.standard_normal((RESAMPLES, 1 + max(max(cell.draws) for cell in both)))
    usual = _usual(rng, cells, control_cells)
    quantile = rng.uniform(size=RESAMPLES)
    means, at = [], 0
    for cell, normal in zip(both, usual, strict=True):
        count = len(cell.draws)
        mean = each[:, at : at + count].mean(axis=1)
        at += count
        if count > 1:
            found = accuracy(cell.right, prior=cell.prior)
            draws = shared[:, list(cell.draws)] if cell.labels is not None else rng.standard_normal((RESAMPLES, count))
            weight = (count - 1) / float(found.errors.freedom)
            deviations = cell.accuracies - cell.accuracies.mean()
            length = np.sqrt(deviations @ deviations)
            if length > 0:
                normal = np.sqrt(weight) * (draws @ deviations / length) + np.sqrt(1 - weight) * normal
            scale = found.errors.seed * found.errors.freedom / chi2.ppf(quantile, found.errors.freedom)
            move = normal * np.sqrt(scale)
            mean = _moved(mean, move, n) if is_bounded(cell.right) else np.minimum(mean + move, 1.0)
        means.append(mean)
    return means


def _usual(rng: np.random.Generator, cells: Sequence[Cell], control_cells: Sequence[Cell]) -> list[Array]:
    """Return standard normal variables (B,) for each cell, correlated between cells that do not use all labels.

    The correlation is ``CORRELATION`` for cells that differ in the contender or in the number of labels, and its square
    for cells that differ in both.
    """
    side = np.repeat([0, 1], [len(cells), len(control_cells)])
    labels = np.array([cell.labels or 0 for cell in (*cells, *control_cells)])  # 0: all
    distance = (side[:, None] != side).astype(int) + (labels[:, None] != labels)
    few = (labels[:, None] > 0) & (labels > 0)
    correlation = np.where(few, CORRELATION**distance, np.eye(len(side)))
    normal = rng.standard_normal((RESAMPLES, len(side))) @ np.linalg.cholesky(correlation).T
    return list(normal.T)


def _moved(mean: Array, move: Array, n: int) -> Array:
    """Return the accuracies ``mean`` (B,) on ``n`` examples, shifted by about ``move`` (B,), so that they stay below 1.

    The shift is made on log odds, where it corresponds to ``move`` to first order.
    """
    from scipy.special import expit, logit

    inside = np.clip(mean, 1 / (4 * n), 1 - 1 / (4 * n))
    centre = inside.mean()
    return np.asarray(expit(logit(inside) + move / (centre * (1 - centre))))


@dataclass(frozen=True)
class _Reader:
    """The inverse of a control's label curve: from an accuracy to the number of labels that reaches it."""

    num_labels: Array
    """(M,): numbers of labels of the points, increasing."""
    weights: Array
    """(M,): number of draws of each point."""

    @property
    def fewest(self) -> float:
        return float(self.num_labels[0])

    @property
    def most(self) -> float:
        return float(self.num_labels[-1])

    def needed(self, targets: Array, levels: Array) -> Array:
        """Return the numbers of labels (B,) at which curves with accuracies ``levels`` (B, M) reach ``targets`` (B,).

        The result is infinity for a curve that never reaches its target, and the labels of the first point for a target
        below that point.
        """
        rising, logs = isotonic(levels, self.weights), np.log(self.num_labels)
        above = (rising < targets[:, None]).sum(axis=1)  # index of the first point that reaches the target
        right = np.clip(above, 1, len(logs) - 1)
        left, rows = right - 1, np.arange(len(rising))
        rise = rising[rows, right] - rising[rows, left]
        way = (targets - rising[rows, left]) / np.where(rise > 0, rise, 1.0)
        found = np.exp(logs[left] + np.clip(way, 0.0, 1.0) * (logs[right] - logs[left]))
        return np.where(above == 0, self.fewest, np.where(above == len(logs), np.inf, found))


def isotonic(levels: Array, weights: Array) -> Array:
    """Return the isotonic regression of each row of ``levels`` (B, M): the closest non-decreasing row.

    Closest means by least squares with ``weights`` (M,).

    For few points the max-min formula is faster for many rows than pooling adjacent violators: at i, the maximum over
    starts j <= i of the minimum over ends k >= i of the mean of j to k.
    """
    count = levels.shape[1]
    sums = np.concatenate([np.zeros((len(levels), 1)), np.cumsum(levels * weights, axis=1)], axis=1)
    totals = np.concatenate([[0.0], np.cumsum(weights)])
    rising = np.full(levels.shape, -np.inf)
    for start in range(count):
        means = (sums[:, start + 1 :] - sums[:, [start]]) / (totals[start + 1 :] - totals[start])
        least = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]  # minimum over ends
        rising[:, start:] = np.maximum(rising[:, start:], least)
    return rising
