"""What labels are worth: accuracy against how many there are, and how many labels pretrained weights save.

In: a comparison with runs on nested draws of few labels (``draws.py``). Out: a ``LabelCurve`` for each contender that
learnt from several numbers of labels, and a ``LabelsSaved`` for each point of a pretrained contender and each control.

The control's curve is made to rise (isotonic regression: Barlow et al. 1972, "Statistical inference under order
restrictions"; that more labels hurt is taken for chance) and read backwards, straight between its points on a
logarithmic axis of labels. Nothing is said beyond its ends: "so many or fewer" at the lower, "more than there are"
above the upper.

How much another draw of the labels changes is known from few draws. So the variance between draws also rests on what
is known of such curves (``draw_scatter.py``), as that between seeds does (``seeds.py``).

Legend: n test examples, D draws (on all labels: seeds), M points of a curve, B resamples.
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
from ghep.metrics.crossed import Estimate, Runs, accuracy, contrast, paired_contrast, variance_by_draw
from ghep.metrics.intervals import resampling_weights
from ghep.metrics.moderated import Prior

Array = NDArray[np.float64]

LEVEL = 0.95
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
    prior: Prior | None = None
    """What is known of the scatter between draws (seeds), beside these."""

    @property
    def accuracies(self) -> Array:
        """Return (D,)."""
        return np.asarray(self.right.mean(axis=1))


def label_curves(comparison: Comparison) -> tuple[LabelCurve, ...]:
    """Return accuracy on the headline split against labels, for each contender with two numbers of labels or more.

    A point's interval is over draws, each with the mean of its seeds, and test examples; on all labels over seeds and
    test examples, as on the leaderboard. Of a single draw it is Wilson's, over test examples alone.
    """
    return tuple(
        LabelCurve(contender, tuple(_point(cell) for cell in cells))
        for contender, cells in _cells(comparison).items()
        if len(cells) > 1
    )


def difference_at(comparison: Comparison, a: Contender, b: Contender, labels: int | None) -> Estimate | None:
    """Return the accuracy of ``a`` minus that of ``b`` with ``labels`` labels a class (None: all).

    Over draws and test examples, paired by the draws that both have: what is easy for both cancels. None where they
    have no draw in common.
    """
    cells = _cells(comparison)
    one, other = (next((cell for cell in cells.get(who, []) if cell.labels == labels), None) for who in (a, b))
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
    """Return how many labels scratch (of the same backbone) and the linear control need to match each pretrained point.

    The interval is over draws and test examples, paired: the same draws and examples for both. None where there is a
    single draw to go by. On all labels seeds take the place of draws; what a single one might do otherwise is not in.
    """
    there, cells = [curve.contender for curve in curves], _cells(comparison)
    pretrained = [contender for contender in there if not contender.control]
    return tuple(
        saved
        for contender in pretrained
        for control in (Contender(SCRATCH, contender.backbone), *map(Contender, LINEAR))
        if control in there
        for saved in _saved(contender, control, cells[contender], cells[control])
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


def _cells(comparison: Comparison) -> dict[Contender, list[_Cell]]:
    """Return what each contender did, by number of labels; all there are come last."""
    runs: dict[tuple[Contender, int | None], list[Measured]] = defaultdict(list)
    for run in comparison.runs:
        runs[run.contender, run.labels].append(run)
    cells = {key: _cell(comparison, key[1], of) for key, of in runs.items()}
    few = draw_priors({(who, labels): cell.right for (who, labels), cell in cells.items() if labels is not None})
    full = priors({who: cell.right for (who, labels), cell in cells.items() if labels is None})
    found: dict[Contender, list[_Cell]] = defaultdict(list)
    for who, labels in sorted(cells, key=lambda key: (key[1] is None, key[1] or 0)):
        known = full[who] if labels is None else few[who, labels]
        found[who].append(replace(cells[who, labels], prior=known))
    return {who: found[who] for who in dict.fromkeys(run.contender for run in comparison.runs)}


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
    found, parts = accuracy(cell.right, LEVEL, cell.prior), None
    if cell.labels is not None:
        draw, seed, test = variance_by_draw(cell.right, np.array(cell.draws))
        parts = Parts(seed, test, draw)
    return CurvePoint(cell.labels, cell.num_labels, float(found.value), found.interval(LEVEL), cell.runs, parts)


def _saved(
    contender: Contender, control: Contender, cells: Sequence[_Cell], control_cells: Sequence[_Cell]
) -> list[LabelsSaved]:
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


def _resampled(cells: Sequence[_Cell], control_cells: Sequence[_Cell]) -> list[Array]:
    """Return, for each cell, mean accuracies (B,) as they might have come out with other draws and test examples.

    Examples are drawn with replacement. Draws are too few for that (of 3, one bootstrap sample in 9 is a single draw
    three times over): their mean is moved by Student's t instead, on log odds. Its variance is the moderated one. Draws
    of the same number are the same for every contender, so cells move together: as their draws did, and as such cells
    usually do (``CORRELATION``), each with the weight that it has in the variance.
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
            mean = _moved(mean, normal * np.sqrt(scale), n)
        means.append(mean)
    return means


def _usual(rng: np.random.Generator, cells: Sequence[_Cell], control_cells: Sequence[_Cell]) -> list[Array]:
    """Return standard normal (B,) for each cell; those of few labels correlate as ``CORRELATION`` says."""
    who = np.repeat([0, 1], [len(cells), len(control_cells)])
    labels = np.array([cell.labels or 0 for cell in (*cells, *control_cells)])  # 0: all
    apart = (who[:, None] != who).astype(int) + (labels[:, None] != labels)
    few = (labels[:, None] > 0) & (labels > 0)
    correlation = np.where(few, CORRELATION**apart, np.eye(len(who)))
    normal = rng.standard_normal((RESAMPLES, len(who))) @ np.linalg.cholesky(correlation).T
    return list(normal.T)


def _moved(mean: Array, move: Array, n: int) -> Array:
    """Return the accuracies ``mean`` (B,) on n examples, moved by ``move`` to first order, inside 0 to 1."""
    from scipy.special import expit, logit

    inside = np.clip(mean, 1 / (4 * n), 1 - 1 / (4 * n))
    centre = inside.mean()
    return np.asarray(expit(logit(inside) + move / (centre * (1 - centre))))


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
