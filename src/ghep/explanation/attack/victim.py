"""The model under attack, as a function of the pixels of photos of any size: logits, and gradients of a goal.

In: levels, the values 0 to 255 of a photo's own pixels, float32 (1, 3, H, W). The forward pass sees whole levels, as a
PNG file holds them; backward, this rounding counts as the identity. Photos of different sizes share a batch, because
each goes through its own resize.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ghep.data.image.differentiable import PixelTransform
from ghep.explanation.attack.goal import Goal
from ghep.explanation.subject import Subject

BATCH = 16
"""Photos in one pass: more are not faster on a processor, and need memory for the gradients."""


@dataclass(frozen=True)
class Photo:
    """A photo under attack."""

    name: str
    """As given: the path."""
    levels: torch.Tensor
    """float32 (1, 3, H, W), whole numbers from 0 to 255."""
    transform: PixelTransform

    @property
    def pixels(self) -> np.ndarray:
        """Return uint8 (H, W, 3)."""
        return pixels_in(self.levels)


def pixels_in(levels: torch.Tensor) -> np.ndarray:
    """Return levels (1, 3, H, W), rounded, as uint8 (H, W, 3)."""
    rounded: np.ndarray = levels.detach()[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return rounded


@dataclass(frozen=True)
class Victim:
    """The model under attack."""

    subject: Subject
    batch: int = BATCH

    def inputs(self, photos: Sequence[Photo], levels: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the network's input (N, 3, h, w) for the photos with other ``levels``."""
        parts = [one.transform(whole(now) / 255) for one, now in zip(photos, levels, strict=True)]
        return torch.cat(parts).contiguous(memory_format=torch.channels_last)

    def logits(self, photos: Sequence[Photo], levels: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the logits (N, K), without gradients."""
        with torch.no_grad():
            parts = [
                self.subject.logits(self.inputs(photos[part], levels[part])) for part in _parts(len(photos), self.batch)
            ]
        return torch.cat(parts) if parts else torch.zeros(0, len(self.subject.labels))

    def slopes(
        self, photos: Sequence[Photo], levels: Sequence[torch.Tensor], goal: Goal, loss: str = "margin"
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return the logits (N, K), and for each photo the gradient (1, 3, H, W) of the goal's ``loss`` by levels."""
        logits, slopes = list[torch.Tensor](), list[torch.Tensor]()
        for part in _parts(len(photos), self.batch):
            leaves = [one.detach().requires_grad_(True) for one in levels[part]]
            found = self.subject.logits(self.inputs(photos[part], leaves))
            total = Goal(goal.wanted[part]).loss(found, loss).sum()
            slopes += torch.autograd.grad(total, leaves) if total.requires_grad else map(torch.zeros_like, leaves)
            logits.append(found.detach())
        return torch.cat(logits), slopes


def whole(levels: torch.Tensor) -> torch.Tensor:
    """Return ``levels`` rounded to whole numbers from 0 to 255; the gradient passes as if there were no rounding."""
    return levels + (levels.round().clamp(0, 255) - levels).detach()


def _parts(count: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
