"""P7: kill -9 at any moment loses at most one checkpoint interval, never the state."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ghep.training.checkpoint import Checkpoint, Checkpoints
from ghep.training.state import TrainingState
from storage.test_folder import Crash, crash_at

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_weights() -> None:
    """Two hundred by hand: scripts/bench kills."""
    command = [sys.executable, "-W", "error", str(ROOT / "benchmarks" / "kills.py"), "--kills", "2", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all resumed; weights and history equal" in done.stdout


def after(steps: int) -> Checkpoint:
    return Checkpoint({"key": "k"}, TrainingState(steps=steps, model_state={"x": torch.full((3,), float(steps))}))


@pytest.mark.parametrize(("dead", "error"), [(True, Crash), (False, Crash), (False, OSError)])
@pytest.mark.parametrize("taken_again", [False, True], ids=["a new step", "a step that was taken before"])
def test_a_crash_at_any_call_of_a_save_leaves_a_whole_checkpoint(
    dead: bool, error: type[BaseException], taken_again: bool, tmp_path: Path
) -> None:
    """The new one or the one before it, whichever call of the system was the last; ``dead``: none comes after it."""
    found, n, calls = set(), 0, 0
    while calls >= n:
        n += 1
        checkpoints = Checkpoints(tmp_path / str(n), 0)
        for steps in (1, 2, 3) if taken_again else (1, 2):
            assert checkpoints.save(after(steps))
        with pytest.MonkeyPatch.context() as patch:
            count = crash_at(n, patch, dead=dead, error=error)
            try:
                checkpoints.save(after(3))
            except error:
                assert error is Crash, "a disk that does not let us write does not end the training"
            calls = count()
        resumed = Checkpoints(tmp_path / str(n), 0, "k")
        newest = resumed.newest()
        steps = newest.state.steps
        assert steps in (2, 3) and torch.equal(newest.state.model_state["x"], torch.full((3,), float(steps)))
        assert not resumed.findings, "nothing half written has the name of a checkpoint"
        found.add(steps)
        assert resumed.save(after(4)) and len(list((tmp_path / str(n)).glob("step-*"))) == 2, "and it goes on"
    assert n > 10 and found == ({3} if taken_again else {2, 3})
