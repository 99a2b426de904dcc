"""The classifier a backbone left behind is found in its file, and fits its features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from advice.conftest import SOURCE_CLASSES
from ghep.backbone.catalog import load_backbone
from ghep.backbone.source_head import SourceHead, source_head


def found(name: str | Path) -> SourceHead | str:
    return source_head(str(name), load_backbone(str(name)))


def test_it_is_what_the_file_holds(weights: Path) -> None:
    head = found(weights / "headed.safetensors")
    assert isinstance(head, SourceHead) and head.weight.shape == (SOURCE_CLASSES, 16)
    features = np.random.default_rng(0).normal(0, 1, (3, 16)).astype(np.float32)
    logits = torch.from_numpy(features) @ torch.from_numpy(head.weight).T + torch.from_numpy(head.bias)
    np.testing.assert_allclose(head.probabilities(features), logits.softmax(1), rtol=1e-4)


def test_a_bundle_keeps_the_one_it_was_raised_with() -> None:
    head = found("seedling")
    assert isinstance(head, SourceHead) and head.weight.shape == (200, 304)


def test_without_one_the_reason_is_said(weights: Path, small_backbone: str) -> None:
    assert str(found(weights / "bare.safetensors")) == "the weight file holds 0 layers that could be the classifier"
    assert str(found(small_backbone)) == "the backbone has no pretrained weights"
