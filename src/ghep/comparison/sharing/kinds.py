"""The kind of a gain from sharing (significant, within the margin, or open), and the thresholds that decide it."""

from __future__ import annotations

from ghep.comparison.sharing.record import Gain, GainKind
from ghep.types import Interval

SIGNIFICANT = 0.05
MARGIN = 0.01
"""Largest difference in accuracy that does not matter."""


def gain_kind(value: float, interval: Interval, adjusted: float, margin: float = MARGIN) -> GainKind:
    """Return "helped" or "hurt" for a significant difference, else "no-difference" within the margin, or "cannot-tell".

    ``value`` is the difference, ``interval`` its 95 % confidence interval, and ``adjusted`` its corrected p value.
    """
    if adjusted < SIGNIFICANT:
        return "helped" if value > 0 else "hurt"
    return "no-difference" if interval.low >= -margin and interval.high <= margin else "cannot-tell"


def within_margin(gain: Gain) -> bool:
    """Whether the 95 % confidence interval of the gain excludes a loss larger than the margin."""
    return gain.identical or gain.pair.interval.low >= -MARGIN


def harmed(gain: Gain) -> bool:
    """Whether sharing hurt the task significantly, and the loss may be larger than the margin."""
    return gain.kind == "hurt" and not within_margin(gain)
