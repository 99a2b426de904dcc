"""Statistics of the runs on all labels: the leaderboard, all pairs, and pretrained contenders against a control.

In: a ``Comparison``. Out: ``Place``, ``Pair`` and ``Against``, computed by ``metrics/crossed.py``. The 95 % confidence
intervals cover both seeds and test examples, and the variance between seeds uses a prior (``seeds.py``).
docs/decisions/0010 has the claims and their measured error rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import isfinite
from typing import NamedTuple

import numpy as np

from ghep.comparison.analysis.seeds import Priors, Right, depends_on_seed, priors
from ghep.comparison.record import Comparison, Contender, Measured, Pair, Parts, Place
from ghep.errors import DataError
from ghep.metrics.crossed import Estimate, Runs, accuracy, contrast
from ghep.metrics.multiple import holm
from ghep.metrics.power import detectable, examples_needed, seeds_needed
from ghep.types import Interval

SIGNIFICANT = 0.05
KEPT = "start-kept"
"""Code of the finding on a run whose training did not improve on the solved head that it started from."""


class Against(NamedTuple):
    """The test of whether transfer helps: the mean accuracy of pretrained contenders minus that of one control."""

    models: tuple[Contender, ...]
    control: Contender
    accuracy: float
    """Mean accuracy of the models."""
    difference: float
    interval: Interval
    p_value: float
    p_these_runs: float
    """The p value for these trained models on other test examples, which ignores the variance between seeds."""
    new_seeds: bool
    """Whether the variance between seeds is included; False if a contender depends on its seed but has a single run."""
    detectable: float
    needed: int | None
    seeds_needed: int | None


def leaderboard(comparison: Comparison) -> tuple[Place, ...]:
    """Return the leaderboard: a row (``Place``) for each contender with a run on all labels, best first.

    Of contenders with equal accuracy the faster comes first. Raises DataError if runs were scored on different
    examples.
    """
    hurt = _hurt(right_answers(comparison))
    return tuple(
        replace(place, hurt=place.contender in hurt, same_as=_same_as(comparison, place.contender))
        for place in _places(comparison)
    )


def pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """Return the difference between every two contenders, the better one minus the other, in leaderboard order.

    ``Pair.adjusted`` is the p value with Holm's correction over all pairs. Raises DataError if runs were scored on
    different examples.
    """
    right = right_answers(comparison)
    known = priors(right)
    found = [pair_of(right, a.contender, b.contender, known) for a, b in combinations(_places(comparison), 2)]
    adjusted = holm([pair.p_value for pair in found])
    return tuple(replace(pair, adjusted=p) for pair, p in zip(found, adjusted, strict=True))


def against(right: Right, models: Sequence[Contender], control: Contender) -> Against:
    """Return the test of the mean accuracy of ``models`` minus that of ``control``.

    The mean is over all of ``models``, so no model is selected by its result on test. ``right``: contender -> correct
    predictions (S seeds, n examples).
    """
    known = priors(right)
    found = contrast([Runs(right[one], known[one]) for one in models], [Runs(right[control], known[control])])
    every = (*models, control)
    seeds = max(len(right[one]) for one in every)
    return Against(
        tuple(models),
        control,
        accuracy=float(np.mean([right[one].mean() for one in models])),
        difference=float(found.value),
        interval=found.interval(),
        p_value=float(found.p_value),
        p_these_runs=float(found.p_these_runs),
        new_seeds=all(len(right[one]) > 1 or not depends_on_seed(one) for one in every),
        detectable=float(detectable(found.errors)),
        **what_settles(found, right[control].shape[1], seeds),
    )


def better_half(places: Sequence[Place]) -> tuple[Contender, ...]:
    """Return the contenders whose validation score is at least the median; all, if one has no validation score.

    The choice does not use test, so results on test need no correction for the number of contenders.
    """
    scores = [place.valid_score for place in places]
    if None in scores or not scores:
        return tuple(place.contender for place in places)
    least = sorted((score for score in scores if score is not None), reverse=True)[(len(scores) - 1) // 2]
    return tuple(place.contender for place in places if place.valid_score is not None and place.valid_score >= least)


def turned(pair: Pair) -> Pair:
    """Return the same difference with ``a`` and ``b`` exchanged: its sign and interval are reversed."""
    other = Interval(-pair.interval.high, -pair.interval.low, pair.interval.level)
    return replace(pair, a=pair.b, b=pair.a, difference=-pair.difference, interval=other)


def _hurt(right: Right) -> set[Contender]:
    """Return the contenders that are significantly worse than a control, after Holm's correction."""
    known = priors(right)
    mixed = [(model, control) for model in right for control in right if control.control and not model.control]
    found = [contrast([Runs(right[a], known[a])], [Runs(right[b], known[b])]) for a, b in mixed]
    adjusted = holm([float(one.p_value) for one in found])
    return {
        model for (model, _), one, p in zip(mixed, found, adjusted, strict=True) if p < SIGNIFICANT and one.value < 0
    }


def _places(comparison: Comparison) -> list[Place]:
    right = right_answers(comparison)
    known = priors(right)
    places = [
        _place(
            contender,
            [run for run in comparison.full_runs if run.contender == contender],
            accuracy(table, prior=known[contender]),
        )
        for contender, table in right.items()
    ]
    return sorted(places, key=lambda place: (-place.accuracy, place.seconds, place.contender))


def right_answers(comparison: Comparison) -> Right:
    """Return contender -> (S, n): whether each run on all labels is right on each example, in order of the seeds.

    For regression: the contribution of each example to R², whose mean is R².

    Raises DataError if runs were scored on different examples.
    """
    runs = sorted(comparison.full_runs, key=lambda run: run.seed)
    for run in runs:
        first, this = runs[0].answers, run.answers
        if first.ids != this.ids or not np.array_equal(first.targets, this.targets):
            raise DataError(
                "examples-differ",
                contender=run.contender,
                seed=run.seed,
                other=runs[0].contender,
                count=len(this.ids),
                other_count=len(first.ids),
            )
    return {
        contender: np.stack([run.answers.credit for run in runs if run.contender == contender])
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
        source_kept=_mean_or_none([run.forgetting.get("kept") for run in runs]),
    )


def _price(run: Measured) -> float:
    """Return the seconds that a run takes in a process of its own, without activations cached by other runs."""
    return run.seconds + run.saved_seconds if run.price_seconds is None else run.price_seconds


def _same_as(comparison: Comparison, contender: Contender) -> Contender | None:
    """Return the linear probe, if every run of ``contender`` fell back to its solved head and predicts the same.

    Return None otherwise.
    """
    probe = replace(contender, strategy="linear_probe")
    runs = [run for run in comparison.full_runs if run.contender == contender]
    of_probe = [run for run in comparison.full_runs if run.contender == probe]
    if contender == probe or not of_probe:
        return None
    kept = all(any(finding.code == KEPT for finding in run.findings) for run in runs)
    alike = all(np.array_equal(run.answers.predicted, of_probe[0].answers.predicted) for run in runs)
    return probe if kept and alike else None


def pair_of(right: Right, a: Contender, b: Contender, known: Priors | None = None) -> Pair:
    """Return the difference in accuracy, ``a`` minus ``b``; its ``adjusted`` p value is not corrected.

    ``known``: priors of the variance between seeds; by default this variance is estimated from the runs alone.
    """
    known = known or {}
    found = contrast([Runs(right[a], known.get(a))], [Runs(right[b], known.get(b))])
    value, p, n = float(found.value), float(found.p_value), right[a].shape[1]
    return Pair(
        a=a,
        b=b,
        difference=value,
        interval=found.interval(),
        p_value=p,
        adjusted=p,
        detectable=float(detectable(found.errors)),
        p_these_runs=float(found.p_these_runs),
        **what_settles(found, n, max(len(right[a]), len(right[b]))),
    )


def what_settles(found: Estimate, n: int, seeds: int) -> dict[str, int | None]:
    """Return ``needed`` and ``seeds_needed``: the test examples or seeds that would make a difference significant."""
    value = float(found.value)
    if float(found.p_value) < SIGNIFICANT or value == 0:
        return {"needed": None, "seeds_needed": None}
    examples = examples_needed(value, found.errors, n)
    if examples is not None:
        return {"needed": max(examples, n + 1), "seeds_needed": None}
    return {
        "needed": None,
        "seeds_needed": seeds_needed(value, found.errors, one_seed=float(found.one_seed), seeds=seeds),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _mean_or_none(values: Sequence[float | None]) -> float | None:
    finite = [value for value in values if value is not None and isfinite(value)]
    return _mean(finite) if finite else None
