from __future__ import annotations

import json
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from tests.comparison import made_up
from tests.comparison.planted import planted, right

from ghep.comparison.analysis.evidence import evidence, evidence_json
from ghep.comparison.analysis.statistics import leaderboard, pairs
from ghep.types import Finding


@pytest.mark.slow
def test_all_that_follows(tmp_path: Path) -> None:
    comparison = made_up.images(tmp_path)
    found = evidence(comparison)
    assert found.leaderboard == leaderboard(comparison)
    assert found.pairs == pairs(comparison)
    assert found.verdict.best == found.leaderboard[0].contender
    assert found.highers and found.curves and found.saved
    intervals = {place.contender: place.interval for place in found.leaderboard}
    ends = {curve.contender: curve.points[-1] for curve in found.curves}
    assert all(point.labels is None and point.interval == intervals[who] for who, point in ends.items())


def test_as_plain_values() -> None:
    comparison = made_up.texts()
    found = evidence(comparison)
    told = json.loads(json.dumps(evidence_json(comparison, found), allow_nan=False))
    assert told["version"] == 1
    assert told["verdict"]["kind"] == found.verdict.kind
    recommended = {"strategy": found.verdict.recommended.strategy, "backbone": "minilm", "tasks": [], "sharing": ""}
    assert told["verdict"]["recommended"] == recommended
    first = told["leaderboard"][0]
    assert first["accuracy"] == found.leaderboard[0].accuracy
    assert first["interval"] == {
        "low": found.leaderboard[0].interval.low,
        "high": found.leaderboard[0].interval.high,
        "level": 0.95,
    }
    assert len(told["pairs"]) == len(found.pairs)
    assert len(told["runs"]) == len(comparison.runs)
    assert told["runs"][0]["accuracy"] == pytest.approx(comparison.runs[0].answers.accuracy)
    assert told["runs"][0]["n"] == 300
    assert "answers" not in told["runs"][0]
    assert "raw" not in told["data"]
    assert told["failures"][0]["cause"] == "not enough memory for a batch of 32"
    assert (told["touches"], told["folder"]) == (comparison.touches, str(comparison.folder))


def test_what_is_no_number_is_none() -> None:
    comparison = planted({"full": right(30, wrong=[0]), "scratch": right(30, wrong=range(20))})
    run = replace(
        comparison.runs[0], valid_score=nan, settings={"folder": Path("a/b"), "lr": float("inf"), "flag": True}
    )
    finding = Finding("code", "info", "said", items=("x",))
    comparison = replace(comparison, runs=(run, *comparison.runs[1:]), findings=(finding,))
    told = evidence_json(comparison, evidence(comparison))
    assert told["runs"][0]["valid_score"] is None
    assert told["runs"][0]["settings"] == {"folder": str(Path("a/b")), "lr": None, "flag": True}
    (found,) = told["findings"]
    assert found == {"code": "code", "severity": "info", "message": "said", "remedy": "", "items": ["x"], "params": {}}
