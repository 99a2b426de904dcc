"""Build networks that are equivalent to Keras applications: timm's networks with the changes below, and ResNetV2.

timm's networks differ from Keras' in details that timm's arguments do not cover. ``keras_network`` changes them after
building; the changes are arguments of the architecture:

- ``norm_eps``: epsilon of every BatchNorm;
- ``stride_first``: bottlenecks stride in the first 1x1 convolution (ResNet v1), not in the 3x3 one;
- ``own_border``: 3x3 average pooling excludes the zero padding (InceptionV3);
- ``without``: parts missing from files saved with ``include_top=False`` (VGG's dense layers, MobileNetV3's last ones).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ghep.backbone.deferred import timm_module

RESNET_V2 = {"resnet50v2": (3, 4, 6, 3), "resnet101v2": (3, 4, 23, 3), "resnet152v2": (3, 8, 36, 3)}
"""Bottlenecks per stage."""
REMOVABLE = ("pre_logits", "conv_head", "norm_head", "act2")
MULTIPLIED = ("mobilenetv1", "mobilenetv2")
"""Networks with a ``channel_multiplier`` (Keras' alpha); timm does not register every value."""
NORM_EPS = 1.001e-5
"""BatchNorm epsilon of Keras' ResNets and DenseNets."""


def keras_network(
    name: str,
    *,
    norm_eps: float | None = None,
    stride_first: bool = False,
    own_border: bool = False,
    without: Sequence[str] = (),
    **arguments: Any,
) -> nn.Module:
    """Return timm's network ``name``, or a ResNetV2, without a classifier and with the changes applied.

    Raises ValueError for parts in ``without`` that the network does not have.
    """
    if name in RESNET_V2:
        return ResNetV2(RESNET_V2[name], **arguments)
    net: nn.Module
    if name in MULTIPLIED:
        timm_module()
        from timm.models import efficientnet

        generate = efficientnet._gen_mobilenet_v1 if name == "mobilenetv1" else efficientnet._gen_mobilenet_v2
        net = generate(f"{name}_100", num_classes=0, **arguments)
    else:
        net = timm_module().create_model(name, num_classes=0, **arguments)
    unknown = [part for part in without if part not in REMOVABLE or not hasattr(net, part)]
    if unknown:
        raise ValueError(f"{name} cannot be built without {', '.join(unknown)}")
    for part in without:
        setattr(net, part, nn.Identity())
    modules: list[Any] = list(net.modules())
    for module in modules:
        if norm_eps is not None and isinstance(module, nn.BatchNorm2d):
            module.eps = norm_eps
        if stride_first and isinstance(getattr(module, "conv3", None), nn.Conv2d):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
        if own_border and isinstance(getattr(module, "branch_pool", None), nn.Module):
            module.branch_pool = nn.Sequential(OwnBorder(), module.branch_pool)
    return net


class OwnBorder(nn.Module):
    """Correct the output of a 3x3 average pooling that counts zero padding, so that padding does not count."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Correct the output (N, C, H, W) of the pooling: multiply the edges by 9/6 and the corners by 9/4."""
        counted = functional.avg_pool2d(torch.ones_like(inputs[:1, :1]), 3, stride=1, padding=1)
        return inputs / counted


class ResNetV2(nn.Module):
    """Keras' ResNet50V2, 101V2 and 152V2 (pre-activation, arXiv:1603.05027); (N, 3, H, W) -> (N, 2048).

    Differences from other implementations: the last bottleneck of a stage has the stride, its shortcut subsamples the
    unnormalised input, and the first pooling uses zero padding on maps that were not rectified.
    """

    classifier = "head"

    def __init__(self, depths: Sequence[int]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.pool = nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(3, stride=2))
        inputs = 64
        for stage, depth in enumerate(depths):
            width = 64 * 2**stage
            blocks = []
            for block in range(depth):
                stride = 2 if block == depth - 1 and stage < len(depths) - 1 else 1
                blocks.append(PreactBottleneck(inputs, width, stride=stride, project=block == 0))
                inputs = 4 * width
            setattr(self, f"stage{stage + 1}", nn.Sequential(*blocks))
        self.stages = tuple(f"stage{stage + 1}" for stage in range(len(depths)))
        self.norm = nn.BatchNorm2d(inputs, eps=NORM_EPS)

    def forward_features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the last feature map (N, 2048, H / 32, W / 32)."""
        out: torch.Tensor = self.pool(self.conv1(inputs))
        for stage in self.stages:
            out = self.get_submodule(stage)(out)
        return functional.relu(self.norm(out))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the globally averaged last feature map, (N, 2048)."""
        return self.forward_features(inputs).mean((2, 3))


class PreactBottleneck(nn.Module):
    """Pre-activation bottleneck: norms with 1x1, 3x3 and 1x1 convolutions, added to a shortcut."""

    def __init__(self, inputs: int, width: int, *, stride: int, project: bool) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs, eps=NORM_EPS)
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width, eps=NORM_EPS)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(width, eps=NORM_EPS)
        self.conv3 = nn.Conv2d(width, 4 * width, 1)
        self.shortcut = nn.Conv2d(inputs, 4 * width, 1) if project else None
        self.stride = stride

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Feature map (N, inputs, H, W) -> feature map (N, 4 * width, H / stride, W / stride)."""
        activated = functional.relu(self.norm1(inputs))
        shortcut = inputs[:, :, :: self.stride, :: self.stride] if self.shortcut is None else self.shortcut(activated)
        out = functional.relu(self.norm2(self.conv1(activated)))
        out = functional.relu(self.norm3(self.conv2(out)))
        found: torch.Tensor = self.conv3(out) + shortcut
        return found


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Return the network ``name``, changed by ``arguments``, with random weights."""
    return keras_network(name, **arguments)
