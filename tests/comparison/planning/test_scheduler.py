"""Which contenders can no longer be the best, so that their runs come last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ghep.comparison.planning.scheduler as scheduling
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.estimates import Estimates, Taken
from ghep.comparison.planning.grid import Cell, arms
from ghep.comparison.planning.lineup import Lineup
from ghep.comparison.planning.pricing import Prices, Work
from ghep.comparison.planning.scheduler import Scheduler, score_by_line
from ghep.comparison.planning.settings import settings_from
from ghep.comparison.record import Contender

LIGHT, FULL = (Contender(strategy, "a") for strategy in ("light", "full"))


def test_a_line_is_judged_by_its_models_of_all_tasks_and_of_one() -> None:
    scores = {arm: 0.6 for line in (FULL, LIGHT) for arm in arms(line, tuple("xyz"))}
    easy = {replace(LIGHT, tasks=("x", "y")): 0.9}
    assert score_by_line(scores | easy, tasks=3) == {FULL: 0.6, LIGHT: 0.6}
    assert score_by_line(easy, tasks=3) == {}


def test_who_cannot_win_rests_on_the_labels_that_a_limit_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground: Any = SimpleNamespace(dataset=Counted(1000), tasks={})
    ledger = Ledger(tmp_path, "key")
    monkeypatch.setattr(
        scheduling, "limited", lambda dataset, limits, *, draw: Counted(min([dataset.count, *limits.values()]))
    )
    monkeypatch.setattr(scheduling, "judges", lambda dataset: dataset.count)
    for limits, out in (({}, {LIGHT}), ({"x": 20}, set())):
        lineup = Lineup(settings_from(limits=limits), contenders=[FULL, LIGHT])
        scores = {Cell(FULL, 0): 0.7, Cell(LIGHT, 0): 0.6}
        assert Scheduler(ground, lineup, ledger, Clock(ledger), Estimates({}), scores).cannot_win() == out


def test_the_first_draws_of_the_cheapest_fine_tuning_come_early(tmp_path: Path) -> None:
    """By counted work, which does not change when runs are measured or the comparison is continued."""
    probe = Contender("linear_probe", "a")
    works = {(one, labels): Work(train) for labels in (8, None) for one, train in ((probe, 0), (LIGHT, 9), (FULL, 99))}
    estimates = Estimates({"a": Prices(1, 1e-3, 1e-3, 1e-3)}, works, {Cell(LIGHT, 0): Taken(1000.0, 999.0)})
    ledger, contenders = Ledger(tmp_path, "key"), [probe, LIGHT, FULL]
    ground: Any = SimpleNamespace(dataset=SimpleNamespace(valid=()))
    scheduler = Scheduler(ground, Lineup(settings_from(), contenders=contenders), ledger, Clock(ledger), estimates)
    draws = [(Cell(one, draw, 8, draw),) for one in contenders for draw in range(2)]
    assert [unit.cells[0] for unit in scheduler._units(draws) if unit.early] == [Cell(LIGHT, 0, 8, 0)]


class Counted(SimpleNamespace):
    """A data set as far as the schedule asks for it."""

    def __init__(self, count: int) -> None:
        super().__init__(count=count, valid=range(count))
