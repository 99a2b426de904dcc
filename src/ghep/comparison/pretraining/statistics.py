"""Before against after: which strategies stand for them, and the tests.

In: a ``Comparison`` with both backbones. Out: ``PairedTest``, ``AtLabels``, ``OfStrategy``.

In each draw a backbone is represented by the strategy with the highest score on the valid split of this draw, among
those that were run as often on both: what someone with these labels would have taken. So the luck of that choice
varies with the draw, as everything else does, and is part of the interval; test scores choose nothing. The **primary
test** is one number: the score of ``after`` minus that of ``before``, averaged over the numbers of labels. Draw d of
one number of labels contains draw d of every smaller one, and trains with seed d (as does run d on all labels). So
the mean over the numbers of labels is taken within a draw: a table (D draws, n test examples) for each side, in which
the effects of a draw and of an example that both sides share cancel (``metrics.crossed.paired_contrast``). The tests
at each number of labels are secondary, with Holm's correction.

The prior of the variance between draws is that of label curves (``analysis/draw_scatter.py``), for a mean over several
numbers of labels that correlate as measured there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.analysis.draw_scatter import CORRELATION, prior_of_difference, scale_at
from ghep.comparison.analysis.label_curves import Cell, cells_of, difference_at
from ghep.comparison.analysis.statistics import what_settles
from ghep.comparison.planning.grid import CHEAP_FIRST
from ghep.comparison.pretraining.record import AtLabels, OfStrategy, PairedTest, Sides
from ghep.comparison.record import Comparison, Contender
from ghep.comparison.sharing.kinds import SIGNIFICANT, gain_kind
from ghep.errors import DataError
from ghep.metrics.crossed import paired_contrast
from ghep.metrics.moderated import Prior
from ghep.metrics.multiple import holm
from ghep.metrics.power import both_needed

Array = NDArray[np.float64]


TOGETHER = 0.8
"""Prior correlation, between draws, of the scores of one architecture before and after: more than of two models that
have nothing in common (``CORRELATION``), since the same labels suit or mislead both."""


class Side(NamedTuple):
    """What a backbone comes to with one number of labels: in each draw, the run of the strategy that valid chose."""

    strategies: Mapping[str, int]
    """Strategy -> in how many draws it was chosen."""
    cell: Cell


class Pairs(NamedTuple):
    """Before and after, each as number of labels (None: all) -> side; the same numbers in both."""

    before: Mapping[int | None, Side]
    after: Mapping[int | None, Side]


class _Option(NamedTuple):
    """The runs of a strategy on a backbone with one number of labels."""

    cell: Cell
    valid: Sequence[float | None]
    """Valid score of each of the cell's draws."""


def pairs_of(comparison: Comparison, sides: Sides) -> Pairs:
    """Return what represents ``before`` and ``after`` with each number of labels.

    Numbers of labels with no strategy that was run on both are left out. Raises DataError if none is left.
    """
    cells = cells_of(comparison)
    both = [_options(comparison, cells, backbone) for backbone in (sides.before, sides.after)]
    found: list[dict[int | None, Side]] = [{}, {}]
    above: list[Mapping[int, str]] = [{}, {}]
    for labels in reversed(_levels(cells.values())):  # from many labels down: too few have no valid split
        options = [{name: of[labels] for name, of in side.items() if labels in of} for side in both]
        shared = [name for name in options[0] if name in options[1]]
        draws = {name: _common_draws(options[0][name].cell, options[1][name].cell) for name in shared}
        most = max((len(of) for of in draws.values() if of != EVERY), default=0)
        able = [name for name in shared if draws[name] == EVERY or (draws[name] and len(draws[name]) == most)]
        if not able:
            continue
        for place, of in enumerate(options):
            chosen = _chosen({name: of[name] for name in sorted(able, key=_rank)}, above[place])
            found[place][labels] = _side({name: of[name].cell for name in able}, chosen)
            above[place] = chosen if labels is not None else {}
    if not found[0]:
        raise DataError("benefit-nothing-to-compare", before=sides.before, after=sides.after)
    before, after = (dict(reversed(list(side.items()))) for side in found)
    return Pairs(before, after)


def primary_test(pairs: Pairs) -> PairedTest:
    """Return the test of after minus before, averaged over the numbers of labels."""
    return pooled([(pairs.after[labels].cell, pairs.before[labels].cell) for labels in pairs.after])


def secondary_tests(pairs: Pairs, margin: float) -> tuple[AtLabels, ...]:
    """Return before and after with each number of labels; p values have Holm's correction over them."""
    tests = [pooled([(pairs.after[labels].cell, pairs.before[labels].cell)]) for labels in pairs.after]
    adjusted = holm([test.p_value for test in tests])
    found = []
    for labels, test, p in zip(pairs.after, tests, adjusted, strict=True):
        before, after = pairs.before[labels], pairs.after[labels]
        found.append(
            AtLabels(
                labels,
                after.cell.num_labels,
                before.strategies,
                after.strategies,
                float(before.cell.right.mean()),
                float(after.cell.right.mean()),
                replace(test, adjusted=p),
                gain_kind(test.difference, test.interval, p, margin),
            )
        )
    return tuple(found)


def by_strategy(comparison: Comparison, sides: Sides) -> tuple[OfStrategy, ...]:
    """Return before and after with each strategy and number of labels that both were run with."""
    cells, found = cells_of(comparison), []
    for contender in cells:
        other = Contender(contender.strategy, sides.before)
        if contender.backbone != sides.after or contender.control or contender.reference or other not in cells:
            continue
        for cell in cells[contender]:
            estimate = difference_at(comparison, contender, other, cell.labels)
            if estimate is not None:
                base = next(one for one in cells[other] if one.labels == cell.labels)
                scores = float(base.right.mean()), float(cell.right.mean())
                found.append(OfStrategy(contender.strategy, cell.labels, *scores, estimate.interval()))
    return tuple(found)


def against(comparison: Comparison, pairs: Pairs, control: Contender) -> PairedTest | None:
    """Return the test of after minus ``control``, averaged over the numbers of labels; None if it was not run."""
    of = {cell.labels: cell for cell in cells_of(comparison).get(control, ())}
    both = [(one.cell, of[labels]) for labels, one in pairs.after.items() if labels in of]
    return pooled(both) if both else None


def pooled(both: Sequence[tuple[Cell, Cell]]) -> PairedTest:
    """Return the test of the mean difference over several numbers of labels: of each, the cells of A and of B.

    A row is a draw with all numbers of labels. Where time allowed fewer runs with some of them, these numbers of labels
    or the last draws are left out, whichever loses fewer runs.
    """
    draws = [_common_draws(a, b) for a, b in both]
    rows = _complete(draws)
    kept = [pair for pair, of in zip(both, draws, strict=True) if rows <= of]
    a, b = (np.mean([_rows(pair[side], rows) for pair in kept], axis=0) for side in (0, 1))
    found = paired_contrast(a, b, _prior(kept, rows))
    settled = what_settles(found, a.shape[1], len(rows))
    examples, more_draws = settled["needed"], settled["seeds_needed"]
    if examples is None and more_draws is None and found.p_value >= SIGNIFICANT and found.value:
        of_one = float(found.one_seed)
        both_of = both_needed(float(found.value), found.errors, a.shape[1], one_seed=of_one, seeds=len(rows))
        examples, more_draws = both_of or (None, None)
    return PairedTest(
        float(found.value),
        found.interval(),
        float(found.p_value),
        float(found.p_value),
        _independent(kept, rows),
        tuple(pair[0].labels for pair in kept),
        examples,
        more_draws,
    )


def _options(
    comparison: Comparison, cells: Mapping[Contender, Sequence[Cell]], backbone: str
) -> dict[str, dict[int | None, _Option]]:
    """Return strategy -> number of labels -> option, of a backbone's trained contenders."""
    valid: dict[tuple[Contender, int | None], dict[int, list[float | None]]] = {}
    for run in comparison.runs:
        of = valid.setdefault((run.contender, run.labels), {})
        of.setdefault(len(of) if run.labels is None else run.draw, []).append(run.valid_score)

    def option(one: Contender, cell: Cell) -> _Option:
        scores = (valid[one, cell.labels][draw] for draw in cell.draws)
        return _Option(cell, [_mean(of) for of in scores])

    return {
        one.strategy: {cell.labels: option(one, cell) for cell in of}
        for one, of in cells.items()
        if one.backbone == backbone and not one.control and not one.reference
    }


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None and np.isfinite(score)]
    return float(np.mean(known)) if len(known) == len(scores) else None


def _chosen(options: Mapping[str, _Option], above: Mapping[int, str]) -> dict[int, str]:
    """Return draw -> strategy with the highest score on valid; of several the first, which is the cheapest.

    Without a valid split it is the choice in the same draw with more labels, ``above``, or else the cheapest.
    """
    every = {draw for one in options.values() if not _single(one.cell) for draw in one.cell.draws} or {0}
    found = {}
    for draw in sorted(every):
        scores = {
            name: one.valid[0 if _single(one.cell) else one.cell.draws.index(draw)]
            for name, one in options.items()
            if _single(one.cell) or draw in one.cell.draws
        }
        known = {name: score for name, score in scores.items() if score is not None}
        usual = above.get(draw, "")
        if len(known) == len(scores):
            found[draw] = max(known, key=lambda name: known[name])
        else:
            found[draw] = usual if usual in scores else next(iter(scores))
    return found


def _side(cells: Mapping[str, Cell], chosen: Mapping[int, str]) -> Side:
    """Return the side whose run in each draw is that of the ``chosen`` strategy."""
    counts = Counter(chosen.values())
    used = [cells[name] for name in counts]
    return Side(dict(counts), used[0]) if len(used) == 1 and _single(used[0]) else _mixed(cells, chosen, counts)


def _mixed(cells: Mapping[str, Cell], chosen: Mapping[int, str], counts: Counter[str]) -> Side:
    draws = tuple(sorted(chosen))
    right = np.concatenate([_rows(cells[chosen[draw]], frozenset({draw})) for draw in draws])
    first, known = cells[counts.most_common(1)[0][0]], [cells[name].prior for name in counts]
    priors = sorted((one for one in known if one is not None), key=lambda one: float(one.scale))
    cell = replace(first, draws=draws, right=right, runs=len(draws), prior=priors[-1] if priors else None)
    return Side(dict(counts.most_common()), cell)


def _levels(cells: Iterable[Sequence[Cell]]) -> list[int | None]:
    found = {cell.labels for of in cells for cell in of}
    return sorted(found, key=lambda labels: (labels is None, labels or 0))


def _rank(strategy: str) -> int:
    strategy = strategy.partition("+")[0]
    return CHEAP_FIRST.index(strategy if strategy in CHEAP_FIRST else "full")


def _single(cell: Cell) -> bool:
    """Whether the cell has one run that stands for every seed: all labels, and a result without randomness."""
    return cell.labels is None and len(cell.draws) == 1 and cell.prior is None


def _common_draws(a: Cell, b: Cell) -> frozenset[int]:
    if _single(a) and _single(b):
        return EVERY
    if _single(a) or _single(b):
        return frozenset((b if _single(a) else a).draws)
    return frozenset(a.draws) & frozenset(b.draws)


EVERY = frozenset(range(10_000))
"""Rows that two results without randomness can stand in."""


def _complete(draws: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return the draws to use: the most (draw, number of labels) that form a complete table, at least 2 draws if any.

    >>> sorted(_complete([frozenset(range(5)), frozenset(range(5)), frozenset({0})]))
    [0, 1, 2, 3, 4]
    """
    options = {of for of in draws if of != EVERY} | {
        one & other for one in draws for other in draws if one & other and one & other != EVERY
    }
    if not options:
        return frozenset({0})

    def size(rows: frozenset[int]) -> tuple[bool, int, int]:
        whole = sum(rows <= of for of in draws)
        return len(rows) > 1, len(rows) * whole, whole

    return max(sorted((rows for rows in options if rows), key=sorted), key=size)


def _rows(cell: Cell, rows: frozenset[int]) -> Array:
    """Return (D, n): the credit of the cell's run of each of ``rows``."""
    if _single(cell):
        return np.repeat(cell.right, len(rows), axis=0)
    return cell.right[[cell.draws.index(row) for row in sorted(rows)]]


def _independent(kept: Sequence[tuple[Cell, Cell]], rows: frozenset[int]) -> int:
    """Return how many draws there are; 1 if all of them are copies of one result without randomness."""
    return 1 if all(_single(a) and _single(b) for a, b in kept) else len(rows)


def _prior(kept: Sequence[tuple[Cell, Cell]], rows: frozenset[int]) -> Prior:
    """Return the prior of the variance between draws of a difference that is a mean over numbers of labels."""
    each = [_prior_at(a, b, rows) for a, b in kept]
    few = np.array([a.labels is not None for a, _ in kept])
    scales = np.array([float(one.scale) for one in each])
    correlation = np.where(few[:, None] & few, CORRELATION, 0.0)
    np.fill_diagonal(correlation, 1.0)
    scale = float(np.sqrt(scales @ correlation @ scales)) / len(kept)
    random = [one for one, size in zip(each, scales, strict=True) if size > 0]
    if not random:
        return Prior(0.0, 0.0)
    return Prior(scale, min(float(one.freedom) for one in random), min(one.doubt for one in random))


def _prior_at(a: Cell, b: Cell, rows: frozenset[int]) -> Prior:
    known = [(_rows(cell, rows), cell.prior) for cell in (a, b) if cell.prior is not None]
    if not known:
        return Prior(0.0, 0.0)
    if a.labels is not None and len(known) == 2:
        (one, of_one), (other, of_other) = known
        return prior_of_difference(one, other, of_one, of_other, TOGETHER)
    scales = [float(scale_at(table, prior)) for table, prior in known]  # with all labels, seeds are independent
    freedom, doubt = min(float(prior.freedom) for _, prior in known), min(prior.doubt for _, prior in known)
    return Prior(float(np.hypot.reduce(scales)), freedom, doubt)
