"""Which kind of gain a difference is, and whether it matters: the thresholds everything about sharing goes by."""

from __future__ import annotations

from ghep.comparison.sharing.record import Gain, GainKind
from ghep.types import Interval

SIGNIFICANT = 0.05
MARGIN = 0.01
"""A difference of accuracy that does not matter."""


def gain_kind(value: float, interval: Interval, adjusted: float) -> GainKind:
    """Return what can be said of a difference: that it is there, that it is within the margin, or neither."""
    if adjusted < SIGNIFICANT:
        return "helped" if value > 0 else "hurt"
    return "no-difference" if interval.low >= -MARGIN and interval.high <= MARGIN else "cannot-tell"


def within_margin(gain: Gain) -> bool:
    """Whether the task loses less than the margin, as far as its 95 % interval reaches."""
    return gain.identical or gain.pair.interval.low >= -MARGIN


def harmed(gain: Gain) -> bool:
    """Whether the task was hurt, and by what may matter."""
    return gain.kind == "hurt" and not within_margin(gain)
