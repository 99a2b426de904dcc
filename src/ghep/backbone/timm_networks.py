"""Build timm's networks, without pretrained weights."""

from __future__ import annotations

from typing import Any

from torch import nn

from ghep.backbone.deferred import timm_module
from ghep.errors import BackboneError, did_you_mean


def timm_network(name: str, arguments: dict[str, Any]) -> nn.Module:
    """Return timm's network ``name`` without a head; raise BackboneError for an unknown name."""
    timm = timm_module()
    if not timm.is_model(name):
        hint = did_you_mean(name, timm_names())
        raise BackboneError("timm-without-model", version=timm.__version__, name=name, hint=hint)
    net: nn.Module = timm.create_model(name, num_classes=0, **arguments)
    return net


def mobilenet_v1(name: str, arguments: dict[str, Any]) -> nn.Module:
    """Return a MobileNetV1 of any width; published weight files use widths that timm's registry lacks."""
    timm_module()
    from timm.models.efficientnet import _gen_mobilenet_v1

    net: nn.Module = _gen_mobilenet_v1(name, num_classes=0, **arguments)
    return net


def timm_names() -> list[str]:
    """Return the names of all architectures in timm."""
    return list(timm_module().list_models())
