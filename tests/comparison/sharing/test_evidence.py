from __future__ import annotations

import json
from dataclasses import replace

from tests.comparison.made_up_sharing import CARS, PEOPLE, World, made, majority

from ghep.comparison.analysis.statistics import leaderboard, pairs
from ghep.comparison.record import Contender, Failure
from ghep.comparison.sharing.evidence import sharing_evidence, sharing_json, task_evidence
from ghep.types import Finding

SHARED = made(World(tasks=(CARS, PEOPLE), strategies=("linear_probe", "full"), seeds=2))


def test_the_leaderboard_has_all_models_and_the_verdict_covers_single_task_models() -> None:
    cars = replace(SHARED.tasks["cars"], runs=(*SHARED.tasks["cars"].runs, majority(CARS)))
    found = task_evidence(cars, "cars")
    assert (found.leaderboard, found.pairs) == (leaderboard(cars), pairs(cars))
    assert {place.contender.tasks for place in found.leaderboard} == {("cars",), ("cars", "people"), ()}
    assert found.verdict.best == Contender("full", "timm/mobilenetv2_100.ra_in1k", ("cars",))
    assert found.verdict.recommended.tasks == ("cars",)
    assert "full of" not in found.verdict.message
    assert found.highers


def test_failures_of_shared_models_are_no_caveat_for_single_task_models() -> None:
    def failed(tasks: tuple[str, ...]) -> Failure:
        return Failure(Contender("light", "net", tasks), 0, None, 0, "cause", "remedy")

    for tasks, said in ((("cars", "people"), False), (("cars",), True)):
        cars = replace(SHARED.tasks["cars"], failures=(failed(tasks),))
        assert ("no finished run and may be better" in task_evidence(cars, "cars").verdict.message) == said


def test_without_single_task_models_the_verdict_covers_all() -> None:
    cars = SHARED.tasks["cars"]
    together = replace(cars, runs=tuple(run for run in cars.runs if len(run.contender.tasks) == 2))
    assert task_evidence(together, "cars").verdict.best.tasks == ("cars", "people")


def test_as_plain_values() -> None:
    shared = replace(SHARED, findings=(Finding("before", "info", "said"),))
    found = sharing_evidence(shared)
    told = json.loads(json.dumps(sharing_json(shared, found), allow_nan=False))
    assert told["version"] == 1
    assert (told["kind"], told["message"]) == (found.kind, found.message)
    assert [one["kind"] for one in told["verdicts"]] == [one.kind for one in found.verdicts]
    gain = told["verdicts"][1]["gains"][0]
    assert gain["pair"]["difference"] == found.verdicts[1].gains[0].pair.difference
    assert gain["together"]["tasks"] == ["cars", "people"]
    assert [one["code"] for one in told["findings"]] == ["before", *(one.code for one in found.findings)]
    assert list(told["tasks"]) == ["cars", "people"]
    assert told["tasks"]["cars"]["verdict"]["kind"] == found.by_task["cars"].verdict.kind
    assert "answers" not in told["tasks"]["cars"]["runs"][0]
    assert told["affinities"][0]["values"][0][0] is None
    assert len(told["models"]) == len(shared.models)
    assert "by_task" not in told
