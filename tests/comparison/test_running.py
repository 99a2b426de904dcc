"""Carrying out the runs: what is counted, what stops them, what is left out."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ghep.comparison.compare as comparing
import ghep.comparison.executors as executing
import ghep.comparison.running as carrying_out
from ghep.comparison.compare import compare
from ghep.comparison.grid import Cell, arms
from ghep.comparison.ground import Ground
from ghep.comparison.ledger import Ledger
from ghep.comparison.reading import FrozenCosts
from ghep.comparison.record import Contender, Rate
from ghep.comparison.running import Running
from ghep.comparison.search import Cost
from ghep.comparison.settings import settings_from
from ghep.errors import ConfigError, Interrupted
from ghep.experiment.reporter import Silent
from ghep.training.stop import StopRequest

GROUND: Any = Ground(None, ("a",), {}, {})  # type: ignore[arg-type]  # of no importance to what is asked here
CELL = Cell(Contender("full", "a"), 0)


def test_time_is_counted_once_however_often_it_is_saved(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "key", seconds=100.0)
    running = Running(GROUND, settings_from(), ledger, Silent(), StopRequest(), began=time.perf_counter() - 50.0)
    for _ in range(3):
        running.save()
        assert 150.0 <= running.spent() < 190.0  # twice would be 200


def test_reading_the_data_counts_and_so_does_a_session_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any) -> Ground:
        time.sleep(0.3)
        return GROUND

    def stopped(running: Running) -> None:
        assert running.spent() >= 0.3
        raise Interrupted("asked", remedy="")

    seconds, began = [], time.perf_counter()
    monkeypatch.setattr(comparing, "open_ground", slow)
    monkeypatch.setattr(comparing, "key_of", lambda dataset: "data")
    monkeypatch.setattr(Ground, "dataset", None)
    monkeypatch.setattr(Running, "all", stopped)
    with pytest.raises(Interrupted):
        compare("photos", out=tmp_path / "out")
    monkeypatch.setattr(Running, "all", lambda running: None)
    monkeypatch.setattr(comparing, "gathered", lambda _, running, data: seconds.append(running.spent()) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compare("photos", out=tmp_path / "out")
    assert 0.6 <= seconds[0] <= time.perf_counter() - began  # two sessions, each once


def test_a_stop_is_answered_between_runs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a run was begun")

    monkeypatch.setattr(executing, "fit", forbidden)
    stop = StopRequest()
    running = Running(GROUND, settings_from(), Ledger(tmp_path, "key"), Silent(), stop)
    stop.ask()
    with pytest.raises(Interrupted):
        running.make([CELL])


def test_a_run_that_is_found_whole_on_disk_has_not_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running(GROUND, settings_from(), Ledger(tmp_path, "key"), Silent(), StopRequest())
    running._fail(CELL, "the disk was full after the last file", "")
    folder = running.ledger.run_folder(CELL)
    folder.mkdir(parents=True)
    (folder / "quarantine.csv").write_text("")
    monkeypatch.setattr(Running, "_measured", lambda running, cell: SimpleNamespace(seconds=3.0))
    running.make([CELL])
    assert running.ledger.done == {CELL.name: 3.0} and not running.ledger.failed


class Sized(SimpleNamespace):
    """A data set as far as the schedule looks at it."""

    def __len__(self) -> int:
        return 250


@pytest.mark.parametrize("search", [True, False])
def test_who_is_stopped_for_want_of_time_rests_on_trials_searched_or_not(
    search: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {"light": 0.6, "full": 0.9, "lora": math.nan}

    def derived(running: Running, contender: Contender) -> dict[str, Any]:
        tried = Rate(1.0, 1e-3, 10, scores[contender.strategy], 1.0, 5.0, 50)
        return {"tried": [asdict(tried)], "cost": asdict(Cost(10, 1, 100.0))}

    def others(running: Running, contender: Contender, *, derived: Rate) -> dict[str, Any]:
        return {"tried": []}

    who = [Contender(strategy, "a") for strategy in scores]
    dataset: Any = Sized(valid=range(50), train=range(200), counts={"train": 200, "valid": 50})
    costs = {"a": FrozenCosts(0.0, 0.0, (1.0,))}
    ground: Any = SimpleNamespace(prepared={"a": SimpleNamespace(dataset=dataset)}, costs=costs, dataset=dataset)
    monkeypatch.setattr(Running, "_derived_trial", derived)
    monkeypatch.setattr(Running, "_other_trials", others)
    asked = settings_from(search=search, time_limit=60)
    running = Running(ground, asked, Ledger(tmp_path, "key"), Silent(), StopRequest(), lrs=dict.fromkeys(who, 1e-3))
    running._search(who)
    assert [contender.strategy for contender in running._allot(who)] == ["full"]
    reasons = {stopped.contender.strategy: stopped.reason for stopped in running.stopped}
    assert "0.600 on valid, best 0.900" in reasons["light"]


def test_for_want_of_time_a_line_is_stopped_or_cut_with_all_of_its_arms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = [arm for strategy in ("light", "full") for arm in arms(Contender(strategy, "a"), ("x", "y"))]
    scores = {one: (0.6 if one.strategy == "light" else 0.9) for one in who}
    costs = {one: Cost(20 if len(one.tasks) > 1 else 10, 1, 1.0) for one in who}
    ground: Any = SimpleNamespace(costs={"a": FrozenCosts(0.0, 0.0, (1.0,))}, tasks={"x": None, "y": None})
    monkeypatch.setattr(Running, "prepared", lambda running, one: SimpleNamespace(dataset=Sized()))

    def allotted(seconds: float) -> tuple[list[Contender], Running]:
        folder = tmp_path / str(seconds)
        folder.mkdir()
        asked = settings_from(time_limit=seconds, seeds=3)
        running = Running(ground, asked, Ledger(folder, "key"), Silent(), StopRequest(), costs=costs, trials=scores)
        return running._allot(who), running

    alive, running = allotted(1000.0)  # a seed of a line takes 3 x 4 + 40 seconds
    assert alive == who and not running.epochs
    alive, running = allotted(80.0)
    assert alive == who
    assert [running.epochs[one] for one in who] == [6, 6, 13] * 2
    assert [round(running.shares[one], 2) for one in who[:3]] == [0.27, 0.27, 0.46]
    alive, running = allotted(50.0)
    assert alive == who[3:]
    assert [stopped.contender for stopped in running.stopped] == [Contender("light", "a")]


@pytest.mark.slow
def test_all_that_is_pretrained_may_fail_and_the_rest_is_reported(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = executing.fit

    def failing(*given: Any, **options: Any) -> Any:
        if options["strategy"] in broken and not options["random_weights"]:
            raise MemoryError("out of it")
        return fit(*given, **options)

    monkeypatch.setattr(executing, "fit", failing)
    asked: dict[str, Any] = {"strategies": "linear_probe", "search": False, "seeds": 1, "workers": 1}
    call = {"backbones": small_backbone, "out": tmp_path / "out", **asked}
    broken = ["linear_probe", "scratch"]
    found = compare(photos, **call)
    assert found.report.is_file() and found.evidence.verdict.kind == "cannot-tell"
    assert "Not judged" in found.evidence.verdict.reason and len(found.comparison.failures) == 2
    monkeypatch.setattr(executing, "fit", lambda *given, **options: 1 / 0)
    with pytest.raises(ConfigError, match="every run failed"):
        compare(photos, **{**call, "out": tmp_path / "none", "controls": False})


def test_a_line_is_judged_by_its_models_of_all_tasks_and_of_one(tmp_path: Path) -> None:
    full, light = Contender("full", "a"), Contender("light", "a")
    ground: Any = SimpleNamespace(tasks=dict.fromkeys("xyz"))
    running = Running(ground, settings_from(), Ledger(tmp_path, "key"), Silent(), StopRequest())
    scores = {arm: 0.6 for line in (full, light) for arm in arms(line, tuple("xyz"))}
    easy = {replace(light, tasks=("x", "y")): 0.9}
    assert running._by_line(scores | easy) == {full: 0.6, light: 0.6}
    assert running._by_line(easy) == {}


def test_who_is_hopeless_rests_on_the_labels_that_a_limit_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {Contender("full", "a"): 0.7, Contender("light", "a"): 0.6}
    ground: Any = SimpleNamespace(dataset=1000, tasks={})
    monkeypatch.setattr(Running, "_valid_scores", lambda _, one: [scores[one]])
    monkeypatch.setattr(carrying_out, "limited", lambda dataset, limits, *, draw: min([dataset, *limits.values()]))
    monkeypatch.setattr(carrying_out, "judges", lambda dataset: dataset)
    for limits, out in (({}, ["light a"]), ({"x": 20}, [])):
        running = Running(ground, settings_from(limits=limits), Ledger(tmp_path, "key"), Silent(), StopRequest())
        assert list(running._hopeless(scores)) == out
