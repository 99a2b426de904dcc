"""One folder is written by one pretraining at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.errors import ConfigError
from ghep.pretrain.in_progress import BEGUN, in_progress, refuse_taken


@pytest.mark.parametrize(("resume", "overwrite"), [(False, False), (False, True), (True, False)])
def test_a_folder_that_is_being_written_is_neither_resumed_nor_replaced(
    tmp_path: Path, resume: bool, overwrite: bool
) -> None:
    folder = tmp_path / "out"
    with in_progress(folder, "first", objective="mlm", resume=False):
        begun = (folder / BEGUN).read_text()
        with pytest.raises(ConfigError, match="another process is writing") as caught:
            refuse_taken(folder, resume=resume, overwrite=overwrite)
        assert caught.value.code == "folder-locked"
        key = "first" if resume else "second"
        with (
            pytest.raises(ConfigError, match="another process is writing"),
            in_progress(folder, key, objective="mlm", resume=resume, overwrite=overwrite),
        ):
            pass
        assert (folder / BEGUN).read_text() == begun
    refuse_taken(folder, resume=True, overwrite=False)


def test_a_folder_that_another_pretraining_began_while_the_corpus_was_read_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    refuse_taken(folder, resume=False, overwrite=False)  # free at the beginning
    with in_progress(folder, "first", objective="mlm", resume=False):
        pass
    with (
        pytest.raises(ConfigError, match="holds a pretraining that was interrupted"),
        in_progress(folder, "second", objective="mlm", resume=False),
    ):
        pass
    with in_progress(folder, "second", objective="mlm", resume=False, overwrite=True):
        assert "second" in (folder / BEGUN).read_text()


def test_a_folder_that_another_process_locks_at_the_last_moment_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    with in_progress(folder, "first", objective="mlm", resume=False):
        monkeypatch.setattr("ghep.pretrain.in_progress.refuse_taken", lambda *_, **__: None)
        with (
            pytest.raises(ConfigError, match="another process is writing"),
            in_progress(folder, "first", objective="mlm", resume=True),
        ):
            pass
        assert (folder / BEGUN).is_file()
