"""Checkpoints: when they are written, which are kept, what becomes of one that cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import ghep.training.checkpoint as checkpoint
from ghep.errors import BundleError, ConfigError
from ghep.storage.folder import write_folder
from ghep.storage.text import read_json, write_json_atomic
from ghep.training.checkpoint import Checkpoint, Checkpoints, read_checkpoint, write_checkpoint
from ghep.training.state import TrainingState


def after(steps: int, *, key: str = "k") -> Checkpoint:
    return Checkpoint({"key": key}, TrainingState(steps=steps, model_state={"x": torch.full((2,), float(steps))}))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr(checkpoint.time, "perf_counter", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def test_one_is_due_when_its_interval_is_over(tmp_path: Path, clock: Callable[[float], None]) -> None:
    checkpoints = Checkpoints(tmp_path, 30)
    for _ in range(2):
        clock(29.9)
        assert not checkpoints.due()
        clock(0.2)
        assert checkpoints.due()
        checkpoints.save(after(1))
        assert not checkpoints.due()


def test_a_slow_disk_costs_at_most_a_tenth(
    tmp_path: Path, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(tmp_path, 30)
    monkeypatch.setattr(checkpoint, "write_checkpoint", lambda *_: clock(20))
    checkpoints.save(after(1))
    clock(199)
    assert not checkpoints.due()
    clock(2)
    assert checkpoints.due()


def test_zero_is_after_every_step(
    tmp_path: Path, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(tmp_path, 0)
    monkeypatch.setattr(checkpoint, "write_checkpoint", lambda *_: clock(20))
    checkpoints.save(after(1))
    assert checkpoints.due()


def test_the_newest_two_are_kept_and_the_newest_is_resumed(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, 0)
    for steps in (0, 7, 9, 9, 123_456_789):
        assert checkpoints.save(after(steps))
    assert names(tmp_path) == ["step-00000009", "step-123456789"]
    assert Checkpoints(tmp_path, key="k").newest().state.steps == 123_456_789
    checkpoints.keep_newest()
    assert names(tmp_path) == ["step-123456789"]


def test_after_a_damaged_one_was_skipped_its_steps_are_taken_again(tmp_path: Path) -> None:
    """The damaged one has the higher number, and is not what is kept for that."""
    for steps in (7, 9):
        Checkpoints(tmp_path, 0).save(after(steps))
    write_checkpoint(tmp_path / "step-00000007", after(7))
    (tmp_path / "step-00000009" / "state.json").unlink()
    checkpoints = Checkpoints(tmp_path, 0, "k")
    assert checkpoints.newest().state.steps == 7
    (finding,) = checkpoints.findings
    assert finding.code == "checkpoint-skipped" and "state.json is missing" in finding.message
    assert "step-00000007, is resumed" in finding.remedy
    checkpoints.save(after(8))
    assert names(tmp_path) == ["step-00000007", "step-00000008"]
    assert Checkpoints(tmp_path, key="k").newest().state.steps == 8


def test_the_newest_of_the_same_run_is_taken(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "step-00000005", after(5))
    write_checkpoint(tmp_path / "step-00000009", after(9, key="other"))
    assert Checkpoints(tmp_path, key="k").newest().state.steps == 5
    with pytest.raises(ConfigError, match=r"step-00000009.*belongs to other"):
        Checkpoints(tmp_path, key="third").newest()
    assert Checkpoints(tmp_path / "nowhere", key="k").newest() is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS])
def test_what_cannot_be_written_is_said_once_and_the_last_good_one_stays(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(tmp_path, 0)
    checkpoints.save(after(1))
    plain = checkpoint.write_tensors

    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(code, "full")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_tensors", full)
        said: list[str] = []
        assert not checkpoints.save(after(2), said.append) and not checkpoints.save(after(3), said.append)
    assert checkpoint.write_tensors is plain
    (finding,) = checkpoints.findings
    assert (finding.code, finding.severity) == ("checkpoint-not-written", "warning")
    assert said == [finding.message]
    assert "step-00000001" in finding.message and "training continues" in finding.message
    assert names(tmp_path) == ["step-00000001"]
    assert checkpoints.save(after(4)) and Checkpoints(tmp_path, key="k").newest().state.steps == 4


def test_weights_that_share_memory_are_saved_apart(tmp_path: Path) -> None:
    shared = torch.arange(3.0)
    state = TrainingState(model_state={"x": shared}, best_state={"x": shared})
    write_checkpoint(tmp_path / "c", Checkpoint({}, state, {}, {"x": shared}))
    found = read_checkpoint(tmp_path / "c")
    for part in (found.state.model_state, found.state.best_state, found.kept):
        assert torch.equal(part["x"], shared)


def test_no_pickle_in_the_folder(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "c", Checkpoint({}, TrainingState()))
    assert names(tmp_path / "c") == ["MANIFEST.json", "state.json", "state.safetensors"]


def test_a_checkpoint_of_another_version_is_an_error_of_ours(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "old", Checkpoint({}, TrainingState()))
    saved = read_json(tmp_path / "old" / "state.json", error=BundleError, what="checkpoint")
    for spoil in (
        lambda state: state["now"].pop("best_epoch"),
        lambda state: state["now"].update(new=1),
        lambda state: state["now"]["history"].append({"epoch": 1}),
        lambda state: state.pop("run"),
        lambda state: state.pop("good"),
        lambda state: state.update(now=[]),
    ):
        state = {**saved, "now": {**saved["now"], "history": []}}
        spoil(state)
        with write_folder(tmp_path / "new") as folder:
            (folder / "state.safetensors").write_bytes((tmp_path / "old" / "state.safetensors").read_bytes())
            write_json_atomic(folder / "state.json", state)
        with pytest.raises(BundleError):
            read_checkpoint(tmp_path / "new")
