"""Keras applications (VGG, ResNet, Inception, MobileNet, EfficientNet) from ``.h5`` and ``.keras`` files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ghep.backbone.blueprint import Blueprint, Family, card_in, card_path, json_object, numbers_in, origin_in
from ghep.backbone.keras_files import is_keras_file, read_keras
from ghep.backbone.keras_names import keras_weights
from ghep.backbone.request import Request
from ghep.errors import BackboneError
from ghep.messages import Message, text_of
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name is a Keras file."""
    return request.path is not None and request.path.is_file() and is_keras_file(request.path)


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint (architecture and weights) of the file."""
    assert request.path is not None
    return from_keras(request.path)


def from_keras(path: Path, named: str = "") -> Blueprint:
    """Return the blueprint of a Keras file; a json next to the file overrides Keras' preprocessing.

    If ``named``, a timm name, is given, raise BackboneError if the file has another architecture.
    """
    found = keras_weights(read_keras(path), path)
    network = found.application.network
    if named and not _same_network(named, network):
        raise BackboneError("keras-other-application", path=path, found=found.application.name, named=named)
    file = card_path(path)
    config = (
        json_object(read_json(file, error=BackboneError, what=Message("weight-card")), file) if file.is_file() else {}
    )
    source = text_of("source-keras", file=origin_in(config, path.name), application=found.application.name)
    card = replace(card_in(config, path), source=source)
    numbers = {**found.numbers, **numbers_in(config)}
    return Blueprint(found.application.architecture, card, path, numbers=numbers, state=found.state)


def _same_network(named: str, network: str) -> bool:
    """Whether timm's name ``named`` (mobilenetv2_100) and ``network``, a name for ``keras_network``, mean the same."""
    plain = named.partition(".")[0].removeprefix("tf_")
    return plain in (network.removeprefix("tf_"), plain if plain.startswith(f"{network}_") else "")


FAMILY = Family(matches, blueprint)
