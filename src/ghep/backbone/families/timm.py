"""Any of timm's architectures by name, with weights from its hub or from a file: ``timm/NAME[@FILE]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blueprint import (
    Blueprint,
    Family,
    card_in,
    json_beside,
    json_object,
    numbers_in,
    origin_in,
    preprocess_of,
)
from ghep.backbone.families.keras import from_keras
from ghep.backbone.hub import hub_network
from ghep.backbone.keras_files import is_keras_file
from ghep.backbone.request import Request
from ghep.backbone.suggestions import meant, offline_hint
from ghep.backbone.timm_networks import timm_names
from ghep.errors import BackboneError, did_you_mean
from ghep.storage.paths import path_named
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name begins with ``timm/``."""
    return request.name.startswith("timm/")


def blueprint(request: Request) -> Blueprint:
    """Return the architecture, and the file of its weights if one is named."""
    architecture, at, file = request.name.removeprefix("timm/").partition("@")
    if at and not file.strip():
        raise BackboneError(
            f'no file is named after the @ of "{request.name}"',
            remedy=f"pass timm/{architecture}@path/to/weights.safetensors, or timm/{architecture} for the hub's",
        )
    return _named(architecture, file)


def _named(name: str, file: str) -> Blueprint:
    known = timm_names()
    if name.partition(".")[0] not in known:
        near = meant(f"timm/{name}") if name else ""
        remedy = near if near.startswith("did you mean") else str(did_you_mean(name.lower(), known))
        raise BackboneError(f'timm has no architecture "{name}"', remedy=remedy if name else offline_hint(""))
    if file and not path_named(file, error=BackboneError, what="backbone").expanduser().is_file():
        raise BackboneError(f"{file} is not a file", remedy=f"pass timm/{name}@path/to/weights.safetensors")
    if not file:
        return Blueprint(Architecture("timm", name), Card(f"timm/{name}", "timm's hub"), None, fetched=_from_hub)
    weights = Path(file).expanduser()
    if is_keras_file(weights):
        return from_keras(weights, named=name)
    beside = json_beside(weights)
    config = json_object(read_json(beside, error=BackboneError, what="card"), beside) if beside.is_file() else {}
    card = replace(card_in(config, weights), name=f"timm/{name}", source=origin_in(config, weights.name))
    return Blueprint(_as_named(name, config), card, weights, numbers=numbers_in(config))


def _as_named(name: str, config: Mapping[str, Any]) -> Architecture:
    """The architecture that the user named, with the card's arguments where the card speaks of the same one.

    Without them a network that pads otherwise takes the weights and computes another function.
    """
    described = Architecture("timm", name) if "build" in config else Architecture.from_card(config)
    same = described.builder == "timm" and described.name.partition(".")[0] == name.partition(".")[0]
    return replace(described, name=name) if same else Architecture("timm", name)


def _from_hub(blueprint: Blueprint) -> Backbone:
    """Let timm fetch the weights; the user asked for them by naming a hub backbone."""
    name = blueprint.architecture.name
    try:
        net = hub_network(name, **blueprint.architecture.arguments)
    except Exception as error:  # no network, no such weights, no disk: timm and its hub raise many kinds
        raise BackboneError(
            f"timm/{name} needs its weights from the hub, and they cannot be had ({type(error).__name__})",
            remedy=f"pass a local file as timm/{name}@path/to/weights.safetensors; {offline_hint('')}",
        ) from error
    return assemble(
        net,
        architecture=blueprint.architecture,
        preprocess=blueprint.preprocess or preprocess_of(net, {}),
        card=_hub_card(net, blueprint.card),
    )


def _hub_card(net: torch.nn.Module, card: Card) -> Card:
    config = getattr(net, "pretrained_cfg", None) or {}
    return Card(
        card.name,
        str(config.get("hf_hub_id") or config.get("url") or "timm's hub"),
        str(config.get("license", "unknown")),
    )


FAMILY = Family(matches, blueprint)
