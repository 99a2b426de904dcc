"""Tiny models under attack: healthy ones, and ones whose gradients mislead, each in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.explanation.attack.victim import Photo
from ghep.explanation.subject import Subject
from tiny import tiny_backbone, tiny_data

CLASSES = 3


class _Backward(torch.autograd.Function):
    """The identity with another gradient."""

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        ctx.change = change
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> Any:
        return ctx.change(slopes[0]), None


class Front(nn.Module):
    """A defence in front of a network, at its input."""

    def __init__(self, net: nn.Module, defence: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.net, self.defence = net, defence

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.net(self.defence(inputs))
        return found


def rounded(inputs: torch.Tensor) -> torch.Tensor:
    """Few levels: the gradient is zero everywhere."""
    return (inputs * 4).round() / 4


def random_gradient(inputs: torch.Tensor) -> torch.Tensor:
    """Shattered gradients."""
    return _Backward.apply(inputs, torch.randn_like)  # type: ignore[no-any-return]


def turned(inputs: torch.Tensor) -> torch.Tensor:
    """Gradients that point the other way."""
    return _Backward.apply(inputs, torch.neg)  # type: ignore[no-any-return]


def noisy(inputs: torch.Tensor) -> torch.Tensor:
    """A random input: two passes differ."""
    return inputs + 0.3 * torch.randn_like(inputs)


PLANTS = {"rounded": rounded, "random_gradient": random_gradient, "turned": turned, "noisy": noisy}


class Saturated(nn.Module):
    """Logits that are squeezed until their gradient is zero in float32."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = (1000 * self.head(features)).tanh()
        return found + 1e-3 * found.detach().argmax(1, keepdim=True) * 0


def subject(seed: int = 0, *, plant: str = "", classes: int = CLASSES) -> Subject:
    """Return a model that is right about ``tiny_data`` of three classes (or of two)."""
    backbone = tiny_backbone(seed)
    data = tiny_data(60, classes=classes, seed=seed)
    pixels = backbone.preprocess.collate([example.raw for example in data.examples])
    with torch.no_grad():
        features = backbone.eval()(pixels)
    targets = torch.from_numpy(data.targets["label"])
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=60)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(head(features), targets) + 1e-3 * head.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    made: nn.Module = head
    if plant == "saturated":
        made = Saturated(head)
    elif plant:
        backbone.net = Front(backbone.net, PLANTS[plant])
    return Subject("tiny", backbone, made, tuple(f"class {k}" for k in range(classes)))


def pictures(count: int = 6, *, classes: int = CLASSES, seed: int = 50) -> list[np.ndarray]:
    """Return photos, uint8 (16, 16, 3)."""
    return [example.raw for example in tiny_data(count, classes=classes, seed=seed).examples]


def photo(model: Subject, pixels: np.ndarray) -> Photo:
    levels = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
    return Photo("photo", levels, model.transform(*pixels.shape[:2]))
