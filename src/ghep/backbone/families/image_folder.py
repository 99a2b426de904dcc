"""A folder with an image network saved by timm or transformers: ``config.json`` and weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ghep.backbone.blueprint import Blueprint, Family, card_in, json_object
from ghep.backbone.families.weight_file import from_card
from ghep.backbone.huggingface_image import TIMM, image_architecture, is_image_kind
from ghep.backbone.request import Request
from ghep.backbone.weights import INDEX, WEIGHT_SUFFIXES, is_weight_file
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name is a folder; the families for other kinds of folders are tried before this family."""
    return request.path is not None and request.path.is_dir()


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint of the network that the folder's config describes.

    Raises BackboneError if the config describes no network, or if the folder has no weights.
    """
    folder = request.path
    assert folder is not None
    config_path = folder / "config.json"
    if (folder / "adapter_config.json").is_file():
        raise BackboneError("folder-is-adapter", path=folder)
    if not config_path.is_file():
        raise BackboneError("folder-without-config", path=folder)
    config = read_json(config_path, error=BackboneError, what=Message("backbone-folder"))
    json_object(config, config_path)
    weights = weights_in(folder)
    if is_image_kind(config) and config["model_type"] != TIMM:
        architecture, numbers = image_architecture(config, folder)
        return Blueprint(architecture, replace(card_in(config, folder), name=folder.name), weights, numbers=numbers)
    return from_card({**config, **(config.get("pretrained_cfg") or {})}, folder, weights)


def weights_in(folder: Path) -> Path:
    """Return the weight file of a folder or the index of its shards; raise BackboneError if there is none."""
    names = [f"{stem}{suffix}" for suffix in WEIGHT_SUFFIXES for stem in ("model", "pytorch_model")]
    names = [*names, *(f"{name}{INDEX}" for name in names)]
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        found = [file for file in sorted(folder.iterdir()) if is_weight_file(file) and file.is_file()]
        found = found if len(found) == 1 else []
    if not found:
        held = ", ".join(sorted(file.name for file in folder.iterdir()))[:200]
        raise BackboneError("folder-without-weights", path=folder, files=held)
    return found[0]


FAMILY = Family(matches, blueprint)
