"""Residual networks for small images, from He et al. 2015 (arXiv:1512.03385).

timm lacks both variants used here: the CIFAR networks of the paper's section 4.2 (stride-1 stem, parameter-free
shortcuts, "option A"), whose published checkpoints use the parameter names below, and ``seedling`` (strided stem,
projection shortcuts, "option B").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from torch import nn
from torch.nn import functional

Shortcut = Literal["pad", "project"]


class SmallResNet(nn.Module):
    """A 3x3 stem and one stage of basic blocks per width; (N, 3, H, W) -> (N, widths[-1])."""

    classifier = "linear"

    def __init__(
        self, *, widths: Sequence[int], depths: Sequence[int], stem_stride: int = 1, shortcut: Shortcut = "project"
    ) -> None:
        super().__init__()
        if shortcut not in get_args(Shortcut):  # read from a file, so the type is not guaranteed
            raise ValueError(f'shortcut is "pad" or "project", not "{shortcut}"')
        self.conv1 = nn.Conv2d(3, widths[0], 3, stride=stem_stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU()
        previous = widths[0]
        for index, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            blocks = [BasicBlock(previous, width, stride=2 if index else 1, shortcut=shortcut)]
            blocks += [BasicBlock(width, width, stride=1, shortcut=shortcut) for _ in range(depth - 1)]
            setattr(self, f"layer{index + 1}", nn.Sequential(*blocks))
            previous = width
        self.stages = tuple(f"layer{index + 1}" for index in range(len(widths)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward_features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the last feature map (N, C, H, W)."""
        out: torch.Tensor = self.relu(self.bn1(self.conv1(inputs)))
        for stage in self.stages:
            out = self.get_submodule(stage)(out)
        return out

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the globally averaged last feature map, (N, C)."""
        return self.forward_features(inputs).mean((2, 3))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with BatchNorm, added to a shortcut."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, shortcut: Shortcut) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = _shortcut(inputs, outputs, stride, shortcut)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Feature map (N, inputs, H, W) -> feature map (N, outputs, H / stride, W / stride)."""
        out = functional.relu(self.bn1(self.conv1(inputs)))
        return functional.relu(self.bn2(self.conv2(out)) + self.shortcut(inputs))


class PadShortcut(nn.Module):
    """The shortcut "option A": keep every second row and column; add zero channels, half in front and half behind."""

    def __init__(self, *, new_channels: int) -> None:
        super().__init__()
        self.new_channels = new_channels

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Feature map (N, C, H, W) -> feature map (N, C + new_channels, H / 2, W / 2)."""
        half = self.new_channels // 2
        return functional.pad(inputs[:, :, ::2, ::2], (0, 0, 0, 0, half, self.new_channels - half))


def _shortcut(inputs: int, outputs: int, stride: int, shortcut: Shortcut) -> nn.Module:
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    if shortcut == "pad":
        return PadShortcut(new_channels=outputs - inputs)
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:  # noqa: ARG001
    """Return a SmallResNet with random weights."""
    return SmallResNet(**arguments)
