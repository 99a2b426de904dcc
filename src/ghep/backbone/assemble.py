"""Wrap a network and its preprocessing in the class for image, text or text-to-text backbones."""

from __future__ import annotations

from importlib import import_module

from torch import nn

from ghep.backbone.architecture import BACKBONES, Architecture
from ghep.backbone.base import Backbone, Card
from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import modality_named
from ghep.types import Finding


def assemble(
    net: nn.Module,
    *,
    architecture: Architecture,
    preprocess: Preprocess,
    card: Card,
    findings: tuple[Finding, ...] = (),
) -> Backbone:
    """Return ``net`` wrapped as a backbone.

    The class depends on the builder of ``architecture`` or, if that has no class of its own, on the modality of
    ``preprocess`` (images or texts).
    """
    place = BACKBONES.get(architecture.builder) or modality_named(preprocess.modality).backbone
    module, _, name = place.partition(":")
    kind: type[Backbone] = getattr(import_module(module), name)
    return kind(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
