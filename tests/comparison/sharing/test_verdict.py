"""The rules, one by one, on synthetic gains."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
from tests.comparison.made_up_sharing import CARS, PEOPLE, World, costs, gain, made, on_the_road

from ghep.comparison.record import Contender
from ghep.comparison.sharing.record import Bill, Gain, Remedy, SharedComparison, SharingKind
from ghep.comparison.sharing.statistics import remedies
from ghep.comparison.sharing.verdict import RULES, Facts, saves, sharing_verdicts, verdict_of

BOTH = Contender("full", "net", ("cars", "people"))
SHARED = made(World(tasks=(CARS, PEOPLE), strategies=("full",), backbones=("net",), seeds=2))

WELL = gain("cars", -0.004, 0.006)
HELPED = gain("cars", 0.01, 0.05, 0.01)
HURT = gain("people", -0.05, -0.012, 0.01)
BARELY = gain("people", -0.008, -0.002, 0.01)
OPEN = gain("people", -0.03, 0.01)
FINE = gain("people", -0.006, 0.006)
SAME = (gain("cars", 0.0, 0.0, 1.0), gain("people", 0.0, 0.0, 1.0))
PCGRAD = replace(BOTH, sharing="surgery=pcgrad")


def judged(*gains: Gain, bill: Bill | None = None, remedy: tuple[Gain, ...] | None = None) -> tuple[SharingKind, str]:
    remedies = () if remedy is None else (Remedy(PCGRAD, 0.9, remedy, chosen=True),)
    facts = Facts(SHARED, BOTH, "full", gains, bill or costs(), remedies)
    found = verdict_of(facts)
    return found.kind, found.message


@pytest.mark.parametrize(
    ("gains", "remedy", "kind", "says"),
    [
        ((WELL,), None, "cannot-tell", "people has no finished run of both kinds"),
        (SAME, None, "share", "exactly the same answers as its single-task model; only the cost differs"),
        ((WELL, FINE), None, "share", "Share one model (full): no task loses more than 1.0 points"),
        ((HELPED, FINE), None, "share", "it helps cars by 3.0 points, and no task loses"),
        ((WELL, BARELY), None, "share", "no task loses more than 1.0 points"),
        ((WELL, HURT), None, "separate", "Do not share one model (full): it hurts people by 3.1 points."),
        (
            (WELL, HURT),
            (WELL, HURT),
            "separate",
            "surgery=pcgrad, the best remedy on valid, does not prevent this: it still hurts people",
        ),
        (
            (WELL, HURT),
            (WELL, FINE),
            "share-with-remedy",
            "trained with surgery=pcgrad: without surgery=pcgrad sharing hurts people by 3.1",
        ),
        (
            (WELL, HURT),
            (WELL, OPEN),
            "cannot-tell",
            "Whether surgery=pcgrad prevents this is open: people −3.0 to +1.0 points",
        ),
        ((WELL, HURT), (FINE,), "cannot-tell", "not every task was judged"),
        ((WELL, OPEN), None, "cannot-tell", "costs accuracy is open: people −3.0 to +1.0 points"),
        (
            (HELPED, OPEN),
            None,
            "cannot-tell",
            "helps cars by 3.0 points; whether it costs accuracy in other tasks is open",
        ),
    ],
)
def test_the_first_rule_that_holds(
    gains: tuple[Gain, ...], remedy: tuple[Gain, ...] | None, kind: SharingKind, says: str
) -> None:
    found, message = judged(*gains, remedy=remedy)
    assert (found, says in message) == (kind, True), message


def test_sharing_that_neither_saves_nor_helps_is_not_recommended() -> None:
    expensive = costs(times=1.2)
    assert judged(WELL, FINE, bill=expensive)[0] == "separate"
    assert judged(HELPED, FINE, bill=expensive)[0] == "share"


def test_any_of_time_size_and_prediction_is_a_saving() -> None:
    expensive = costs(times=1.0)
    assert not saves(expensive)
    assert saves(replace(expensive, seconds=99.0))
    assert saves(replace(expensive, weight_bytes=1))
    assert saves(replace(expensive, predict_seconds=0.01))
    assert not saves(replace(expensive, seconds=nan, weight_bytes=0, predict_seconds=None))


def test_some_rule_always_holds() -> None:
    assert RULES[-1].holds(Facts(SHARED, BOTH, "full", (WELL, OPEN), costs(), ()))


@pytest.mark.slow
def test_each_way_except_the_remedies_has_a_verdict() -> None:
    shared, evidence = on_the_road()
    found = sharing_verdicts(shared, evidence.remedies)
    assert found == evidence.verdicts
    assert [(one.together.strategy, one.together.sharing, one.kind) for one in found] == [
        ("linear_probe", "", "share"),
        ("light", "", "cannot-tell"),
        ("full", "", "cannot-tell"),
    ]
    asked = sharing_verdicts(replace(shared, remedies=("surgery=pcgrad",)), ())
    assert [one.together.sharing for one in asked] == ["", "", "", "weighting=uncertainty"]
    assert "Sharing hurt people" in found[2].reason


def test_strategies_trained_one_way_only_have_no_verdict() -> None:
    shared, _ = on_the_road()
    tables = {
        name: replace(table, runs=tuple(run for run in table.runs if len(run.contender.tasks) == 3))
        for name, table in shared.tasks.items()
    }
    assert sharing_verdicts(replace(shared, tasks=tables), ()) == ()


def test_single_runs_and_a_cut_budget_are_caveats() -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("full", "linear_probe"), seeds=1))
    full, probe = sharing_verdicts(replace(shared, budget_seconds=30.0), ())
    assert "single run" in full.reason and "single run" not in probe.reason
    assert "limited to about 30.0 s" in full.reason


def test_backbones_are_named_if_there_are_several() -> None:
    shared: SharedComparison = made(
        World(tasks=(CARS, PEOPLE), strategies=("light",), backbones=("a/one", "a/two"), seeds=2)
    )
    found = sharing_verdicts(shared, remedies(shared))
    assert [name in one.message for one, name in zip(found, ("light (one)", "light (two)"), strict=True)] == [True] * 2
