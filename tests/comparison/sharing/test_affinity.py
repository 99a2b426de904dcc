from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.comparison.made_up_sharing import CARS, PEOPLE, World, gradients, made, road

from ghep.comparison.analysis.statistics import right_answers
from ghep.comparison.record import Contender
from ghep.comparison.sharing.affinity import affinities, mean_gradients
from ghep.metrics.crossed import difference

NET = "timm/mobilenetv2_100.ra_in1k"


def test_a_cell_is_the_effect_of_training_with_i_on_j() -> None:
    shared = road()
    found = {(one.strategy, one.source): one for one in affinities(shared, mean_gradients(shared))}
    full = found["full", "pairs"]
    assert (full.tasks, full.backbone) == (("cars", "people", "signs"), NET)
    right = right_answers(shared.tasks["people"])
    both, alone = Contender("full", NET, ("people", "signs")), Contender("full", NET, ("people",))
    expected = difference(right[both], right[alone])
    assert full.values[2][1] == expected.value  # signs with people
    assert full.intervals[2][1] == expected.interval()
    assert full.values[2][1] is not None and full.values[2][1] < -0.02
    assert [full.values[i][i] for i in range(3)] == [None] * 3


def test_with_two_tasks_the_model_of_both_is_the_pair() -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("full",), seeds=2, remedies={"surgery=pcgrad": {}}))
    (found, guessed) = affinities(shared, mean_gradients(shared))
    assert (found.source, guessed.source) == ("pairs", "gradients")
    assert found.values[0][0] is None and found.values[0][1] is not None and found.values[1][0] is not None


def test_pairs_not_run_are_none() -> None:
    shared = road()
    gone = Contender("full", NET, ("cars", "people"))
    tables = {
        name: replace(table, runs=tuple(run for run in table.runs if run.contender != gone))
        for name, table in shared.tasks.items()
    }
    full = next(one for one in affinities(replace(shared, tasks=tables), ()) if one.strategy == "full")
    assert full.values[0][1] is full.values[1][0] is full.intervals[0][1] is None
    assert full.values[0][2] is not None


def test_gradients_are_means_over_seeds_by_their_steps() -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("light",), seeds=2))
    models = tuple(
        replace(model, gradients=replace(model.gradients, steps=30 if model.seed else 10)) if model.gradients else model
        for model in shared.models
    )
    (found,) = mean_gradients(replace(shared, models=models))
    assert (found.seeds, found.mean.steps) == (2, 40)
    apart = gradients(["cars", "people"], 0).cosines[0][1], gradients(["cars", "people"], 1).cosines[0][1]
    assert found.mean.cosines[0][1] == pytest.approx(0.25 * apart[0] + 0.75 * apart[1])
    assert found.mean.norms == pytest.approx((1.9, 0.6))


def test_tasks_in_another_order_are_reordered() -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("light",), seeds=1))
    turned = replace(gradients(["people", "cars"]), affinity=((1.0, 0.5), (-0.5, 1.0)), norms=(3.0, 2.0))
    models = tuple(replace(model, gradients=turned) if model.gradients else model for model in shared.models)
    (found,) = mean_gradients(replace(shared, models=models))
    assert found.mean.tasks == ("cars", "people")
    assert found.mean.norms == (2.0, 3.0)
    np.testing.assert_allclose(found.mean.affinity, [[1.0, -0.5], [0.5, 1.0]])
