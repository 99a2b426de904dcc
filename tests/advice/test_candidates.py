"""Which backbones are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.advice import candidates as at_choice
from ghep.advice.candidates import backbones_at_choice, short_name, too_large
from ghep.backbone.installed import default_backbone
from ghep.errors import BackboneError


def test_a_folder_of_weight_files_is_all_of_them(weights: Path) -> None:
    found = backbones_at_choice([weights], "image")
    assert found == (str(weights / "bare.safetensors"), str(weights / "headed.safetensors"), default_backbone("image"))


def test_names_stay_in_order_each_once(weights: Path) -> None:
    file = weights / "headed.safetensors"
    found = backbones_at_choice(["seedling", file, weights, "timm/resnet18"], "image")
    assert found[:4] == ("seedling", str(file), str(weights / "bare.safetensors"), "timm/resnet18")


def test_a_folder_that_is_a_backbone_stays_one(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert backbones_at_choice([tmp_path], "image")[0] == str(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="holds no backbone"):
        backbones_at_choice([tmp_path], "image")


def test_nothing_at_hand_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_choice, "at_hand", {"text": []}.get)
    with pytest.raises(BackboneError, match="no backbone for texts is installed") as caught:
        backbones_at_choice([], "text")
    assert "pip install" in caught.value.remedy


def test_without_a_name_everything_installed_for_such_data_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"image": ["seedling", "timm/small", "timm/huge"], "text": ["minilm", "hf/bert"]}
    monkeypatch.setattr(at_choice, "at_hand", installed.get)
    monkeypatch.setattr(at_choice, "cached_bytes", lambda name: 3 * 2**30 if name == "timm/huge" else None)
    assert backbones_at_choice([], "image") == ("seedling", "timm/small")
    assert backbones_at_choice([], "text") == ("minilm", "hf/bert")
    assert backbones_at_choice([], "image", shipped=False) == ("seedling",), "what compare takes"
    assert backbones_at_choice(["timm/huge"], "image") == ("timm/huge", "seedling")
    assert too_large("image") == {"timm/huge": 3 * 2**30}


def test_short_names() -> None:
    assert short_name("/a/b/mobile.net.safetensors") == "mobile.net"
    assert short_name("seedling") == "seedling" and short_name("timm/resnet18.a1") == "resnet18.a1"


def test_a_folder_of_word_vectors_is_one_backbone(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text("2 1\na 0.5\nb 0.25\n")
    assert backbones_at_choice([tmp_path], "text", shipped=False)[0] == str(tmp_path)
