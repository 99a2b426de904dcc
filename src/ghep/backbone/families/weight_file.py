"""A file of weights and the json next to it, which says what they are; or the json alone, for random weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ghep.backbone.architecture import Architecture
from ghep.backbone.blueprint import Blueprint, Family, card_in, json_beside, json_object, numbers_in
from ghep.backbone.request import Request
from ghep.backbone.weights import refuse_format
from ghep.errors import BackboneError
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether it is a file: whatever no other family took."""
    return request.path is not None and request.path.is_file()


def blueprint(request: Request) -> Blueprint:
    """Read the json; raise BackboneError where there is none, and for a format that cannot be read."""
    path = request.path
    assert path is not None
    if path.suffix == ".json":
        return from_card(read_json(path, error=BackboneError, what="architecture"), path, None)
    refuse_format(path)
    return from_card(card_beside(path), path, path)


def card_beside(path: Path) -> dict[str, Any]:
    """Return the json next to a weight file; raise BackboneError if there is none."""
    card = json_beside(path)
    if not card.is_file():
        raise BackboneError(
            f"nothing says which architecture the weights in {path.name} belong to",
            remedy=f"name it, as timm/<architecture>@{path}, or put a {card.name} next to it",
        )
    found: dict[str, Any] = read_json(card, error=BackboneError, what="card")
    return found


def from_card(config: Mapping[str, Any], path: Path, weights: Path | None) -> Blueprint:
    """Return what a json and the weights it belongs to make."""
    config = json_object(config, path)
    card = replace(card_in(config, path), pretrained=weights is not None)
    return Blueprint(Architecture.from_card(config), card, weights, numbers=numbers_in(config))


FAMILY = Family(matches, blueprint)
