"""Backbones of a few thousand weights to choose from, one of them with the classifier of its source task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ghep.advice import candidates as at_choice
from ghep.backbone.architecture import Architecture

ARGUMENTS = {"widths": [8, 16], "depths": [1, 1], "stem_stride": 2, "shortcut": "project"}
CARD = {
    "builder": "small-resnet",
    "name": "small",
    "arguments": ARGUMENTS,
    "input_size": [3, 32, 32],
    "crop_pct": 1.0,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bilinear",
}
SOURCE_CLASSES = 5


@pytest.fixture
def nothing_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is named is tried: the backbones that are installed take seconds."""
    monkeypatch.setattr(at_choice, "at_hand", lambda _: [])


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two weight files, ``headed`` and ``bare``; a third has no json and is none."""
    folder = tmp_path_factory.mktemp("weights")
    for seed, name in enumerate(("headed", "bare"), 1):
        state = Architecture("small-resnet", "small", ARGUMENTS).build(seed=seed).state_dict()
        if name == "headed":
            generator = torch.Generator().manual_seed(0)
            state |= {
                "fc.weight": torch.randn(SOURCE_CLASSES, 16, generator=generator),
                "fc.bias": torch.randn(SOURCE_CLASSES, generator=generator),
            }
        save_file(state, folder / f"{name}.safetensors")
        (folder / f"{name}.json").write_text(json.dumps(CARD))
    save_file({"x": torch.zeros(1)}, folder / "alone.safetensors")
    return folder
