"""Weights of Keras applications: VGG, ResNet, Inception, MobileNet, EfficientNet, from ``.h5`` and ``.keras`` files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ghep.backbone.blueprint import Blueprint, Family, card_in, json_beside, json_object, numbers_in, origin_in
from ghep.backbone.keras_files import is_keras_file, read_keras
from ghep.backbone.keras_names import keras_weights
from ghep.backbone.request import Request
from ghep.errors import BackboneError
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether it is a file of Keras."""
    return request.path is not None and request.path.is_file() and is_keras_file(request.path)


def blueprint(request: Request) -> Blueprint:
    """Read the architecture and the weights of the file."""
    assert request.path is not None
    return from_keras(request.path)


def from_keras(path: Path, named: str = "") -> Blueprint:
    """Return what a file of Keras' weights holds, which must be the architecture ``named`` if one is.

    A json next to it may say with which preprocessing it was trained, if not with Keras' own.
    """
    found = keras_weights(read_keras(path), path)
    network = found.application.network
    if named and not _same_network(named, network):
        raise BackboneError(
            f"{path} holds Keras' {found.application.name}, not {named}",
            remedy="pass the path alone: the architecture is read from the file",
        )
    beside = json_beside(path)
    config = json_object(read_json(beside, error=BackboneError, what="card"), beside) if beside.is_file() else {}
    card = replace(card_in(config, path), source=f"{origin_in(config, path.name)}, Keras' {found.application.name}")
    numbers = {**found.numbers, **numbers_in(config)}
    return Blueprint(found.application.architecture, card, path, numbers=numbers, state=found.state)


def _same_network(named: str, network: str) -> bool:
    """Whether a name of timm's means a network that ``keras_network`` builds: mobilenetv2_100 is its mobilenetv2."""
    plain = named.partition(".")[0].removeprefix("tf_")
    return plain in (network.removeprefix("tf_"), plain if plain.startswith(f"{network}_") else "")


FAMILY = Family(matches, blueprint)
