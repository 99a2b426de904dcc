"""The leaderboard and all pairs: what the runs on all labels say of each contender and of any two.

In: a ``Comparison``. Out: ``Place`` and ``Pair``, by ``metrics/crossed.py``: intervals count both the seeds that were
drawn and the test examples. What is claimed, and how it was checked: docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.record import Comparison, Contender, Measured, Pair, Parts, Place
from ghep.errors import DataError
from ghep.metrics.crossed import Estimate, accuracy, difference
from ghep.metrics.multiple import holm
from ghep.metrics.power import detectable, examples_needed, seeds_needed
from ghep.types import Interval

SIGNIFICANT = 0.05
Right = Mapping[Contender, NDArray[np.bool_]]
"""Contender -> whether its run s was right on example i, (S, n)."""


def leaderboard(comparison: Comparison) -> tuple[Place, ...]:
    """Return a line for each contender with a run on all labels, best first; of equals the cheaper one.

    Raises DataError where runs did not answer the same examples.
    """
    hurt = _hurt(right_answers(comparison))
    return tuple(replace(place, hurt=place.contender in hurt) for place in _places(comparison))


def pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """Return every two contenders, the better one first, in the order of the leaderboard.

    ``adjusted`` is Holm's for all of them. Raises DataError where runs did not answer the same examples.
    """
    right = right_answers(comparison)
    found = [pair_of(right, a.contender, b.contender) for a, b in combinations(_places(comparison), 2)]
    adjusted = holm([pair.p_value for pair in found])
    return tuple(replace(pair, adjusted=p) for pair, p in zip(found, adjusted, strict=True))


def against_controls(found: Sequence[Pair]) -> tuple[Pair, ...]:
    """Return those pairs that set pretrained weights (``a``) against none, ``adjusted`` among these alone.

    They are a question of their own, and correcting for all pairs would make its answer hang on how many strategies
    were tried beside.
    """
    mixed = [pair if pair.b.control else turned(pair) for pair in found if pair.a.control != pair.b.control]
    adjusted = holm([pair.p_value for pair in mixed])
    return tuple(replace(pair, adjusted=p) for pair, p in zip(mixed, adjusted, strict=True))


def turned(pair: Pair) -> Pair:
    """Return the same comparison from the other side."""
    other = Interval(-pair.interval.high, -pair.interval.low, pair.interval.level)
    return replace(pair, a=pair.b, b=pair.a, difference=-pair.difference, interval=other)


def _hurt(right: Right) -> set[Contender]:
    """Return who is clearly worse than a control, corrected for all such comparisons."""
    mixed = [(model, control) for model in right for control in right if control.control and not model.control]
    found = [difference(right[model], right[control]) for model, control in mixed]
    adjusted = holm([float(one.p_value) for one in found])
    return {
        model for (model, _), one, p in zip(mixed, found, adjusted, strict=True) if p < SIGNIFICANT and one.value < 0
    }


def _places(comparison: Comparison) -> list[Place]:
    right = right_answers(comparison)
    places = [
        _place(contender, [run for run in comparison.full_runs if run.contender == contender], accuracy(table))
        for contender, table in right.items()
    ]
    return sorted(places, key=lambda place: (-place.accuracy, place.seconds, place.contender))


def right_answers(comparison: Comparison) -> Right:
    """Return who was right where, of the runs on all labels; rows in the order of the seeds.

    Raises DataError where a run answered other examples than the first: it cannot be compared with it.
    """
    runs = sorted(comparison.full_runs, key=lambda run: run.seed)
    for run in runs:
        first, this = runs[0].answers, run.answers
        if first.ids != this.ids or not np.array_equal(first.targets, this.targets):
            raise DataError(
                f"{run.contender}, seed {run.seed}, was scored on other examples than {runs[0].contender} "
                f"({len(this.ids)} and {len(first.ids)})",
                remedy="compare runs that were scored on one split",
            )
    return {
        contender: np.stack([run.answers.correct for run in runs if run.contender == contender])
        for contender in comparison.contenders
    }


def _place(contender: Contender, runs: Sequence[Measured], found: Estimate) -> Place:
    return Place(
        contender=contender,
        accuracy=float(found.value),
        interval=found.interval(),
        seeds=len(runs),
        n=len(runs[0].answers.targets),
        parts=Parts(seed=float(found.errors.seed), test=float(found.errors.test)),
        seconds=_mean([_price(run) for run in runs]),
        spent_seconds=_mean([run.seconds for run in runs]),
        peak_memory_bytes=max(run.peak_memory_bytes for run in runs),
        trained_parameters=max(run.trained_parameters for run in runs),
        valid_score=_mean_or_none([run.valid_score for run in runs]),
    )


def _price(run: Measured) -> float:
    """Return the seconds that a run takes by itself."""
    return run.seconds + run.saved_seconds if run.price_seconds is None else run.price_seconds


def pair_of(right: Right, a: Contender, b: Contender) -> Pair:
    """Return ``a`` minus ``b``; ``adjusted`` is p, corrected for nothing."""
    found = difference(right[a], right[b])
    value, p, n = float(found.value), float(found.p_value), right[a].shape[1]
    settled = p < SIGNIFICANT or value == 0
    examples = None if settled else examples_needed(value, found.errors, n)
    seeds = max(len(right[a]), len(right[b]))
    return Pair(
        a=a,
        b=b,
        difference=value,
        interval=found.interval(),
        p_value=p,
        adjusted=p,
        detectable=float(detectable(found.errors)),
        needed=None if examples is None else max(examples, n + 1),
        seeds_needed=None
        if settled or examples is not None
        else seeds_needed(value, found.errors, one_seed=float(found.one_seed), seeds=seeds),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _mean_or_none(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None and isfinite(value)]
    return _mean(there) if there else None
