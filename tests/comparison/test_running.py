"""Carrying out the runs: what is counted, what stops them, what is left out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import ghep.comparison.compare as comparing
from ghep.comparison.compare import compare
from ghep.comparison.ground import Ground
from ghep.comparison.ledger import Ledger
from ghep.comparison.running import Running
from ghep.comparison.settings import settings_from
from ghep.errors import Interrupted
from ghep.experiment.reporter import Silent
from ghep.training.stop import StopRequest

GROUND: Any = Ground(None, ("a",), {}, {})  # type: ignore[arg-type]  # of no importance to what is asked here


def test_time_is_counted_once_however_often_it_is_saved(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "key", seconds=100.0)
    running = Running(GROUND, settings_from(), ledger, Silent(), StopRequest(), began=time.perf_counter() - 50.0)
    for _ in range(3):
        running.save()
        assert 150.0 <= running.spent() < 160.0


def test_reading_the_data_counts_and_so_does_a_session_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any) -> Ground:
        time.sleep(0.3)
        return GROUND

    def stopped(running: Running) -> None:
        assert 0.3 <= running.spent() < 0.6
        raise Interrupted("asked", remedy="")

    seconds = []
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
    assert 0.6 <= seconds[0] < 0.85  # two sessions, each once
