"""The results of attacks on the strategies of a comparison, as values: what photos need, and each pair compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path

from ghep.explanation.attack.attack_options import AttackOptions
from ghep.explanation.attack.attack_record import finite_median
from ghep.metrics.intervals import wilson
from ghep.metrics.medians import MedianRatio, median_interval, median_ratio
from ghep.metrics.multiple import holm
from ghep.types import Finding, Interval

LEVEL = 0.05
"""Adjusted p-value below which two strategies are said to differ."""


@dataclass(frozen=True)
class Row:
    """One strategy on one backbone; the photos of its bundles (several with ``--keep all``) are pooled."""

    strategy: str
    backbone: str
    bundles: int
    n: int
    """Attacked photos, of all bundles."""
    reached: int
    confidence: float
    """Mean probability of the answer before the attack."""
    needed: Mapping[str, float] = field(repr=False)
    """Photo -> the smallest change found, inf if none was. With ``cw`` the Euclidean distance of pixels in [0, 1], else
    the bound in levels. With several bundles the geometric mean."""
    masked: tuple[str, ...]
    """Codes of the findings that gradients mislead the attack; then the row says nothing."""

    @property
    def median(self) -> float | None:
        """Median over photos of what is needed; None if half of them or more are not reached, or none was measured."""
        return finite_median(list(self.needed.values()))

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the median."""
        found = median_interval(list(self.needed.values()))
        return Interval(max(0.0, found.low), found.high)

    @property
    def share(self) -> Interval:
        """Wilson's interval of the share that was reached."""
        return wilson(self.reached, self.n)

    @property
    def name(self) -> str:
        """Return the strategy, and the backbone."""
        return f"{self.strategy} ({Path(self.backbone).name.removesuffix('.safetensors')})"


@dataclass(frozen=True)
class Pair:
    """Two strategies, compared on the photos that both were attacked with."""

    a: str
    b: str
    needed: MedianRatio
    """What ``a`` needs, by what ``b`` needs."""
    p_value: float
    """Of the sign test, adjusted for the number of pairs by Holm's method."""

    @property
    def differ(self) -> bool:
        """Whether one of the two needs larger changes, with 95 % confidence for all pairs together."""
        return self.p_value < LEVEL


@dataclass(frozen=True)
class StrategiesAttacked:
    """The rows of a comparison, and their pairs."""

    folder: str
    options: AttackOptions
    rows: tuple[Row, ...]
    """From the least fragile to the most; those with masked gradients last."""
    findings: tuple[Finding, ...] = ()

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Each pair of strategies whose gradients are not masked, the less fragile one first."""
        sides = list(combinations([row for row in self.rows if row.needed and not row.masked], 2))
        found = []
        for a, b in sides:
            common = [one for one in a.needed if one in b.needed]
            found.append(median_ratio([a.needed[one] for one in common], [b.needed[one] for one in common]))
        adjusted = holm([one.p_value for one in found])
        return tuple(Pair(a.name, b.name, one, p) for (a, b), one, p in zip(sides, found, adjusted, strict=True))
