"""A bundle that ghep saved, and the backbone that comes inside ghep (``seedling``), which is one."""

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
from ghep.storage.folder import MANIFEST, read_folder, recover
from ghep.storage.paths import refuse_run
from ghep.storage.text import json_of

BUNDLE_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
"""What a backbone takes from a bundle; of texts the tokenizer, too."""


def matches(request: Request) -> bool:
    """Whether it is the embedded backbone, or a folder that ghep wrote."""
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
    """Read the backbone of a bundle; raise BackboneError for a damaged one, and for one that writes its labels."""
    if request.name == "seedling":
        return from_bundle(SEEDLING)
    assert request.path is not None
    return from_bundle(request.path)


def from_bundle(folder: Path) -> Blueprint:
    """Return what a bundle holds: its files are checked before anything is read."""
    files = read_folder(
        folder, error=BackboneError, what="bundle", required=BUNDLE_FILES, wanted={*BUNDLE_FILES, TOKENIZER_FILE}
    )
    config, numbers = (
        json_of(files[name], folder / name, error=BackboneError, what="bundle") for name in BUNDLE_FILES[:2]
    )

    def read(name: str) -> str:
        try:
            return files[name].decode()
        except (KeyError, UnicodeDecodeError) as cause:
            raise BackboneError(f"{folder / name} cannot be read", remedy="copy the bundle again") from cause

    preprocess = preprocess_from(numbers, read)
    if "backbone" not in config:
        raise BackboneError(
            f"{folder / 'config.json'} has no backbone", remedy="save the bundle again with this version of ghep"
        )
    parts = config["backbone"]
    if not isinstance(parts, Mapping) or not {"architecture", "card"} <= parts.keys():
        raise BackboneError(
            f"the backbone of {folder / 'config.json'} is {parts!r:.80}; expected an architecture and a card",
            remedy="copy the bundle again",
        )
    architecture = Architecture.from_json(parts["architecture"])
    if architecture.builder == "text-to-text":
        raise BackboneError(
            f"{folder} writes its labels: the decoder that does belongs to them, and cannot be grafted on others",
            remedy="pass the T5 it was made of, as text2text/<folder or name>, or its encoder by the folder alone",
        )
    weights = folder / "model.safetensors"
    state = weights_of(files[weights.name], weights)
    return Blueprint(architecture, Card.from_json(parts["card"]), weights, preprocess, prefix="backbone.", state=state)


FAMILY = Family(matches, blueprint)
