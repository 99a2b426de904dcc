"""A kept backbone equals a loaded one, is copied for every caller, and is never stale."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

import ghep.backbone.catalog as catalog
from ghep.backbone.base import Backbone
from ghep.backbone.cached import keep_backbones, load_anew
from ghep.backbone.catalog import load_backbone
from ghep.backbone.request import Request


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the names of backbones loaded from their files."""
    names: list[str] = []
    real = catalog._loaded

    def counted(request: Request) -> Backbone:
        names.append(request.name)
        return real(request)

    monkeypatch.setattr(catalog, "_loaded", counted)
    return names


def test_the_second_one_is_a_copy_of_the_first(small_backbone: str, loads: list[str]) -> None:
    with keep_backbones():
        first = load_backbone(small_backbone)
        expected = {name: tensor.clone() for name, tensor in first.state_dict().items()}
        with torch.no_grad():
            for parameter in first.parameters():
                parameter.fill_(7)
        second = load_backbone(small_backbone)
    assert len(loads) == 1 and second is not first
    assert all(torch.equal(tensor, expected[name]) for name, tensor in second.state_dict().items())
    pixels = torch.rand(2, 3, 16, 16)
    assert torch.equal(second.eval()(pixels), load_backbone(small_backbone).eval()(pixels))
    assert len(loads) == 2, "outside of the block nothing is taken from it"


def test_other_files_other_settings_and_random_weights_are_loaded(
    small_backbone: str, tmp_path: Path, loads: list[str]
) -> None:
    name = str(tmp_path / Path(small_backbone).name)
    for file in Path(small_backbone).parent.glob(f"{Path(small_backbone).stem}*"):
        shutil.copy(file, tmp_path / file.name)
    with keep_backbones():
        load_backbone(name)
        load_backbone(name, random_weights=True)
        assert len(loads) == 2
        load_backbone(name)
        assert len(loads) == 2
        os.utime(name, ns=(1, 1))
        load_backbone(name)
        assert len(loads) == 3
        with load_anew():
            load_backbone(name)
        assert len(loads) == 4


def test_weights_that_are_drawn_are_those_of_the_seed(small_backbone: str) -> None:
    alone = load_backbone(small_backbone, seed=1).state_dict()
    with keep_backbones():
        load_backbone(small_backbone, seed=0)
        kept = load_backbone(small_backbone, seed=1).state_dict()
    assert all(torch.equal(tensor, alone[name]) for name, tensor in kept.items())
