"""timm's architectures by name, with weights from its hub or from a file: ``timm/NAME[@FILE]``."""

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
    card_path,
    json_object,
    numbers_in,
    origin_in,
    preprocess_of,
)
from ghep.backbone.families.keras import from_keras
from ghep.backbone.hub import hub_network
from ghep.backbone.keras_files import is_keras_file
from ghep.backbone.request import Request
from ghep.backbone.suggestions import offline_hint, suggestion
from ghep.backbone.timm_networks import timm_names
from ghep.errors import BackboneError, did_you_mean
from ghep.messages import Message, text_of
from ghep.storage.paths import path_named
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name begins with ``timm/``."""
    return request.name.startswith("timm/")


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint of the architecture and, if one is named, of the weight file."""
    architecture, at, file = request.name.removeprefix("timm/").partition("@")
    if at and not file.strip():
        raise BackboneError("timm-file-missing", name=request.name, architecture=architecture)
    return _named(architecture, file)


def _named(name: str, file: str) -> Blueprint:
    known = timm_names()
    if name.partition(".")[0] not in known:
        hint = suggestion(f"timm/{name}") if name else offline_hint()
        if name and not hint.code.startswith("did-you-mean"):
            hint = did_you_mean(name.lower(), known)
        raise BackboneError("timm-unknown-architecture", name=name, hint=hint)
    if file and not path_named(file, error=BackboneError, what=Message("named-backbone")).expanduser().is_file():
        raise BackboneError("timm-not-a-file", path=file, architecture=name)
    if not file:
        card = Card(f"timm/{name}", text_of("source-timm-hub"))
        return Blueprint(Architecture("timm", name), card, None, fetched=_from_hub)
    weights = Path(file).expanduser()
    if is_keras_file(weights):
        return from_keras(weights, named=name)
    card_file = card_path(weights)
    config = (
        json_object(read_json(card_file, error=BackboneError, what=Message("weight-card")), card_file)
        if card_file.is_file()
        else {}
    )
    card = replace(card_in(config, weights), name=f"timm/{name}", source=origin_in(config, weights.name))
    return Blueprint(_as_named(name, config), card, weights, numbers=numbers_in(config))


def _as_named(name: str, config: Mapping[str, Any]) -> Architecture:
    """Return timm's architecture ``name``, with the arguments in ``config`` if that describes the same architecture.

    ``config`` is the json next to the weights. Its arguments may change the padding: without them the network would
    accept the weights and compute a different function.
    """
    described = Architecture("timm", name) if "build" in config else Architecture.from_card(config)
    same = described.builder == "timm" and described.name.partition(".")[0] == name.partition(".")[0]
    return replace(described, name=name) if same else Architecture("timm", name)


def _from_hub(blueprint: Blueprint) -> Backbone:
    """Return the backbone with weights that timm downloads, which the user requested by naming a hub backbone."""
    name = blueprint.architecture.name
    try:
        net = hub_network(name, **blueprint.architecture.arguments)
    except Exception as error:  # no network, no such weights, no disk: timm and its hub raise many types
        kind = type(error).__name__
        raise BackboneError("hub-timm-unavailable", name=name, kind=kind, offline=offline_hint()) from error
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
        str(config.get("hf_hub_id") or config.get("url") or card.source),
        str(config.get("license", "unknown")),
    )


FAMILY = Family(matches, blueprint)
