"""Write numbers and names as text: one format for each kind of value, on the HTML page, in figures and on the terminal.

In: measured values. Out: text. A missing value (None, NaN) is a dash, never a 0. Durations, scores, points, p-values
and lists are written by ``ghep.messages``, as they are in every message.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ghep.comparison.record import Contender
from ghep.display.html import visible
from ghep.messages import MINUS, NONE, duration, listed, number_text, p_value, points, score, text_of
from ghep.types import Interval

__all__ = ["MINUS", "NONE", "duration", "listed", "p_value", "points", "score"]

seconds = duration


def interval(bounds: Interval | None) -> str:
    """Return a confidence interval of a score as text: ``0.925 to 0.980``."""
    return NONE if bounds is None else text_of("interval-of-scores", low=bounds.low, high=bounds.high)


def points_interval(bounds: Interval) -> str:
    """Return a confidence interval of a difference as text, in points: ``−0.7 to +3.3``."""
    return text_of("interval-of-points", low=bounds.low, high=bounds.high)


def memory(value: float) -> str:
    """Return a number of bytes as text in MiB, or in GiB from 10 GiB on; a dash for 0, which means not measured."""
    if not value:
        return NONE
    unit, size, form = ("MiB", 2**20, ",.0f") if value < 10 * 2**30 else ("GiB", 2**30, ",.1f")
    return f"{number_text(value / size, form)} {unit}"


def count(value: float | None) -> str:
    """Return a count as text with thousands separators; a mean of counts is rounded, and a missing one is a dash."""
    return NONE if _missing(value) else number_text(value, ",.0f")


def parameters(value: int) -> str:
    """Return a number of parameters as text: ``8,721``; from one million on with three digits: ``2.23 M``."""
    for size, unit in ((10**9, "G"), (10**6, "M")):
        if value >= size:
            return f"{number_text(value / size, '.3g')} {unit}"
    return number_text(value, ",")


def number(value: float | None) -> str:
    """Return a number, such as a learning rate, as text with three significant digits; a dash if it is missing."""
    return NONE if _missing(value) else number_text(value, ".3g")


def tenths(value: float) -> str:
    """Return a mean of counts, or a ratio, as text with one decimal: ``2.3``."""
    return number_text(value, ".1f")


def milliseconds(value: float | None) -> str:
    """Return the time of one prediction, given in seconds, as text: ``12 ms``, ``0.84 ms``, ``1.2 s``."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{number_text(1000 * value, ',.3g')} ms" if value < 0.9995 else duration(value)


def ratio(value: float | None) -> str:
    """Return a ratio as text, ``× 0.52``; a dash if it is missing."""
    return NONE if value is None else f"× {number_text(value, '.2f')}"


def shortened(text: str, width: int, where: str = "middle") -> str:
    """Return ``text`` shortened to at most ``width`` characters by leaving out its middle, end or start.

    >>> shortened("mobilenetv2_100.ra_in1k", 12)
    'mobile…_in1k'
    """
    text = " ".join(visible(text).split())
    if len(text) <= width:
        return text
    kept = width - 1
    end = {"middle": kept // 2, "end": 0, "start": kept}[where]
    return f"{text[: kept - end]}…{text[len(text) - end :]}"


def distinct(texts: Sequence[str], width: int) -> list[str]:
    """Return ``texts`` shortened to ``width`` characters, or to as many more as they need to stay distinct."""
    for wide in range(width, max((len(text) for text in texts), default=width)):
        for where in ("middle", "end", "start"):
            short = [shortened(text, wide, where) for text in texts]
            if len(set(short)) == len(set(texts)):
                return short
    return [shortened(text, len(text)) for text in texts]


def names(contenders: Iterable[Contender]) -> dict[Contender, str]:
    """Return contender -> a display name that no other contender has.

    The backbone is part of the name only if there are several backbones; it is shortened to its file name unless two
    contenders would then have the same name.
    """
    found = list(dict.fromkeys(contenders))
    if len({one.backbone for one in found if one.backbone}) == 1 and len({one.way for one in found}) == len(found):
        return {one: one.way for one in found}
    often = Counter(str(one) for one in found)
    return {one: str(one) if often[str(one)] == 1 else f"{one.way} ({one.backbone})" for one in found}


def _missing(value: Any) -> bool:
    return value is None or not math.isfinite(value)
