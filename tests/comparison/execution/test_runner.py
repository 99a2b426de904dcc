"""The runner makes the runs that it is given, until it is asked to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ghep.comparison.execution.executors as executing
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.executors import InProcess
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.runner import Runner
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.lineup import Lineup
from ghep.comparison.planning.settings import settings_from
from ghep.comparison.record import Contender
from ghep.errors import Interrupted
from ghep.reporter import Silent
from ghep.training.stop import StopRequest


def test_a_stop_is_answered_between_runs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a run was begun")

    monkeypatch.setattr(executing, "fit", forbidden)
    ground: Any = Ground(None, ("a",), {}, {})  # type: ignore[arg-type]  # of no importance to what is asked here
    settings, ledger, stop = settings_from(), Ledger(tmp_path, "key"), StopRequest()
    runner = Runner(ground, settings, Lineup(settings), ledger, Clock(ledger), Silent(), stop)
    stop.ask()
    with pytest.raises(Interrupted):
        list(runner.make([Cell(Contender("full", "a"), 0)], InProcess({}, tmp_path, stop)))
