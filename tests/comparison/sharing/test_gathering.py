"""Models read back from their folders."""

from __future__ import annotations

from dataclasses import asdict
from math import isnan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Contender
from ghep.comparison.sharing.gathering import model_from
from ghep.multitask.gram import GradientLog
from ghep.storage.text import write_json_atomic


def test_a_task_without_steps_has_no_norm(tmp_path: Path) -> None:
    log = GradientLog(("a", "b"))
    log.add(torch.eye(2), torch.ones(2), torch.ones(2), torch.tensor([True, False]))
    write_json_atomic(tmp_path / "metrics.json", {"cost": {"examples_seen": 9}, "gradients": asdict(log.means())})
    run: Any = SimpleNamespace(seconds=1.0, saved_seconds=0.0, trained_parameters=1, total_parameters=2)
    found = model_from(Cell(Contender("light", "x", ("a", "b")), 0), tmp_path, run).gradients
    assert found is not None and found.norms[0] == 1.0 and isnan(found.norms[1]) and isnan(found.cosines[0][1])
