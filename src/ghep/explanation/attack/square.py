"""Random search within the bound, without gradients (Andriushchenko et al. 2020, arXiv 1912.00049).

In: photos, a goal and bounds in levels. Out: levels and margins. It needs nothing but logits, so it is not misled by
gradients that are zero, random or wrong; where it succeeds and a gradient attack does not, the gradients are masked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from ghep.explanation.attack.bounded import Found
from ghep.explanation.attack.goal import Goal
from ghep.explanation.attack.victim import Photo, Victim

FIRST_SHARE = 0.8
"""Share of the pixels in the first squares."""
HALVED_AT = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Parts of the queries after which the share is halved: those of the paper, as parts of its 10,000 queries."""


def square(
    victim: Victim,
    photos: Sequence[Photo],
    goal: Goal,
    bounds: Sequence[int],
    *,
    queries: int,
    generator: torch.Generator,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Attack by squares of a random colour at the edge of the bound; a square stays if it increases the margin."""
    count = len(photos)
    first = [_stripes(photo, bound, generator) for photo, bound in zip(photos, bounds, strict=True)]
    found = Found(first, goal.margin(victim.logits(photos, first)).cpu(), torch.ones(count))
    for query in range(1, queries):
        if progress is not None:
            progress(query + 1, queries)
        active = [place for place in range(count) if not found.margin[place] > 0]
        if not active:
            break
        share = FIRST_SHARE / 2 ** sum(query > part * queries for part in HALVED_AT)
        tried = [_with_square(photos[place], bounds[place], found.levels[place], share, generator) for place in active]
        margins = goal.rows(active).margin(victim.logits([photos[place] for place in active], tried)).cpu()
        for place, one, margin in zip(active, tried, margins, strict=True):
            found.passes[place] += 1
            if margin > found.margin[place]:
                found.levels[place], found.margin[place] = one, margin
    return found


def _stripes(photo: Photo, bound: int, generator: torch.Generator) -> torch.Tensor:
    shape = (1, 3, 1, photo.levels.shape[3])
    return (photo.levels + bound * _signs(shape, generator).to(photo.levels.device)).clamp(0, 255)


def _with_square(
    photo: Photo, bound: int, levels: torch.Tensor, share: float, generator: torch.Generator
) -> torch.Tensor:
    """Return ``levels`` with one square of the part of the photo that the network sees moved to the edge."""
    top, bottom, left, right = photo.transform.seen()
    tall, wide = bottom - top, right - left
    side = max(1, min(round(math.sqrt(share * tall * wide)), tall, wide))
    y = top + int(torch.randint(0, tall - side + 1, (), generator=generator))
    x = left + int(torch.randint(0, wide - side + 1, (), generator=generator))
    moved = levels.clone()
    here = (slice(None), slice(None), slice(y, y + side), slice(x, x + side))
    colour = _signs((1, 3, 1, 1), generator).to(levels.device)
    moved[here] = (photo.levels[here] + bound * colour).clamp(0, 255)
    return moved


def _signs(shape: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    return 2.0 * torch.randint(0, 2, tuple(shape), generator=generator) - 1
