"""P11: a full disk leaves the last good state. Never by writing to a device: a limit on the size of files stands in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ghep.cli.app import run
from ghep.experiment.fit import fit
from ghep.reporter import Silent
from ghep.training.checkpoint import Checkpoints

resource = pytest.importorskip("resource")
FULL = 20_000
"""Bytes a file may have: the pictures and texts of a run are smaller, its weights are not."""
SETTINGS = {"strategy": "full", "epochs": 3, "batch_size": 15, "precision": "float32", "workers": 1}
FLAGS = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]


@contextmanager
def full_disk() -> Iterator[None]:
    """While it lasts no file may grow beyond FULL: the system then says EFBIG, as it says ENOSPC of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class CutOffError(Exception):
    pass


class CutsOff(Silent):
    def epoch(self, row: object) -> None:
        if row.epoch == 2:  # type: ignore[attr-defined]
            raise CutOffError


def weights(out: Path) -> bytes:
    return (out / "bundle" / "model.safetensors").read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def whole(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("run") / "whole"
    fit(photos, backbone=small_backbone, out=out, cache=False, **SETTINGS)
    return weights(out)


@pytest.mark.slow
def test_training_goes_on_and_says_so(
    whole: bytes, photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full from the third checkpoint on, and has room again for the bundle."""
    plain, said = Checkpoints.save, []

    def save(self: Checkpoints, checkpoint: object, *say: object) -> bool:
        if checkpoint.state.steps < 3:  # type: ignore[attr-defined]
            return plain(self, checkpoint, *say)  # type: ignore[arg-type]
        with full_disk():
            written = plain(self, checkpoint, *say)  # type: ignore[arg-type]
        assert not written and names(self.folder) == ["step-00000001", "step-00000002"]
        return written

    class Listens(Silent):
        def say(self, text: str) -> None:
            said.append(text)

    monkeypatch.setattr(Checkpoints, "save", save)
    arguments = {"backbone": small_backbone, "out": tmp_path, "checkpoint_seconds": 0, "cache": False, **SETTINGS}
    done = fit(photos, reporter=Listens(), **arguments)
    (finding,) = [finding for finding in done.findings if finding.code == "checkpoint-not-written"]
    assert "File too large" in finding.message and "step-00000002" in finding.message
    assert finding.message in said, "at once, not only at the end"
    assert weights(tmp_path) == whole


def test_a_bundle_that_has_no_room_is_an_error_and_can_be_written_later(
    whole: bytes, photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CutOffError):
        arguments = {"backbone": small_backbone, "out": tmp_path, "checkpoint_seconds": 0, "cache": False, **SETTINGS}
        fit(photos, reporter=CutsOff(), **arguments)
    before = names(tmp_path / "checkpoints")
    assert len(before) == 2
    command = ["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path), *FLAGS, "--no-cache", "--resume"]
    with full_disk():
        assert run(command) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("error: ", "  fix: "))]
    assert len(told) == 2 and "File too large" in told[0] and "model.safetensors" in told[0] and "disk" in told[1]
    assert names(tmp_path / "checkpoints") == before, "the last good ones are still there"
    assert not (tmp_path / "bundle").exists() and not list(tmp_path.glob(".bundle*"))
    assert run(command) == 0
    assert weights(tmp_path) == whole


@pytest.mark.slow
def test_in_a_process_of_its_own(whole: bytes, photos: Path, small_backbone: str, tmp_path: Path) -> None:
    """From the beginning to the end under the limit: no checkpoint, no bundle, one error; then with room."""
    limited = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({0}, {0})); from ghep.cli import main; main()"
    command = ["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path / "run"), *FLAGS, "--no-cache"]
    words = [sys.executable, "-c", limited.format(FULL), *command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 2 and "error: " in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert run(command) == 0 and weights(tmp_path / "run") == whole
