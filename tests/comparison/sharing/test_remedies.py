"""Remedies: which are tried, for which contenders, and that this is decided once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ghep.comparison.sharing.remedies as remedies
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.grid import Cell, arms
from ghep.comparison.planning.lineup import Lineup
from ghep.comparison.planning.settings import REMEDIES, settings_from
from ghep.comparison.record import Contender
from ghep.reporter import Silent

PROBE, LIGHT = arms(Contender("linear_probe", "a"), ("x", "y")), arms(Contender("light", "a"), ("x", "y"))


@pytest.fixture
def under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs of a probe and of light tuning, finished; sharing hurts x by as much as ``harm`` says."""

    def make(harm: bool, **options: Any) -> Any:
        ledger, asked = Ledger(tmp_path, "key"), list[str]()
        settings = settings_from(seeds=2, **options)
        for one in (*PROBE, *LIGHT):
            folder = ledger.run_folder(Cell(one, 0))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "quarantine.csv").write_text("")
        monkeypatch.setattr(remedies, "by_task", lambda driver, data: {})
        monkeypatch.setattr(remedies, "gains", lambda shared, usual: asked.append(usual) or [SimpleNamespace(task="x")])
        monkeypatch.setattr(remedies, "harmed", lambda gain: harm)
        ground = SimpleNamespace(tasks={"x": None, "y": None})
        tried: list[Contender] = []
        return SimpleNamespace(
            lineup=Lineup(settings, contenders=[*PROBE, *LIGHT], lrs=dict.fromkeys(LIGHT, 1e-3)),
            ground=ground,
            settings=settings,
            ledger=ledger,
            reporter=Silent(),
            add=tried.append,
            tried=tried,
            asked=asked,
        )

    return make


def ways(driver: Any) -> list[tuple[str, str]]:
    return [(one.strategy, one.sharing) for one in driver.tried]


def test_no_remedy_is_tried_if_no_task_was_hurt(under_way: Any) -> None:
    driver = under_way(harm=False)
    remedies.try_remedies(driver, "data")
    assert ways(driver) == [] and driver.asked == [LIGHT[-1]]  # a frozen trunk is not asked about


def test_common_remedies_are_tried_if_a_task_was_hurt_and_this_is_decided_once(under_way: Any) -> None:
    driver = under_way(harm=True)
    remedies.try_remedies(driver, "data")
    assert ways(driver) == [("light", way) for way in REMEDIES]
    again = under_way(harm=False)
    again.ledger.decisions = driver.ledger.decisions
    remedies.try_remedies(again, "data")
    assert ways(again) == ways(driver) and not again.asked


def test_requested_remedies_are_always_tried_and_none_if_turned_off(under_way: Any) -> None:
    driver = under_way(harm=True, remedies="mixing=equal,mixing=temperature+mixing_temperature=5")
    remedies.try_remedies(driver, "data")
    assert ways(driver) == [("light", "mixing=equal"), ("light", "mixing=temperature+mixing_temperature=5")]
    driver = under_way(harm=True, remedies="none")
    remedies.try_remedies(driver, "data")
    assert ways(driver) == []
    driver = under_way(harm=True, remedies="auto,surgery=cagrad")
    remedies.try_remedies(driver, "data")
    assert ways(driver) == [("light", way) for way in ("surgery=cagrad", *REMEDIES)]
