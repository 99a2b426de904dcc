"""A weight file with a json that describes it, or the json alone, for random weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.backbone.architecture import Architecture
from ghep.backbone.blueprint import Blueprint, Family, card_in, card_path, json_object, numbers_in
from ghep.backbone.request import Request
from ghep.backbone.weights import refuse_format
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name is a file; the families for other kinds of files are tried before this family."""
    return request.path is not None and request.path.is_file()


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint from the json; raise BackboneError if it is missing or the weight format unsupported."""
    path = request.path
    assert path is not None
    if path.suffix == ".json":
        return from_card(read_json(path, error=BackboneError, what=Message("architecture-file")), path, None)
    refuse_format(path)
    return from_card(read_card(path), path, path)


def read_card(path: Path) -> dict[str, Any]:
    """Return the content of the json next to the weight file ``path``; raise BackboneError if it is missing."""
    card = card_path(path)
    if not card.is_file():
        raise BackboneError("weights-without-card", name=path.name, path=path, card=card.name)
    found: dict[str, Any] = read_json(card, error=BackboneError, what=Message("weight-card"))
    return found


def from_card(config: Mapping[str, Any], path: Path, weights: Path | None) -> Blueprint:
    """Return the blueprint from ``config``, the content of the json at ``path``; ``weights`` None: random weights."""
    config = json_object(config, path)
    card = replace(card_in(config, path), pretrained=weights is not None)
    return Blueprint(Architecture.from_card(config), card, weights, numbers=numbers_in(config))


FAMILY = Family(matches, blueprint)
