"""How the share of changed answers grows with the bound, and the smallest bound for each photo.

In: photos and a goal. Out: one point per bound, and for each photo the smallest bound that was found, in levels. Every
attack of the curve is a new one: the result of a smaller bound is not reused, so that a share that falls with a larger
bound is visible. The curve continues until every photo is reached, or up to half of the range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ghep.explanation.attack.bounded import noise, pgd, single_step
from ghep.explanation.attack.from_file import png_of
from ghep.explanation.attack.goal import Goal
from ghep.explanation.attack.victim import Photo, Victim, pixels_in
from ghep.metrics.intervals import wilson
from ghep.types import Interval

BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128)
"""In levels. Below 1 nothing can be saved; with 128, any image can be made a grey one."""
AT_LEAST = 8
"""The curve continues to this bound even if a smaller one reaches all."""


@dataclass(frozen=True)
class Point:
    """One bound: how many of n photos three attacks reach."""

    bound: int
    """In levels."""
    n: int
    reached: tuple[bool, ...]
    """By gradient ascent, for each photo, from the saved file."""
    single: int
    """By a single step of the gradient."""
    noise: int
    """By random noise."""

    @property
    def count(self) -> int:
        """Return how many photos gradient ascent reaches."""
        return sum(self.reached)

    @property
    def interval(self) -> Interval:
        """Return Wilson's interval of the share."""
        return wilson(self.count, self.n)


def curve(
    victim: Victim,
    photos: Sequence[Photo],
    goal: Goal,
    reached: Callable[[Sequence[int], Sequence[bytes]], list[bool]],
    *,
    steps: int,
    asked: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> list[Point]:
    """Return the points of the curve; ``reached``: places of photos and their files -> whether the goal is reached."""
    points: list[Point] = []
    bounds = sorted({*BOUNDS, asked})
    for index, bound in enumerate(bounds):
        progress(index, len(bounds))
        every = [bound] * len(photos)
        drawn = torch.Generator().manual_seed(seed + bound)
        found = pgd(victim, photos, goal, every, steps=steps, generator=drawn)
        files = [png_of(pixels_in(one)) for one in found.levels]
        points.append(
            Point(
                bound,
                len(photos),
                tuple(reached(range(len(photos)), files)),
                int(single_step(victim, photos, goal, every).reached.sum()),
                int(noise(victim, photos, goal, every, generator=drawn).reached.sum()),
            )
        )
        if points[-1].count == len(photos) and bound >= max(AT_LEAST, asked):
            break
    progress(len(bounds), len(bounds))
    return points


def smallest_bounds(
    victim: Victim, photos: Sequence[Photo], goal: Goal, points: Sequence[Point], *, steps: int, seed: int
) -> list[int | None]:
    """Return for each photo the smallest bound that reaches the goal, in levels; None if no point of the curve does.

    It is bisected between the points of the curve. It is an upper bound: a stronger attack may need less.
    """
    low, high = list[int](), list[int | None]()
    for place in range(len(photos)):
        first = next((index for index, point in enumerate(points) if point.reached[place]), None)
        high.append(None if first is None else points[first].bound)
        low.append(points[first - 1].bound if first else 0)
    while True:
        open_ = [p for p, top in enumerate(high) if top is not None and top - low[p] > 1]
        if not open_:
            return high
        middle = [(low[p] + (high[p] or 0)) // 2 for p in open_]
        drawn = torch.Generator().manual_seed(seed)
        found = pgd(victim, [photos[p] for p in open_], goal.rows(open_), middle, steps=steps, generator=drawn)
        for place, bound, hit in zip(open_, middle, found.reached.tolist(), strict=True):
            if hit:
                high[place] = bound
            else:
                low[place] = bound
