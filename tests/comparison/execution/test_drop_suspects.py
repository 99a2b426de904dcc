"""A comparison without the examples that a list names: all runs get the same data; another list is another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.comparison.execution.ground import key_of, open_ground
from ghep.comparison.execution.ledger import open_ledger
from ghep.comparison.planning.settings import command_line, run_options, settings_from
from ghep.errors import ConfigError, DataError
from ghep.reporter import Silent

NAMED = ("train/rows/000.png", "train/columns/001.png", "test/rows/002.png")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "list.csv").write_text("id\n" + "\n".join(NAMED) + "\n", encoding="utf-8")
    return tmp_path / "list.csv"


@pytest.mark.slow
def test_the_data_of_all_runs_are_without_them(photos: Path, small_backbone: str, listed: Path, tmp_path: Path) -> None:
    for name in ("out", "whole"):
        (tmp_path / name).mkdir()
    settings = settings_from(backbones=small_backbone, drop_suspects=listed, device="cpu", workers=0)
    ground = open_ground(photos, settings, open_ledger(tmp_path / "out", settings.key(), overwrite=False), Silent())
    assert not {one.id for one in ground.dataset.train} & set(NAMED) and len(ground.dataset.train) == 58
    assert "test/rows/002.png" in {one.id for one in ground.dataset.test}
    (said,) = (one for one in ground.data.findings if one.code == "suspects-dropped")
    assert (said.params["count"], said.params["held_out"]) == (2, 1)
    whole = settings_from(backbones=small_backbone, device="cpu", workers=0)
    other = open_ground(photos, whole, open_ledger(tmp_path / "whole", whole.key(), overwrite=False), Silent())
    assert key_of(other.dataset) != key_of(ground.dataset)
    assert run_options(settings).drop_suspects is None, "runs get data that are without them"


def test_the_list_counts_not_its_place(listed: Path, tmp_path: Path) -> None:
    settings = settings_from(drop_suspects=listed)
    assert f"--drop-suspects {listed}" in command_line("photos", settings)
    assert settings.key() != settings_from().key()
    moved = tmp_path / "moved.csv"
    moved.write_bytes(listed.read_bytes())
    assert settings.key() == settings_from(drop_suspects=str(moved)).key()
    moved.write_text("id\ntrain/rows/000.png\n", encoding="utf-8")
    assert settings.key() != settings_from(drop_suspects=moved).key()
    with pytest.raises(ConfigError, match="drop_suspects=3"):
        settings_from(drop_suspects=3)
    with pytest.raises(DataError, match="nowhere"):
        settings_from(drop_suspects=tmp_path / "nowhere.csv").key()
