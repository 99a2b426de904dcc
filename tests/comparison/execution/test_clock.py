"""The time of a comparison is counted once."""

from __future__ import annotations

import time
from pathlib import Path

from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.ledger import Ledger


def test_time_is_counted_once_however_often_it_is_saved(tmp_path: Path) -> None:
    clock = Clock(Ledger(tmp_path, "key", seconds=100.0), since=time.perf_counter() - 50.0)
    for _ in range(3):
        clock.save()
        assert 150.0 <= clock.spent() < 190.0  # twice would be 200
