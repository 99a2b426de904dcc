"""The effect of sharing on the accuracy of each task, and the costs of one shared model against single-task models.

In: a ``SharedComparison``. Out: ``Gain`` (one task), ``Bill`` (costs) and ``Remedy``. A *way of sharing* is a contender
trained on all tasks: a shared model. Its counterpart for a task is the single-task model with the same strategy and
backbone. Differences are computed as in every comparison (``metrics/crossed.py``), with confidence intervals over seeds
and test examples, and with Holm's correction over the tasks of a shared model. docs/decisions/0013 has the claims and
their error rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from ghep.comparison.analysis.statistics import pair_of, right_answers
from ghep.comparison.record import Comparison, Contender, Measured, Pair
from ghep.comparison.sharing.kinds import MARGIN, SIGNIFICANT, gain_kind
from ghep.comparison.sharing.record import Bill, Gain, Model, Remedy, SharedComparison
from ghep.comparison.sharing.words import gain_message
from ghep.metrics.crossed import Estimate, difference
from ghep.metrics.multiple import holm
from ghep.metrics.power import POWER, detectable, examples_needed, seeds_needed
from ghep.metrics.two_errors import tail
from ghep.types import Interval

SEEDS = (5, 10, 20, 50)
"""Numbers of seeds to consider if an open question needs more seeds and more test examples."""
SAME_CONFIDENCE = 1e-3
"""Two models whose confidences differ by less than this count as one: the order of summation changes last digits."""


def ways(shared: SharedComparison) -> tuple[Contender, ...]:
    """Return the shared models (contenders trained on all tasks) in the order of their runs, including remedies."""
    every = frozenset(shared.every_task)
    found = (one for table in shared.tasks.values() for one in table.contenders)
    return tuple(dict.fromkeys(one for one in found if len(one.tasks) > 1 and frozenset(one.tasks) == every))


def single_task_of(together: Contender, task: str) -> Contender:
    """Return the single-task counterpart of ``together``: the same strategy and backbone on ``task``."""
    return Contender(together.strategy, together.backbone, (task,))


def gains(shared: SharedComparison, together: Contender) -> tuple[Gain, ...]:
    """Return the gain of each task of the shared model ``together``.

    Tasks without finished runs of both the shared and the single-task model are left out. Raises DataError if runs were
    scored on different examples.
    """
    judged = [
        task
        for task in shared.every_task
        if task in together.tasks and _both(shared.tasks[task], together, single_task_of(together, task))
    ]
    pairs = [_pair(shared.tasks[task], together, task, len(judged)) for task in judged]
    adjusted = holm([pair.adjusted for pair in pairs])
    return tuple(
        _gain(shared.tasks[task], task, replace(pair, adjusted=p), len(judged))
        for task, pair, p in zip(judged, pairs, adjusted, strict=True)
    )


def p_among_several(found: Estimate, n: int, seeds: int) -> Any:
    """Return a p value of a difference for Holm's correction, slightly larger than ``found.p_value``.

    Holm's correction tests at levels below 5 %. There, Welch's degrees of freedom, estimated from a few seeds, are
    sometimes too large: with three tasks and 3 seeds that vary by 2 points, 6 % of unaffected tasks were called helped
    or hurt. If the degrees of freedom are limited to halfway between their smallest and largest possible value, it is
    5 %, and one in thirty fewer true losses of 3 points is found.
    """
    freedom = np.minimum(found.errors.freedom, 1.5 * max(seeds - 1, 1))
    centre = np.abs(found.value) * n / (n + 2)  # as in ``difference``: one disagreement added to each side
    return np.maximum(tail(centre, found.errors._replace(freedom=freedom)), found.p_value)


def one_model(comparison: Comparison, together: Contender, single: Contender) -> bool:
    """Whether the shared and the single-task model give the same predictions, as with a frozen backbone.

    For each seed that both have, the predictions and their confidences must be equal. Equal predictions alone may be
    due to chance if there are few examples.
    """
    a, b = _by_seed(comparison, together), _by_seed(comparison, single)
    common = a.keys() & b.keys()
    return bool(common) and all(
        np.array_equal(a[seed].answers.predicted, b[seed].answers.predicted)
        and np.allclose(a[seed].answers.confidence, b[seed].answers.confidence, rtol=0, atol=SAME_CONFIDENCE)
        for seed in common
    )


def remedies(shared: SharedComparison) -> tuple[Remedy, ...]:
    """Return the remedies; for each strategy and backbone, the one with the best validation score is marked as chosen.

    The choice does not use test, so the test results of the chosen remedy need no correction for the number tried.
    """
    tried = [
        Remedy(one, _valid_score(shared, one), gains(shared, one), bill=bill(shared, one))
        for one in ways(shared)
        if one.sharing in shared.remedies
    ]
    scored = [one for one in tried if isfinite(one.valid_score)]
    best = {max(remedies_for(one.together, scored), key=lambda other: other.valid_score).together for one in scored}
    return tuple(replace(one, chosen=one.together in best) for one in tried)


def remedies_for(together: Contender, tried: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Return the remedies with the strategy and backbone of ``together``."""
    ground = (together.strategy, together.backbone)
    return tuple(one for one in tried if (one.together.strategy, one.together.backbone) == ground)


def bill(shared: SharedComparison, together: Contender) -> Bill:
    """Return the costs of the shared model ``together`` and of all single-task models; NaN, 0 or None if unknown."""
    singles = [single_task_of(together, task) for task in shared.every_task]
    return Bill(
        together=together,
        seconds=_seconds(shared, together),
        alone_seconds=sum(_seconds(shared, one) for one in singles),
        examples_seen=_mean(model.examples_seen for model in _models(shared, together)),
        alone_examples_seen=sum(_mean(model.examples_seen for model in _models(shared, one)) for one in singles),
        weight_bytes=_bytes(shared, together),
        alone_weight_bytes=_sum_of_known([_bytes(shared, one) for one in singles]),
        predict_seconds=_predict(shared, together),
        alone_predict_seconds=_all_or_none([_predict(shared, one) for one in singles]),
    )


def _both(comparison: Comparison, together: Contender, single: Contender) -> bool:
    return {together, single} <= set(comparison.contenders)


def _pair(comparison: Comparison, together: Contender, task: str, tasks: int) -> Pair:
    right = right_answers(comparison)
    pair = pair_of(right, together, single_task_of(together, task))
    if one_model(comparison, together, pair.b):
        return replace(pair, difference=0.0, interval=Interval(0.0, 0.0), p_value=1.0, adjusted=1.0)
    a, b = right[together], right[pair.b]
    found = difference(a, b)
    return replace(
        pair,
        adjusted=float(p_among_several(found, a.shape[1], max(len(a), len(b)))),
        detectable=float(detectable(found.errors, level=1 - SIGNIFICANT / tasks)),
    )


class _Needed(NamedTuple):
    """The numbers of test examples and of seeds that would decide an open difference.

    0: the present number is enough. If both are 0, none of the numbers that were tried is enough.
    """

    examples: int
    seeds: int

    @property
    def effort(self) -> int:
        """Return the rank of the effort: 0 for more examples, 1 for more seeds, 2 for both, 3 if neither is enough."""
        return {(True, False): 0, (False, True): 1, (True, True): 2}.get((self.examples > 0, self.seeds > 0), 3)


def _what_settles(comparison: Comparison, pair: Pair, tasks: int) -> _Needed:
    """Return the numbers of test examples and seeds that would decide ``pair`` with the least effort.

    The observed difference is assumed to be the true one. If it is larger than the margin, it must be detected at 5 %
    divided by the number of tasks (Holm's first step). If it is smaller, it may instead be shown to lie within the
    margin, with 90 % power at each end.
    """
    right = right_answers(comparison)
    a, b = right[pair.a], right[pair.b]
    found = difference(a, b)
    asked = (
        (abs(pair.difference), 1 - SIGNIFICANT / tasks, POWER),
        (MARGIN - abs(pair.difference), 1 - SIGNIFICANT, 1 - (1 - POWER) / 2),
    )
    each = [_settled(found, a.shape[1], max(len(a), len(b)), *one) for one in asked if one[0] > 0]
    return min(each, key=lambda one: (one.effort, one.seeds, one.examples))


def _settled(found: Estimate, n: int, seeds: int, distance: float, level: float, power: float) -> _Needed:
    """Return the numbers of test examples and seeds with which a difference of ``distance`` is detected.

    More examples are tried first, then more seeds, then both. ``level`` is one minus the level of the test.
    """
    examples = examples_needed(distance, found.errors, n, level=level, power=power)
    if examples is not None:
        return _Needed(max(examples, n + 1), 0)
    one_seed = float(found.one_seed)
    more = seeds_needed(distance, found.errors, one_seed=one_seed, seeds=seeds, level=level, power=power)
    if more is not None:
        return _Needed(0, more)
    for many in (one for one in SEEDS if one > seeds > 1):
        freedom = found.errors.freedom * (many - 1) / (seeds - 1)
        errors = found.errors._replace(seed=one_seed / many, freedom=freedom)
        examples = examples_needed(distance, errors, n, level=level, power=power)
        if examples is not None:
            return _Needed(max(examples, n + 1), many)
    return _Needed(0, 0)


def _gain(comparison: Comparison, task: str, pair: Pair, tasks: int) -> Gain:
    identical = one_model(comparison, pair.a, pair.b)
    kind = gain_kind(pair.difference, pair.interval, pair.adjusted)
    settling = _what_settles(comparison, pair, tasks) if kind == "cannot-tell" else _Needed(0, 0)
    pair = replace(pair, needed=settling.examples or None, seeds_needed=settling.seeds or None)
    n = len(comparison.full_runs[0].answers.targets)
    gain = Gain(task, together=pair.a, alone=pair.b, pair=pair, kind=kind, message="", identical=identical)
    sentence = gain_message(gain, n, MARGIN)
    return replace(gain, message=str(sentence), sentence=sentence)


def _by_seed(comparison: Comparison, contender: Contender) -> dict[int, Measured]:
    return {run.seed: run for run in comparison.full_runs if run.contender == contender}


def _valid_score(shared: SharedComparison, together: Contender) -> float:
    """Return the mean validation score of ``together`` over seeds and tasks; NaN if a task has no score."""
    return _mean(
        _mean(
            nan if run.valid_score is None else run.valid_score for run in table.full_runs if run.contender == together
        )
        for table in shared.tasks.values()
    )


def _models(shared: SharedComparison, contender: Contender) -> list[Model]:
    return [model for model in shared.models if model.contender == contender]


def _seconds(shared: SharedComparison, contender: Contender) -> float:
    return _mean(model.seconds + model.saved_seconds for model in _models(shared, contender))


def _bytes(shared: SharedComparison, contender: Contender) -> int:
    """Return the size of the contender's weights in bytes, from a seed whose bundle was kept; 0 if none was kept."""
    return max((model.weight_bytes for model in _models(shared, contender)), default=0)


def _predict(shared: SharedComparison, contender: Contender) -> float | None:
    timed = [model.predict_seconds for model in _models(shared, contender) if model.predict_seconds is not None]
    return _mean(timed) if timed else None


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else nan


def _sum_of_known(values: Sequence[int]) -> int:
    return sum(values) if all(values) else 0


def _all_or_none(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
