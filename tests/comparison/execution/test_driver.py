"""Making the runs of a comparison: their order, what stops them, which are left out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import ghep.comparison.compare as comparing
import ghep.comparison.execution.executors as executing
from ghep.comparison.compare import compare
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.driver import Driver
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.runner import Runner
from ghep.comparison.execution.trials import Trials
from ghep.comparison.planning.estimates import Taken
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.pricing import Prices, Work
from ghep.comparison.planning.scheduler import Scheduler
from ghep.comparison.planning.settings import Settings, settings_from
from ghep.comparison.record import Contender
from ghep.errors import ConfigError, Interrupted
from ghep.reporter import Silent
from ghep.training.stop import StopRequest

GROUND: Any = Ground(None, ("a",), {}, {})  # type: ignore[arg-type]  # of no importance to what is asked here
CELL = Cell(Contender("full", "a"), 0)


@pytest.mark.slow
def test_reading_the_data_counts_and_so_does_a_session_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any) -> Ground:
        time.sleep(0.3)
        return GROUND

    def stopped(driver: Driver) -> None:
        assert driver.clock.spent() >= 0.3
        raise Interrupted("asked", remedy="")

    seconds, began = [], time.perf_counter()
    monkeypatch.setattr(comparing, "open_ground", slow)
    monkeypatch.setattr(comparing, "key_of", lambda dataset: "data")
    monkeypatch.setattr(comparing, "without_runs", lambda ground, settings, ledger: [])
    monkeypatch.setattr(Ground, "dataset", None)
    monkeypatch.setattr(Driver, "make_all", stopped)
    with pytest.raises(Interrupted):
        compare("photos", out=tmp_path / "out")
    monkeypatch.setattr(Driver, "make_all", lambda driver: None)
    monkeypatch.setattr(comparing, "gathered", lambda driver, *_: seconds.append(driver.clock.spent()) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        compare("photos", out=tmp_path / "out")
    assert 0.6 <= seconds[0] <= time.perf_counter() - began  # two sessions, each once


PROBE, LIGHT, FULL = (Contender(strategy, "a") for strategy in ("linear_probe", "light", "full"))
PRICES = Prices(overhead=1.0, train=0.1, passes=0.01, scored=0.01)
WORKS = {PROBE: Work(0, 100, 100), LIGHT: Work(90, 0, 100), FULL: Work(900, 0, 100)}  # 3, 11 and 92 seconds


def driver_of(ground: Any, settings: Settings, folder: Path, contenders: Sequence[Contender]) -> Driver:
    """Return the driver of a new comparison of ``contenders``, which makes one run at a time."""
    ledger = Ledger(folder, "key")
    driver = Driver(ground, settings, ledger, Clock(ledger, settings.time_limit), Silent(), StopRequest())
    driver.lineup.contenders += contenders
    driver.executor = cast(Any, SimpleNamespace(at_once=1))
    return driver


def made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, factor: float = 1.0, jump: float = 0.0, **asked: Any
) -> tuple[list[str], Driver]:
    """Return the runs that are made, in order, where each takes ``factor`` times what the cost model says."""
    clock, begun = [0.0], list[str]()
    dataset: Any = SimpleNamespace(valid=(), train=range(200))
    ground: Any = SimpleNamespace(prices={"a": PRICES}, dataset=dataset, tasks={}, backbones=("a",))
    settings = settings_from(search=False, **asked)
    tmp_path.mkdir(exist_ok=True)
    driver = driver_of(ground, settings, tmp_path, list(WORKS))
    driver.lineup.lrs |= {LIGHT: 1e-3, FULL: 1e-3}
    driver.estimates.works |= {(who, labels): work for who, work in WORKS.items() for labels in (None, 5)}

    def taken(cell: Cell) -> Taken:
        work = WORKS[cell.contender]
        return Taken(
            factor * (1 + 0.1 * work.train + 0.02 * 100 * (cell.contender == PROBE) + 1),
            factor * 0.1 * work.train,
            factor,
        )

    def make(self: Runner, cells: Iterable[Cell], executor: Any) -> Iterator[Cell]:
        for cell in cells:
            begun.append(f"{cell.contender.strategy} {cell.seed}" + (" of 5" if cell.labels else ""))
            self.ledger.done[cell.name] = taken(cell).seconds
            clock[0] += taken(cell).seconds + jump
            yield cell

    monkeypatch.setattr(Runner, "make", make)
    monkeypatch.setattr(Scheduler, "note", lambda self, cell: self.estimates.note(cell, taken(cell)))
    monkeypatch.setattr(Clock, "spent", lambda self: clock[0])
    monkeypatch.setattr(Ledger, "finished", lambda self, cell: cell.name in self.done)
    driver.make(driver.lineup.groups())
    return begun, driver


def test_everybody_is_run_once_then_the_longest_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, driver = made(tmp_path, monkeypatch, seeds=2, labels=[5])
    assert begun[:4] == ["linear_probe 0", "linear_probe 0 of 5", "linear_probe 1 of 5", "light 0"]
    assert begun.index("full 0") < begun.index("full 1") < begun.index("light 1"), "all will be made"
    assert len(begun) == 5 + 6 and not driver.left_out
    assert sum(driver.ledger.estimates.values()) == pytest.approx(3 + 2 * 2 + 4 * 11 + 4 * 92, rel=0.1)


def test_without_a_limit_the_order_does_not_depend_on_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, _ = made(tmp_path / "slow", monkeypatch, factor=30.0, seeds=3, labels=[5])
    monkeypatch.setattr(sys.modules[__name__], "PRICES", Prices(9.0, 1e-4, 1.0, 1.0))
    assert made(tmp_path / "other", monkeypatch, factor=0.1, seeds=3, labels=[5])[0] == slow


@pytest.mark.parametrize(("limit", "expected"), [(None, True), (1e4, True), (600.0, False), (60.0, None)])
def test_a_higher_rate_is_confirmed_if_that_takes_little_of_the_time(
    limit: float | None, expected: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search takes 31 seconds here, and with trials on all of train up to 233; 15 % of the limit may be used."""
    dataset: Any = SimpleNamespace(valid=(1,), train=range(200))
    ground: Any = SimpleNamespace(prices={"a": PRICES}, dataset=dataset, tasks={}, backbones=("a",))
    driver = driver_of(ground, settings_from(seeds=1, time_limit=limit), tmp_path, [LIGHT, FULL])
    driver.estimates.works |= {(who, None): work for who, work in WORKS.items()}
    asked: list[bool] = []
    monkeypatch.setattr(Trials, "contenders", lambda self: [LIGHT, FULL])
    monkeypatch.setattr(Trials, "_dataset", lambda self, contender: dataset)
    monkeypatch.setattr(Trials, "make", lambda self, *_, confirm: asked.append(confirm) or {})
    driver._search_rates()
    assert asked == ([] if expected is None else [expected])
    assert driver.ledger.decisions.get("confirm") == expected


def test_a_run_that_is_whole_on_disk_but_not_noted_counts_and_has_not_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground: Any = SimpleNamespace(prices={"a": PRICES}, dataset=SimpleNamespace(valid=()), tasks={}, backbones=("a",))
    driver = driver_of(ground, settings_from(seeds=1), tmp_path, [FULL])
    driver.executor = cast(Any, SimpleNamespace(at_once=1, outcomes=lambda jobs: iter(list(jobs))))
    driver.ledger.failed[CELL.name] = {"cause": "the disk was full after the last file"}
    monkeypatch.setattr(Scheduler, "note", lambda self, cell: Taken(3.0))
    monkeypatch.setattr(Ledger, "finished", lambda self, cell: True)
    driver.make(driver.lineup.groups())
    assert driver.ledger.done == {CELL.name: 3.0} and not driver.ledger.failed


def test_with_little_time_everybody_is_tried_before_anybody_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, driver = made(tmp_path, monkeypatch, seeds=3, time_limit=125.0)
    assert {"linear_probe 0", "light 0", "full 0"} < set(begun) and "full 1" not in begun
    assert [(one.contender.strategy, one.runs) for one in driver.left_out] == [("light", 1), ("full", 2)]
    assert not any("epochs" in driver.lineup.settings_of(Cell(who, 0)) for who in WORKS), "nobody is cut short"


def test_runs_that_take_longer_than_expected_leave_out_others_and_the_limit_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, driver = made(tmp_path, monkeypatch, factor=3.0, seeds=3, time_limit=125.0)
    assert "full 0" not in begun and begun.count("light 0") == 1 and driver.clock.spent() <= 125.0
    assert [(one.contender.strategy, one.runs) for one in driver.left_out][-1] == ("full", 3)


def test_the_decisive_seed_comes_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, _ = made(tmp_path / "a", monkeypatch, seeds=3, time_limit=500.0)
    monkeypatch.setattr(Scheduler, "decisive", lambda self, groups: FULL)
    sooner, _ = made(tmp_path / "b", monkeypatch, seeds=3, time_limit=500.0)
    assert usual.index("full 1") > usual.index("light 2")
    assert sooner.index("full 1") < sooner.index("light 2") and sorted(usual) == sorted(sooner)


def test_however_short_the_time_there_is_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, _ = made(tmp_path, monkeypatch, seeds=3, time_limit=0.5)
    assert begun == ["linear_probe 0"]


def test_a_run_that_the_limit_cuts_off_is_left_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ground: Any = SimpleNamespace(prices={"a": PRICES}, dataset=SimpleNamespace(valid=()), tasks={}, backbones=("a",))
    driver = driver_of(ground, settings_from(time_limit=200.0, seeds=1), tmp_path, [FULL])
    driver.estimates.works[FULL, None] = WORKS[FULL]

    def cut(self: Runner, cells: Iterator[Cell], executor: Any) -> None:
        next(cells)
        assert self.stop.deadline is not None
        self.stop.deadline = time.monotonic()
        assert self.stop.asked
        raise Interrupted("after step 7", remedy="")

    monkeypatch.setattr(Runner, "make", cut)
    driver.make(driver.lineup.groups())
    assert [one.contender for one in driver.left_out] == [FULL] and not driver.stop.asked
    driver.stop.ask()
    with pytest.raises(Interrupted):
        driver.make(driver.lineup.groups())


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
    asked: dict[str, Any] = {"strategies": "linear_probe", "search": False, "seeds": 1, "workers": 1, "jobs": 1}
    call = {"backbones": small_backbone, "out": tmp_path / "out", **asked}
    broken = ["linear_probe", "scratch"]
    found = compare(photos, **call)
    verdict = found.evidence.verdict
    assert found.report.is_file() and verdict.kind == "cannot-tell" and len(found.comparison.failures) == 2
    assert "No run with pretrained weights has finished (linear_probe)" in verdict.message
    assert "Not judged, because no run finished: scratch." in verdict.reason
    monkeypatch.setattr(executing, "fit", lambda *given, **options: 1 / 0)
    with pytest.raises(ConfigError, match="every run failed"):
        compare(photos, **{**call, "out": tmp_path / "none", "controls": False})
