"""Advice on poor features: they are named, and features of earlier blocks are tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghep.advice import advise as of_advise
from ghep.advice.advise import advise
from ghep.advice.record import in_words
from ghep.storage.text import plain
from ghep.types import Finding

pytestmark = pytest.mark.usefixtures("nothing_ships")


def test_healthy_features_cost_no_further_pass(photos: Path, weights: Path, tmp_path: Path) -> None:
    advice = advise(photos, backbones=[weights / "bare.safetensors"], cache_dir=tmp_path, engine="torch-float32")
    if not any(one.code.startswith("features-") for one in advice.findings):
        assert advice.earlier == () and advice.to_json()["earlier_blocks"] == []


def test_earlier_blocks_are_tried_when_features_are_poor(
    photos: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = Finding.of("features-collapsed", "warning", name="bare", spread=0.001, bar=0.02, cosine=0.9999, count=80)
    monkeypatch.setattr(of_advise.Extractor, "poor", lambda *_: (poor,))
    advice = advise(photos, backbones=[weights / "bare.safetensors"], cache_dir=tmp_path, engine="torch-float32")
    (block,) = advice.earlier
    assert (block.block, block.boundary) == ("layer1", 2) and block.probe.n == advice.candidates[0].probe.n
    assert block.against_last.difference == pytest.approx(block.probe.accuracy - advice.candidates[0].probe.accuracy)
    (tried,) = [one for one in advice.findings if one.code.startswith("earlier-block")]
    assert tried.items == (f"layer1: {block.probe.accuracy:.3f}",)
    assert poor in advice.candidates[0].findings
    (of_json,) = json.loads(json.dumps(plain(advice.to_json())))["earlier_blocks"]
    assert of_json["block"] == "layer1"
    assert "\n".join(in_words(advice))
