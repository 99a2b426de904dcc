"""Networks that timm builds, without weights."""

from __future__ import annotations

from typing import Any

from torch import nn

from ghep.backbone.deferred import timm_module
from ghep.errors import BackboneError, did_you_mean


def timm_network(name: str, arguments: dict[str, Any]) -> nn.Module:
    """Return timm's ``name`` without a head; raise BackboneError for a name that timm does not have."""
    timm = timm_module()
    if not timm.is_model(name):
        raise BackboneError(f'timm {timm.__version__} has no model "{name}"', remedy=did_you_mean(name, timm_names()))
    net: nn.Module = timm.create_model(name, num_classes=0, **arguments)
    return net


def mobilenet_v1(name: str, arguments: dict[str, Any]) -> nn.Module:
    """Return a MobileNetV1 of any width: the one network outside timm's registry that files in the wild name."""
    timm_module()
    from timm.models.efficientnet import _gen_mobilenet_v1

    net: nn.Module = _gen_mobilenet_v1(name, num_classes=0, **arguments)
    return net


def timm_names() -> list[str]:
    """Return every architecture timm can build."""
    return list(timm_module().list_models())
