"""Attacks within a bound on each pixel: projected gradient ascent, the single step, and random noise.

In: photos, a goal, and for each photo the most levels that a pixel may change (epsilon 2/255 is 2 levels). Out: levels
in the bound, whole numbers, and the margin of the goal that the model gives to exactly these.

Source of the iteration: Madry et al. 2018, arXiv 1706.06083, with the momentum of Croce and Hein 2020, arXiv
2003.01690, section 3. The step falls from twice the bound to nothing along a cosine. The best point is kept, and a
photo whose margin is ``confidence`` or more is finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ghep.explanation.attack.goal import Goal
from ghep.explanation.attack.victim import Photo, Victim, whole

MOMENTUM = 0.75
CONFIDENCE = 1.0
"""Logits by which the goal is to be exceeded before a photo is finished: another decoder or engine should agree."""


@dataclass(frozen=True)
class Found:
    """What an attack found for N photos."""

    levels: list[torch.Tensor]
    """N tensors (1, 3, H, W), whole levels."""
    margin: torch.Tensor
    """(N,) in logits; above 0 if the goal is reached."""
    passes: torch.Tensor
    """(N,) gradients, or queries, that were computed for each photo."""

    @property
    def reached(self) -> torch.Tensor:
        """Return whether the goal is reached, bool (N,)."""
        return self.margin > 0


def pgd(
    victim: Victim,
    photos: Sequence[Photo],
    goal: Goal,
    bounds: Sequence[int],
    *,
    steps: int,
    restarts: int = 1,
    loss: str = "auto",
    confidence: float = CONFIDENCE,
    generator: torch.Generator,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Attack by projected gradient ascent; ``bounds`` (N) are levels.

    The first start is the photo itself, others are random in the bound; only photos whose goal is not reached start
    again. With ``loss`` auto, starts alternate between the soft and the plain margin.
    """
    count = len(photos)
    found = Found([one.levels for one in photos], torch.full((count,), -torch.inf), torch.zeros(count))
    for start in range(restarts):
        kind = ("soft", "margin")[start % 2] if loss == "auto" else loss
        active = [place for place in range(count) if not found.margin[place] > 0]
        moved = [_start(photos[place], bounds[place], generator, random=start > 0) for place in active]
        before = list(moved)
        for step in range(steps + 1):
            if progress is not None:
                progress(start * (steps + 1) + step, restarts * (steps + 1))
            if not active:
                break
            now = [photos[place].levels + one for place, one in zip(active, moved, strict=True)]
            mine = [photos[place] for place in active]
            if step < steps:
                logits, slopes = victim.slopes(mine, now, goal.rows(active), kind)
            else:
                logits, slopes = victim.logits(mine, now), []
            margins = goal.rows(active).margin(logits).cpu()
            for place, one, margin in zip(active, now, margins, strict=True):
                found.passes[place] += 1
                if margin > found.margin[place]:
                    found.margin[place] = margin
                    found.levels[place] = whole(one).detach()
            if step == steps:
                break
            going = [i for i, margin in enumerate(margins.tolist()) if margin < confidence]
            size = 2 * 0.5 * (1 + math.cos(math.pi * step / steps))
            ahead = [_step(photos[active[i]], bounds[active[i]], moved[i], before[i], slopes[i], size) for i in going]
            before, moved = [moved[i] for i in going], ahead
            active = [active[i] for i in going]
    return found


def single_step(
    victim: Victim, photos: Sequence[Photo], goal: Goal, bounds: Sequence[int], *, loss: str = "margin"
) -> Found:
    """Attack with one step to the edge of the bound (Goodfellow et al. 2015, arXiv 1412.6572)."""
    _, slopes = victim.slopes(photos, [one.levels for one in photos], goal, loss)
    moved = [
        (one.levels + bound * slope.sign()).clamp(0, 255)
        for one, bound, slope in zip(photos, bounds, slopes, strict=True)
    ]
    return Found(moved, goal.margin(victim.logits(photos, moved)).cpu(), torch.ones(len(photos)))


def noise(
    victim: Victim, photos: Sequence[Photo], goal: Goal, bounds: Sequence[int], *, generator: torch.Generator
) -> Found:
    """Return the result of ``noisy``: what an attack is compared with."""
    moved = noisy(photos, bounds, generator=generator)
    return Found(moved, goal.margin(victim.logits(photos, moved)).cpu(), torch.ones(len(photos)))


def noisy(photos: Sequence[Photo], bounds: Sequence[int], *, generator: torch.Generator) -> list[torch.Tensor]:
    """Return levels in which each value of each pixel is moved to the edge of the bound, up or down at random."""
    return [
        (one.levels + bound * _signs(one.levels, generator)).clamp(0, 255)
        for one, bound in zip(photos, bounds, strict=True)
    ]


def _start(photo: Photo, bound: int, generator: torch.Generator, *, random: bool) -> torch.Tensor:
    if not random:
        return torch.zeros_like(photo.levels)
    drawn = torch.rand(photo.levels.shape, generator=generator).to(photo.levels.device)
    return _inside(photo, bound, (2 * drawn - 1) * bound)


def _step(
    photo: Photo, bound: int, moved: torch.Tensor, before: torch.Tensor, slope: torch.Tensor, size: float
) -> torch.Tensor:
    ahead = _inside(photo, bound, moved + size * bound * slope.sign())
    return _inside(photo, bound, moved + MOMENTUM * (ahead - moved) + (1 - MOMENTUM) * (moved - before))


def _inside(photo: Photo, bound: int, moved: torch.Tensor) -> torch.Tensor:
    return (photo.levels + moved.clamp(-bound, bound)).clamp(0, 255) - photo.levels


def _signs(levels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    drawn = torch.randint(0, 2, levels.shape, generator=generator)
    return (2 * drawn - 1).to(levels.device, levels.dtype)
