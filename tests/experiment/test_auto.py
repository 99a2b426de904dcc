"""``auto``: advice chooses what the user leaves open, and the run says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.advice.advise import advise
from ghep.errors import ConfigError
from ghep.experiment.fit import fit

QUICK = {"precision": "float32", "workers": 1}


@pytest.mark.slow
def test_a_strategy_left_open_is_the_one_that_is_advised(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, strategy="auto", out=tmp_path / "run", **QUICK)
    assert run.strategy == advise(photos, backbones=[small_backbone], shipped=False, workers=1).strategy
    (said,) = [finding for finding in run.findings if finding.code == "advised"]
    assert run.strategy in said.message and said.items


@pytest.mark.slow
def test_a_backbone_left_open_is_one_at_hand_and_a_strategy_that_was_named_stays(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghep.advice.candidates.at_hand", lambda _: ["seedling"])  # small, and not the default
    run = fit(photos, backbone="auto", strategy="linear_probe", out=tmp_path / "run", **QUICK)
    assert run.backbone == "seedling" and run.strategy == "linear_probe"


def test_settings_of_a_strategy_that_was_not_chosen_are_refused_by_name(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="rank"):
        fit(photos, backbone=small_backbone, strategy="auto", rank=4, out=tmp_path / "run", **QUICK)


def test_several_processes_are_told_to_ask_for_advice_first(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="auto") as caught:
        fit(photos, strategy="auto", out=tmp_path / "run")
    assert "ghep advise without torchrun" in caught.value.remedy
