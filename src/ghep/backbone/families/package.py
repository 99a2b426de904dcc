"""ImageNet networks whose weights are in a package (``efficientnet-lite0``)."""

from __future__ import annotations

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.blueprint import Blueprint, Family
from ghep.backbone.packages import imagenet_labels, package_of
from ghep.backbone.request import Request


def matches(request: Request) -> bool:
    """Whether the name is a package with one of timm's architectures."""
    package = package_of(request.name)
    return package is not None and bool(package.architecture)


def blueprint(request: Request) -> Blueprint:
    """Return the blueprint of the package's network and weights; raise BackboneError if it is not installed."""
    package = package_of(request.name)
    assert package is not None
    weights = package.file()
    card = Card(package.name, package.source, package.licence, source_labels=imagenet_labels())
    return Blueprint(Architecture("timm", package.architecture), card, weights, numbers=package.numbers)


FAMILY = Family(matches, blueprint)
