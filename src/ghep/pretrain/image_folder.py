"""Write an image backbone as a folder that ghep reads as a backbone; for networks of timm, timm reads it as well.

config.json           timm's architecture and preprocessing, or ghep's own form for a network that timm has no name
                      for (docs/backbones.md)
model.safetensors     the weights, without a head
source_labels.txt     classes of the source task, if known
README.md, pretraining.json, MANIFEST.json
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.backbone.catalog import load_backbone
from ghep.backbone.deferred import timm_module
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.padded import Inputs
from ghep.errors import BrokenPromise
from ghep.pretrain.record import RECORD
from ghep.storage.folder import write_folder
from ghep.storage.tensors import write_tensors
from ghep.storage.text import write_json_atomic, write_text_atomic

LABELS = "source_labels.txt"
SAMPLES = 4
"""Synthetic images on which the written backbone is compared."""


def write_image_backbone(folder: Path, backbone: Backbone, *, record: Mapping[str, Any], card: str) -> None:
    """Write ``backbone`` to ``folder`` with its record and card, completely or not at all.

    Raises BrokenPromise if the backbone read from the folder has other features or another preprocessing.
    """
    with write_folder(folder) as target:
        write_tensors(target / "model.safetensors", backbone.net.state_dict(), metadata={"format": "pt"})
        write_json_atomic(target / "config.json", _config(backbone))
        if backbone.card.source_labels:
            write_text_atomic(target / LABELS, "\n".join(backbone.card.source_labels) + "\n")
        write_text_atomic(target / "README.md", card)
        write_json_atomic(target / RECORD, record)
        _refuse_differences(target, backbone)


def is_named_by_timm(backbone: Backbone) -> bool:
    """Whether timm builds the network of ``backbone`` by its name."""
    return backbone.architecture.builder == "timm" and timm_module().is_model(_name(backbone))


def _name(backbone: Backbone) -> str:
    return backbone.architecture.name.partition(".")[0]


def _config(backbone: Backbone) -> dict[str, Any]:
    architecture, card, preprocess = backbone.architecture, backbone.card, backbone.preprocess
    assert isinstance(preprocess, ImagePreprocess)
    labels = {"labels": LABELS} if card.source_labels else {}
    about = {"source": card.source, "licence": card.licence, **labels}
    if not is_named_by_timm(backbone):
        return {**architecture.to_json(), **preprocess.to_timm(), **about}
    declared: dict[str, Any] = dict(getattr(backbone.net, "pretrained_cfg", None) or {})
    kept = {key: declared.get(key) for key in ("first_conv", "classifier", "pool_size", "fixed_input_size")}
    return {
        "architecture": _name(backbone),
        "num_classes": 0,
        "num_features": backbone.feature_dim,
        **({"model_args": dict(architecture.arguments)} if architecture.arguments else {}),
        "pretrained_cfg": {
            "num_classes": 0,
            **preprocess.to_timm(),
            **kept,
            "fixed_input_size": bool(kept["fixed_input_size"]),
            "custom_load": False,
        },
        "name": card.name,
        **about,
    }


def _refuse_differences(folder: Path, backbone: Backbone) -> None:
    read = load_backbone(str(folder))
    same = read.preprocess == backbone.preprocess
    pixels = backbone.preprocess.sample(SAMPLES, 0)
    given, found = (_features(one, pixels) for one in (backbone, read))
    if not same or not torch.allclose(found, given, rtol=1e-4, atol=1e-5):
        raise BrokenPromise("image-folder-differs", name=backbone.card.name)


def _features(backbone: Backbone, pixels: Inputs) -> torch.Tensor:
    with torch.no_grad(), evaluating(backbone):
        found = backbone(pixels.to(next(backbone.parameters()).device))
    assert isinstance(found, torch.Tensor)
    return found.cpu()
