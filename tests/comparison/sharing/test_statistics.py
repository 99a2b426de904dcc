from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.comparison.made_up_sharing import PEOPLE, ROAD, World, made, road

from ghep.comparison.analysis.statistics import right_answers
from ghep.comparison.record import Contender
from ghep.comparison.sharing.kinds import MARGIN, gain_kind, harmed, within_margin
from ghep.comparison.sharing.record import Gain, SharedComparison
from ghep.comparison.sharing.statistics import (
    bill,
    gains,
    p_among_several,
    remedies,
    remedies_for,
    single_task_of,
    ways,
)
from ghep.metrics.crossed import difference
from ghep.metrics.multiple import holm
from ghep.metrics.two_errors import half_width
from ghep.types import Interval

NET = "timm/mobilenetv2_100.ra_in1k"
EVERY = ("cars", "people", "signs")


def full(sharing: str = "") -> Contender:
    return Contender("full", NET, EVERY, sharing)


@pytest.fixture(scope="module")
def shared() -> SharedComparison:
    return road()


def test_ways_are_those_trained_on_all_tasks(shared: SharedComparison) -> None:
    found = ways(shared)
    assert {one.tasks for one in found} == {EVERY}
    assert [(one.strategy, one.sharing) for one in found] == [
        ("linear_probe", ""),
        ("light", ""),
        ("full", ""),
        ("full", "surgery=pcgrad"),
        ("full", "weighting=uncertainty"),
    ]


def test_a_gain_is_together_minus_alone_on_the_same_examples(shared: SharedComparison) -> None:
    for gain in gains(shared, full()):
        right = right_answers(shared.tasks[gain.task])
        found = difference(right[full()], right[Contender("full", NET, (gain.task,))])
        assert (gain.pair.difference, gain.pair.interval, gain.pair.p_value) == (
            found.value,
            found.interval(),
            found.p_value,
        )
        assert (gain.together, gain.alone) == (gain.pair.a, gain.pair.b) == (full(), single_task_of(full(), gain.task))


def test_p_is_corrected_over_the_tasks_of_one_way(shared: SharedComparison) -> None:
    found = gains(shared, full())
    alone = [gains(replace(shared, tasks={gain.task: shared.tasks[gain.task]}), full())[0] for gain in found]
    assert [gain.pair.adjusted for gain in found] == pytest.approx(holm([gain.pair.adjusted for gain in alone]))
    assert all(gain.pair.p_value <= gain.pair.adjusted < 1.2 * gain.pair.p_value + 0.01 for gain in alone)


def test_p_among_several_is_no_smaller_and_of_one_seed_the_same() -> None:
    rng = np.random.default_rng(3)
    hard, better = rng.normal(size=400), 0.1 * rng.normal(size=(6, 1))
    table = 1.2 + 0.1 * np.repeat((0, 1), 3)[:, None] - hard + better + 0.4 * rng.normal(size=(6, 400)) > 0
    found = difference(table[:3], table[3:])
    assert 0.001 < found.p_value < p_among_several(found, 400, 3) < found.p_value + 0.02
    single = difference(table[:1], table[3:4])
    assert p_among_several(single, 400, 1) == pytest.approx(float(single.p_value))


def test_planted_gains_are_found(shared: SharedComparison) -> None:
    assert [gain.kind for gain in gains(shared, full())] == ["cannot-tell", "hurt", "helped"]
    people = gains(shared, full())[1]
    assert "Sharing hurt people: −8" in people.message
    assert harmed(people) and not within_margin(people)


def test_a_remedy_is_compared_with_the_same_single_task_models(shared: SharedComparison) -> None:
    found = gains(shared, full("surgery=pcgrad"))
    assert {gain.alone for gain in found} == {Contender("full", NET, (task,)) for task in EVERY}


def test_identical_models_have_the_same_answers_and_confidences(shared: SharedComparison) -> None:
    probe = Contender("linear_probe", NET, EVERY)
    found = gains(shared, probe)
    assert all(gain.identical and gain.kind == "no-difference" and within_margin(gain) for gain in found)
    assert {gain.pair.interval for gain in found} == {Interval(0.0, 0.0)}
    assert found[0].message == "cars: exactly the same answers as the single-task model."
    assert not any(gain.identical for gain in gains(shared, full()))


def test_equal_answers_of_another_model_are_not_identical() -> None:
    shared = made(World(strategies=("linear_probe",), seeds=1))
    probe = Contender("linear_probe", NET, EVERY)
    runs = [
        replace(run, answers=replace(run.answers, confidence=run.answers.confidence - 0.01))
        if run.contender == probe
        else run
        for run in shared.tasks["cars"].runs
    ]
    changed = replace(shared, tasks={**shared.tasks, "cars": replace(shared.tasks["cars"], runs=tuple(runs))})
    cars, people, _ = gains(changed, probe)
    assert (cars.identical, people.identical) == (False, True)
    assert cars.pair.difference == 0
    assert cars.pair.interval.low < 0 < cars.pair.interval.high


@pytest.mark.parametrize(
    ("low", "high", "adjusted", "kind"),
    [
        (0.001, 0.04, 0.03, "helped"),
        (-0.04, -0.001, 0.03, "hurt"),
        (-0.04, -0.001, 0.06, "cannot-tell"),
        (-0.009, 0.009, 0.8, "no-difference"),
        (-0.011, 0.009, 0.8, "cannot-tell"),
        (-0.009, 0.011, 0.8, "cannot-tell"),
    ],
)
def test_the_kinds(low: float, high: float, adjusted: float, kind: str) -> None:
    assert gain_kind((low + high) / 2, Interval(low, high), adjusted) == kind


def test_a_loss_within_the_margin_is_hurt_but_not_harmed(shared: SharedComparison) -> None:
    gain = gains(shared, full())[1]
    little = replace(gain, pair=replace(gain.pair, interval=Interval(-0.008, -0.001)))
    assert little.kind == "hurt" and not harmed(little)


def test_the_examples_that_settle_a_gain_are_enough_and_not_many_more(shared: SharedComparison) -> None:
    """If the difference seen is true: found four times in five at Holm's first step, or kept within the margin."""
    (light,) = (one for one in ways(shared) if one.strategy == "light")
    seen = set()
    for gain in (*gains(shared, light), *gains(shared, full("surgery=pcgrad"))):
        needed, more = gain.pair.needed, gain.pair.seeds_needed
        seen.add((gain.kind == "cannot-tell", needed is not None, more is not None))
        if gain.kind == "cannot-tell" and needed is not None:
            assert _settles(shared, gain, needed, more)
            assert not _settles(shared, gain, int(0.97 * needed), more)
            assert "test examples" in gain.message and "would settle it" in gain.message
    assert seen == {(False, False, False), (True, True, False), (True, False, True), (True, True, True)}


def _settles(shared: SharedComparison, gain: Gain, n: int, seeds: int | None) -> bool:
    right = right_answers(shared.tasks[gain.task])
    found = difference(right[gain.together], right[gain.alone])
    errors = found.errors._replace(test=found.errors.test * right[gain.together].shape[1] / n)
    if seeds:
        errors = errors._replace(seed=float(found.one_seed) / seeds, freedom=errors.freedom * (seeds - 1) / 2)
    apart = abs(gain.pair.difference)
    there = half_width(errors, 1 - 0.05 / 3) + half_width(errors, 0.6) <= apart
    within = half_width(errors, 0.95) + half_width(errors, 0.8) <= MARGIN - apart
    return bool(there or within)


def test_a_task_without_runs_of_both_kinds_is_left_out(shared: SharedComparison) -> None:
    people = shared.tasks["people"]
    runs = tuple(run for run in people.runs if run.contender != Contender("full", NET, ("people",)))
    less = replace(shared, tasks={**shared.tasks, "people": replace(people, runs=runs)})
    found = gains(less, full())
    assert [gain.task for gain in found] == ["cars", "signs"]
    among_three = gains(shared, full())
    assert found[1].pair.detectable < among_three[2].pair.detectable  # found at 5 % in two tasks, not in three


def test_a_model_of_two_tasks_is_compared_on_those_two(shared: SharedComparison) -> None:
    found = gains(shared, Contender("full", NET, ("cars", "signs")))
    assert [gain.task for gain in found] == ["cars", "signs"]


def test_the_remedy_is_chosen_by_valid_alone(shared: SharedComparison) -> None:
    found = remedies(shared)
    assert [(one.together.sharing, one.chosen) for one in found] == [
        ("surgery=pcgrad", True),
        ("weighting=uncertainty", False),
    ]
    other = replace(
        shared,
        tasks={
            name: replace(
                table,
                runs=tuple(
                    replace(run, valid_score=0.999) if run.contender == found[1].together else run for run in table.runs
                ),
            )
            for name, table in shared.tasks.items()
        },
    )
    assert [one.chosen for one in remedies(other)] == [False, True]
    assert [one.gains for one in remedies(other)] == [one.gains for one in found]
    assert remedies_for(Contender("light", NET, EVERY), found) == ()
    assert remedies_for(full(), found) == found


def test_a_remedy_without_a_score_on_valid_is_not_chosen(shared: SharedComparison) -> None:
    table = shared.tasks["cars"]
    runs = tuple(replace(run, valid_score=None) if run.contender.sharing else run for run in table.runs)
    blind = replace(shared, tasks={**shared.tasks, "cars": replace(table, runs=runs)})
    assert not any(one.chosen for one in remedies(blind))


def test_the_bill_counts_the_shared_model_once_and_sums_the_others(shared: SharedComparison) -> None:
    found = bill(shared, full())
    one = [model for model in shared.models if model.contender == full()]
    alone = [[model for model in shared.models if model.contender == single_task_of(full(), task)] for task in EVERY]
    assert found.seconds == pytest.approx(np.mean([model.seconds + model.saved_seconds for model in one]))
    means = [np.mean([model.seconds + model.saved_seconds for model in models]) for models in alone]
    assert found.alone_seconds == pytest.approx(sum(means))
    assert (found.examples_seen, found.alone_examples_seen) == (8 * 3600, 3 * 8 * 1200)
    assert found.weight_bytes == one[0].weight_bytes
    assert found.alone_weight_bytes == sum(models[0].weight_bytes for models in alone)
    assert found.predict_seconds == pytest.approx(0.0116)
    assert found.alone_predict_seconds == pytest.approx(3 * 0.0112)


def test_unmeasured_costs_are_not_summed(shared: SharedComparison) -> None:
    people = single_task_of(full(), "people")
    models = tuple(
        replace(model, weight_bytes=0, predict_seconds=None) if model.contender == people else model
        for model in shared.models
    )
    found = bill(replace(shared, models=models), full())
    assert (found.alone_weight_bytes, found.alone_predict_seconds) == (0, None)
    gone = replace(shared, models=tuple(model for model in shared.models if model.contender != people))
    assert np.isnan(bill(gone, full()).alone_seconds)


def test_the_margin_is_a_point() -> None:
    assert MARGIN == 0.01
    assert PEOPLE in ROAD


# How often it is wrong: what the decision page claims, on some cells of its grid. `scripts/bench coverage --sharing`.


@pytest.fixture(scope="module")
def worlds() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "coverage.py"
    spec = importlib.util.spec_from_file_location("ghep_coverage", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize(("share", "points"), [(0.8, 0.0), (0.9, 0.5), (0.96, 2.0)])
@pytest.mark.parametrize("n", [150, 600])
def test_unaffected_tasks_are_seldom_called_hurt_or_helped(
    worlds: ModuleType, n: int, seeds: int, share: float, points: float
) -> None:
    said, _ = worlds.said_of_tasks(0.0, worlds.World(share, 0.0 if seeds == 1 else points), n, seeds, 2000)
    wrong = np.isin(said, ("helped", "hurt")).any(axis=1).mean()
    assert wrong < 0.065  # 0.05, and chance of the simulation: three standard errors of 2,000 comparisons


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3])
def test_a_loss_of_the_margin_is_seldom_called_no_difference(worlds: ModuleType, seeds: int) -> None:
    said, safe = worlds.said_of_tasks(MARGIN, worlds.World(0.96, 0.0, 0.9, 0.08), 2000, seeds, 1000)
    assert (said[:, 0] == "no-difference").mean() < 0.04  # 0.025
    assert safe.all(axis=1).mean() < 0.04
    _, sure = worlds.said_of_tasks(0.0, worlds.World(0.96, 0.0, 0.9, 0.08), 2000, seeds, 1000)
    assert sure.all(axis=1).mean() > 0.3  # it is said where it is true


@pytest.mark.slow
def test_five_points_are_found_with_600_examples_and_three_seeds(worlds: ModuleType) -> None:
    said, _ = worlds.said_of_tasks(0.05, worlds.World(0.9, 0.5, 0.9, 0.08), 600, 3, 1000)
    assert (said[:, 0] == "hurt").mean() > 0.8
    assert np.isin(said[:, 1:], ("helped", "hurt")).any(axis=1).mean() < 0.06
