"""Signs that gradients mislead an attack, so that its failure proves nothing.

In: the model, photos, and the points of the curve. Out: findings. Source of the list: Athalye et al. 2018, arXiv
1802.00420, section 3.1, and Carlini et al. 2019, arXiv 1902.06705, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch

from ghep.explanation.attack.attack_options import written_bound
from ghep.explanation.attack.bounded import pgd
from ghep.explanation.attack.curve import Point
from ghep.explanation.attack.goal import Goal
from ghep.explanation.attack.square import square
from ghep.explanation.attack.victim import Photo, Victim
from ghep.types import Finding

FAR = 64
"""Levels of the bound at which every photo must be reachable: a quarter of the range hides any photo."""
SAME = 1e-3
"""Two passes may differ by this part of the range of the logits."""
MOSTLY_ZERO = 0.5
"""Share of the values of an input's gradient that may be exactly zero."""


@dataclass(frozen=True)
class Checked:
    """What the checks of the gradients found on n photos."""

    n: int
    zero_share: float
    """Median share of the values of a gradient that are exactly zero."""
    difference: float
    """Largest difference of a logit between two passes."""
    far: int
    """Photos that gradient ascent reaches within ``FAR`` levels."""
    gradient_free: int
    """Of the others, photos that random search reaches."""
    findings: tuple[Finding, ...]


def check_gradients(
    victim: Victim, photos: Sequence[Photo], goal: Goal, points: Sequence[Point], *, steps: int, queries: int, seed: int
) -> Checked:
    """Return the result of all checks. ``goal`` names the answer, so that noise does not reach it by chance."""
    levels = [one.levels for one in photos]
    first, again = victim.logits(photos, levels), victim.logits(photos, levels)
    difference = float((first - again).abs().max())
    zero_share = _zero_share(victim, photos, goal)
    bounds = [FAR] * len(photos)
    drawn = torch.Generator().manual_seed(seed)
    found = pgd(victim, photos, goal, bounds, steps=steps, restarts=2, confidence=0.0, generator=drawn)
    left = [place for place, hit in enumerate(found.reached.tolist()) if not hit]
    free = 0
    if left:
        mine, there = [photos[place] for place in left], [FAR] * len(left)
        free = int(square(victim, mine, goal.rows(left), there, queries=queries, generator=drawn).reached.sum())
    n, far = len(photos), len(photos) - len(left)
    findings = []
    if difference > SAME * float(first.max() - first.min()):
        findings.append(_finding("attack-passes-differ", difference=difference))
    if zero_share > MOSTLY_ZERO:
        findings.append(_finding("attack-zero-gradients", percent=round(100 * zero_share)))
    if free:
        findings.append(_finding("attack-gradient-free-stronger", count=free, left=len(left), n=n))
    if left:
        items = [photos[place].name for place in left]
        findings.append(_finding("attack-far-bound-fails", items=items, n=n, reached=far, bound=written_bound(FAR)))
    findings += _of_curve(points)
    return Checked(n, zero_share, difference, far, free, tuple(findings))


def _of_curve(points: Sequence[Point]) -> list[Finding]:
    findings = []
    single = [point for point in points if point.single > point.count]
    if single:
        one = single[0]
        findings.append(
            _finding("attack-single-step-stronger", bound=written_bound(one.bound), single=one.single, count=one.count)
        )
    random = [point for point in points if point.noise > point.count]
    if random:
        one = random[0]
        findings.append(
            _finding("attack-noise-stronger", bound=written_bound(one.bound), noise=one.noise, count=one.count)
        )
    falls = [(low, high) for low, high in pairwise(points) if high.count < low.count]
    if falls:
        low, high = falls[0]
        findings.append(
            _finding(
                "attack-not-monotone",
                low=written_bound(low.bound),
                high=written_bound(high.bound),
                before=low.count,
                after=high.count,
                n=low.n,
            )
        )
    return findings


def _zero_share(victim: Victim, photos: Sequence[Photo], goal: Goal) -> float:
    """Return the median over photos of the share of exact zeros, or of values that are not finite, in the gradient.

    It is the gradient by the network's input: a resize with the filter "nearest" leaves pixels out, which is no sign.
    """
    shares = []
    for start in range(0, len(photos), victim.batch):
        part = slice(start, start + victim.batch)
        inputs = victim.inputs(photos[part], [one.levels for one in photos[part]]).detach().requires_grad_(True)
        margin = goal.rows(range(len(photos))[part]).margin(victim.subject.logits(inputs)).sum()
        if not margin.requires_grad:
            return 1.0
        slope = torch.autograd.grad(margin, inputs)[0].flatten(1)
        shares.append(((slope == 0) | ~slope.isfinite()).float().mean(1))
    return float(torch.cat(shares).median())


def _finding(code: str, items: Sequence[str] = (), **params: Any) -> Finding:
    return Finding.of(code, "warning", items=items, **params)
