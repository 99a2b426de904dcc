from __future__ import annotations

from dataclasses import replace

import pytest
from tests.comparison.made_up_sharing import CARS, PEOPLE, SIGNS, World, made, on_the_road

from ghep.comparison.sharing.answer import answer
from ghep.comparison.sharing.evidence import sharing_evidence
from ghep.comparison.sharing.statistics import single_task_of

TWO = (CARS, PEOPLE)
SMALL = World(tasks=TWO, strategies=("full",), seeds=3, noise=0.02, seed_skill=0.0)


@pytest.mark.slow
def test_a_remedy_may_be_recommended() -> None:
    _, found = on_the_road()
    assert found.recommended is not None
    assert (found.recommended.strategy, found.recommended.sharing) == ("full", "surgery=pcgrad")
    assert found.kind == "cannot-tell"
    assert "whether sharing costs accuracy is open (people" in found.message
    assert "to predict" in found.message


def test_a_hurt_task_is_a_warning_with_a_remedy() -> None:
    _, found = on_the_road()
    (hurt,) = (one for one in found.findings if one.code == "sharing-hurts")
    assert hurt.severity == "warning"
    assert "full: sharing hurt people by 8.4 points" in hurt.message
    assert (
        "surgery=pcgrad (the best of 2 on valid) may not prevent the loss: with it, the difference to " in hurt.remedy
    )
    assert "single-task model of people is −0.2 points" in hurt.remedy
    assert hurt.remedy.startswith(
        "train a single-task model for people and one model for cars and signs together (measured: without people, the "
    )


def test_a_frozen_backbone_changes_only_the_cost() -> None:
    _, found = on_the_road()
    (same,) = (one for one in found.findings if one.code == "sharing-same-answers")
    assert same.severity == "info"
    assert same.message.startswith("linear_probe: the shared backbone stays frozen")


def test_without_tried_remedies_one_is_suggested() -> None:
    shared = made(replace(SMALL, together={("full", "people"): -0.6}))
    found = sharing_evidence(shared)
    (hurt,) = (one for one in found.findings if one.code == "sharing-hurts")
    assert hurt.remedy == "try surgery=pcgrad, or train a single-task model for people"
    assert (found.kind, found.recommended) == ("separate", None)
    assert found.message.startswith("One model for each task: sharing one model (full) hurts people by")


def test_without_losses_the_shared_model_is_recommended() -> None:
    found = sharing_evidence(made(replace(SMALL, strategies=("linear_probe",))))
    assert found.kind == "share"
    assert found.recommended is not None and found.recommended.tasks == ("cars", "people")
    assert "its backbone stays frozen" in found.message
    better = sharing_evidence(made(replace(SMALL, together={("full", "cars"): 0.5, ("full", "people"): 0.4})))
    assert better.kind == "share"
    assert "it helps cars by" in better.message


def test_a_shared_model_that_is_behind_another_strategy_is_not_recommended() -> None:
    """Sharing the probe harms no task, but full alone is better, and full shared hurts."""
    world = World(tasks=TWO, strategies=("linear_probe", "full"), together={("full", "people"): -0.9}, noise=0.05)
    found = sharing_evidence(made(world))
    assert [one.kind for one in found.verdicts] == ["share", "separate"]
    assert (found.kind, found.recommended) == ("separate", None)
    assert "is 8.4 points behind the best model of cars (full, single-task)" in found.message


@pytest.mark.slow
def test_the_cheapest_level_model_is_recommended() -> None:
    shared = made(World(tasks=(CARS, SIGNS), strategies=("light", "full"), seed_skill=0.4, noise=0.5))
    found = sharing_evidence(shared)
    assert found.recommended is not None and found.recommended.strategy == "light"
    assert found.kind == "cannot-tell"


def test_a_task_without_a_counterpart_is_a_warning_and_nothing_is_recommended() -> None:
    shared = made(SMALL)
    people = shared.tasks["people"]
    left = tuple(run for run in people.runs if run.contender.tasks != ("people",))
    found = sharing_evidence(replace(shared, tasks={**shared.tasks, "people": replace(people, runs=left)}))
    assert [one.code for one in found.findings] == ["sharing-not-judged"]
    assert (found.kind, found.recommended) == ("cannot-tell", None)


def test_nothing_trained_both_ways() -> None:
    shared = made(SMALL)
    tables = {
        name: replace(table, runs=tuple(run for run in table.runs if run.contender.tasks == (name,)))
        for name, table in shared.tasks.items()
    }
    found = sharing_evidence(replace(shared, tasks=tables))
    assert (found.verdicts, found.recommended, found.kind) == ((), None, "cannot-tell")
    assert "No strategy was trained both as a shared model and as single-task models" in found.message


@pytest.mark.slow
@pytest.mark.parametrize("task", ["cars", "people"])
def test_a_control_is_never_recommended(task: str) -> None:
    found = sharing_evidence(made(World(tasks=TWO, strategies=("scratch",), noise=0.02)))
    assert found.recommended is None
    assert found.by_task[task].verdict.best.strategy == "scratch"


def test_being_behind_is_corrected_for_the_number_of_tasks() -> None:
    """Signs lose 2.4 points at p = 0.03: by itself clear, of three tasks it may be chance."""
    shared = made(World(tasks=(CARS, PEOPLE, SIGNS), strategies=("light",), seeds=3))
    found = sharing_evidence(shared)
    light = found.verdicts[0].together
    signs = found.by_task["signs"]
    pair = replace(
        signs.pairs[0], a=single_task_of(light, "signs"), b=light, difference=0.024, p_value=0.03, adjusted=0.03
    )
    best = sorted(signs.leaderboard, key=lambda place: place.contender != pair.a)
    by_task = {**found.by_task, "signs": replace(signs, leaderboard=tuple(best), pairs=(pair,))}
    verdicts = [replace(found.verdicts[0], kind="cannot-tell")]
    said = answer(shared, by_task, verdicts, ())
    assert (said.kind, said.recommended) == ("cannot-tell", None)
    assert str(said.message).startswith(
        "One model for each task, to be safe; whether sharing costs accuracy is open: the shared model light is 2.4 "
    )
    sure = {**by_task, "signs": replace(by_task["signs"], pairs=(replace(pair, adjusted=0.01),))}
    assert answer(shared, sure, verdicts, ()).kind == "separate"
