"""The smallest change in Euclidean distance (Carlini and Wagner 2017, arXiv 1608.04644), saved in 8 bits.

In: photos and a goal. Out: levels, whole numbers, and their distance. A pixel may change by any amount, so "reached" is
nearly certain: the result is the distance. The published attack is measured on real numbers, and most of its changes
are below half a level and vanish when saved. Here the forward pass sees whole levels, and the distance is that of the
saved file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from ghep.explanation.attack.bounded import Found
from ghep.explanation.attack.goal import Goal
from ghep.explanation.attack.victim import Photo, Victim, whole

SEARCHES = 5
"""Trials of the constant between distance and margin: times 10 until the goal is reached, then bisected."""
FIRST_CONSTANT = 1e-2
RATE = 0.01
KAPPA = 0.5
"""Logits by which the goal is to be exceeded, so that the change survives rounding."""


def cw(
    victim: Victim,
    photos: Sequence[Photo],
    goal: Goal,
    *,
    steps: int,
    searches: int = SEARCHES,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Minimise the squared distance of pixels in [0, 1] plus a constant times the missing margin, with Adam.

    The best found is the nearest image that reaches the goal; where none does, the photo itself.
    """
    count = len(photos)
    margin = goal.margin(victim.logits(photos, [one.levels for one in photos])).cpu()
    found = Found([one.levels for one in photos], margin, torch.zeros(count))
    nearest = [torch.inf] * count
    low, high, constant = [0.0] * count, [torch.inf] * count, [FIRST_CONSTANT] * count
    for search in range(searches):
        # x = (tanh(w) + 1) / 2 is in [0, 1] for any w; .999999 keeps w finite for black and white.
        free = [torch.atanh((one.levels / 127.5 - 1) * 0.999999).requires_grad_(True) for one in photos]
        optimiser = torch.optim.Adam(free, lr=RATE)
        hit = [False] * count
        for step in range(steps):
            if progress is not None:
                progress(search * steps + step + 1, searches * steps)
            optimiser.zero_grad(set_to_none=True)
            now = [(one.tanh() + 1) * 127.5 for one in free]
            logits, slopes = victim.slopes(photos, now, goal)
            margins = goal.margin(logits).cpu().tolist()
            for place, (photo, one) in enumerate(zip(photos, now, strict=True)):
                saved = whole(one).detach()
                far = float((saved - photo.levels).div(255).square().sum())
                if margins[place] > 0:
                    hit[place] = True
                    if far < nearest[place]:
                        nearest[place] = far
                        found.levels[place], found.margin[place] = saved, margins[place]
                gradient = 2 * (one.detach() - photo.levels) / 255**2
                if margins[place] < KAPPA:
                    gradient -= constant[place] * slopes[place]
                torch.autograd.backward(one, gradient)
            optimiser.step()
        found.passes.add_(steps)
        for place in range(count):
            if hit[place]:
                high[place] = min(high[place], constant[place])
            else:
                low[place] = max(low[place], constant[place])
            between = (low[place] + high[place]) / 2
            constant[place] = between if high[place] < torch.inf else constant[place] * 10
    return found


def distance(photo: Photo, levels: torch.Tensor) -> float:
    """Return the Euclidean distance of ``levels`` to the photo, of pixels in [0, 1]."""
    return float((levels - photo.levels).div(255).square().sum().sqrt())
