"""Affinity between tasks: how much training on task i helps or hurts task j.

It is measured with models of two tasks, and estimated from the tasks' gradients. In: a ``SharedComparison``. Out:
``Affinity`` matrices and ``MeanGradients``. Row i, column j of a measured matrix is a difference in accuracy on task j:
that of a model trained on tasks i and j minus that of the single-task model of j.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isnan

import numpy as np

from ghep.comparison.analysis.statistics import pair_of, right_answers
from ghep.comparison.record import Contender, Pair
from ghep.comparison.sharing.record import Affinity, Gradients, MeanGradients, SharedComparison
from ghep.comparison.sharing.statistics import one_model

Matrix = tuple[tuple[float, ...], ...]


def affinities(shared: SharedComparison, gradients: Sequence[MeanGradients]) -> tuple[Affinity, ...]:
    """Return the matrices of how much each task helps another: the measured ones, then those estimated from gradients.

    There is a measured matrix for each strategy and backbone that has models of two tasks. Strategies with a frozen
    backbone have none. If there are only two tasks, the shared model is the model of two tasks. Raises DataError if
    runs were scored on different examples.
    """
    found = (one for table in shared.tasks.values() for one in table.contenders)
    both = dict.fromkeys((one.strategy, one.backbone) for one in found if len(one.tasks) == 2 and not one.sharing)
    measured = [
        _measured(shared, strategy, backbone) for strategy, backbone in both if not _frozen(shared, strategy, backbone)
    ]
    measured = [one for one in measured if any(value is not None for row in one.values for value in row)]
    return (*measured, *(_estimated(one) for one in gradients if not one.together.sharing))


def mean_gradients(shared: SharedComparison) -> tuple[MeanGradients, ...]:
    """Return the gradients of each shared model: means over its seeds, weighted by the number of measured steps.

    The tasks in the matrices are in the order of ``shared.tasks``.
    """
    tasks = shared.every_task
    by_way: dict[Contender, list[Gradients]] = {}
    for model in shared.models:
        if model.gradients is not None and model.gradients.steps and set(model.gradients.tasks) == set(tasks):
            by_way.setdefault(model.contender, []).append(model.gradients)
    return tuple(MeanGradients(one, len(seen), _mean_of(seen, tasks)) for one, seen in by_way.items())


def _measured(shared: SharedComparison, strategy: str, backbone: str) -> Affinity:
    tasks = shared.every_task
    rows = [[_pair_minus_single(shared, strategy, backbone, i, j) for j in tasks] for i in tasks]
    return Affinity(
        strategy,
        backbone,
        tasks,
        "pairs",
        values=tuple(tuple(None if pair is None else pair.difference for pair in row) for row in rows),
        intervals=tuple(tuple(None if pair is None else pair.interval for pair in row) for row in rows),
    )


def _pair_minus_single(shared: SharedComparison, strategy: str, backbone: str, i: str, j: str) -> Pair | None:
    """Return the accuracy on task ``j`` of the model of tasks ``i`` and ``j`` minus that of the model of ``j`` only.

    Return None if one of the two models was not run.
    """
    single, found = Contender(strategy, backbone, (j,)), shared.tasks[j].contenders
    together = next(
        (one for one in found if one in _pairs_of(strategy, backbone, i, j)),
        None,
    )
    if together is None or single not in found:
        return None
    return pair_of(right_answers(shared.tasks[j]), together, single)


def _frozen(shared: SharedComparison, strategy: str, backbone: str) -> bool:
    """Whether training with another task changes no predictions, because the strategy keeps the backbone frozen."""
    return all(
        one_model(table, one, Contender(strategy, backbone, (task,)))
        for task, table in shared.tasks.items()
        for one in table.contenders
        if (one.strategy, one.backbone, one.sharing) == (strategy, backbone, "") and len(one.tasks) == 2
    )


def _pairs_of(strategy: str, backbone: str, i: str, j: str) -> tuple[Contender, Contender]:
    return Contender(strategy, backbone, (i, j)), Contender(strategy, backbone, (j, i))


def _estimated(one: MeanGradients) -> Affinity:
    given, places = one.mean.affinity, range(len(one.mean.tasks))
    values = tuple(tuple(None if i == j or isnan(given[i][j]) else given[i][j] for j in places) for i in places)
    return Affinity(one.together.strategy, one.together.backbone, one.mean.tasks, "gradients", values)


def _mean_of(seen: Sequence[Gradients], tasks: tuple[str, ...]) -> Gradients:
    def matrix(of: Callable[[Gradients], Matrix]) -> Matrix:
        return tuple(map(tuple, weighted(_in_order(of(one), one.tasks, tasks) for one in seen).tolist()))

    def weighted(parts: Iterator[np.ndarray]) -> np.ndarray:
        """Return the mean of ``parts`` (one array per run), weighted by the measured steps of each run.

        NaN is ignored: it marks two tasks that had gradients in no common step.
        """
        values = np.ma.masked_invalid(np.stack(list(parts)))
        found = np.ma.average(values, axis=0, weights=[one.steps for one in seen])
        return np.asarray(np.ma.filled(found, np.nan))

    norms = weighted(np.array([one.norms[one.tasks.index(task)] for task in tasks]) for one in seen)
    return Gradients(
        tasks,
        sum(one.steps for one in seen),
        cosines=matrix(lambda one: one.cosines),
        conflicting=matrix(lambda one: one.conflicting),
        norms=tuple(norms.tolist()),
        affinity=matrix(lambda one: one.affinity),
    )


def _in_order(matrix: Matrix, given: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    places = [given.index(task) for task in wanted]
    return np.array(matrix, dtype=np.float64)[np.ix_(places, places)]
