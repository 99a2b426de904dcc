"""Bundles saved by ghep, including ``seedling``, the backbone included in ghep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.blueprint import Blueprint, Family
from ghep.backbone.installed import SEEDLING
from ghep.backbone.request import Request
from ghep.backbone.weights import weights_of
from ghep.data.modalities import preprocess_from
from ghep.data.text.tokens import TOKENIZER_FILE
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.folder import MANIFEST, read_folder, recover
from ghep.storage.paths import refuse_run
from ghep.storage.text import json_of

BUNDLE_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
"""Files of a bundle that a backbone needs; text backbones also need the tokenizer."""


def matches(request: Request) -> bool:
    """Whether the name is ``seedling`` or a folder written by ghep."""
    if request.name == "seedling":
        return True
    if request.path is None:
        return False
    recover(request.path)
    if not request.path.is_dir():
        return False
    refuse_run(request.path, error=BackboneError, manifest=MANIFEST)
    return "ghep" in request.config


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint of a bundle's backbone; raise BackboneError for a damaged bundle or a text-to-text model."""
    if request.name == "seedling":
        return from_bundle(SEEDLING)
    assert request.path is not None
    return from_bundle(request.path)


def from_bundle(folder: Path) -> Blueprint:
    """Return the blueprint of a bundle; all its files are verified before they are parsed."""
    files = read_folder(
        folder,
        error=BackboneError,
        what=Message("model-bundle"),
        required=BUNDLE_FILES,
        wanted={*BUNDLE_FILES, TOKENIZER_FILE},
    )
    config, numbers = (
        json_of(files[name], folder / name, error=BackboneError, what=Message("model-bundle"))
        for name in BUNDLE_FILES[:2]
    )

    def read(name: str) -> str:
        try:
            return files[name].decode()
        except (KeyError, UnicodeDecodeError) as cause:
            raise BackboneError("backbone-file-unreadable", path=folder / name) from cause

    preprocess = preprocess_from(numbers, read)
    if "backbone" not in config:
        raise BackboneError("config-without-backbone", path=folder / "config.json")
    parts = config["backbone"]
    if not isinstance(parts, Mapping) or not {"architecture", "card"} <= parts.keys():
        raise BackboneError("config-backbone-invalid", path=folder / "config.json", found=f"{parts!r:.80}")
    architecture = Architecture.from_json(parts["architecture"])
    if architecture.builder == "text-to-text":
        raise BackboneError("bundle-is-text2text", path=folder)
    weights = folder / "model.safetensors"
    state = weights_of(files[weights.name], weights)
    return Blueprint(architecture, Card.from_json(parts["card"]), weights, preprocess, prefix="backbone.", state=state)


FAMILY = Family(matches, blueprint)
