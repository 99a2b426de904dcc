"""Numbers and names as a person reads them: one way to write each kind, on the page, in figures and on the terminal.

In: values as measured. Out: text. What has no value (None, NaN) is a dash, never a 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ghep.comparison.record import Contender
from ghep.display.html import visible
from ghep.types import Interval

NONE = "–"
MINUS = "−"


def share(value: float | None) -> str:
    """Write an accuracy: three decimals.

    >>> share(0.96078)
    '0.961'
    """
    return NONE if _absent(value) else f"{value:.3f}"


def interval(bounds: Interval | None) -> str:
    """Write an interval of accuracies: ``0.925 to 0.980``."""
    return NONE if bounds is None else f"{share(bounds.low)} to {share(bounds.high)}"


def points(value: float | None, *, signed: bool = True) -> str:
    """Write a difference of accuracies in points, hundredths of accuracy: ``+1.3``."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{100 * value:+.1f}" if signed else f"{100 * value:.1f}"
    return text.replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", MINUS)


def points_interval(bounds: Interval) -> str:
    """Write an interval of differences in points: ``−0.7 to +3.3``."""
    return f"{points(bounds.low)} to {points(bounds.high)}"


def p_value(value: float) -> str:
    """Write a probability: two digits that count; below 0.001 they do not."""
    if math.isnan(value):
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.2f}" if value >= 0.095 else f"{value:.2g}"


def seconds(value: float | None) -> str:
    """Write a time in the unit that keeps it short: ``0.42 s``, ``12.3 s``, ``3.4 min``, ``1.5 h``."""
    if value is None or math.isnan(value):
        return NONE
    if value < 1:
        return f"{value:.2f} s"
    if value < 119.95:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:.1f} h"


def memory(value: float) -> str:
    """Write bytes in MiB or GiB; 0 is what was not measured."""
    if not value:
        return NONE
    return f"{value / 2**20:,.0f} MiB" if value < 10 * 2**30 else f"{value / 2**30:,.1f} GiB"


def count(value: float | None) -> str:
    """Write a number of things, thousands apart; means of counts are rounded."""
    return NONE if _absent(value) else f"{value:,.0f}"


def parameters(value: int) -> str:
    """Write a number of parameters in three digits: ``8,721``, ``2.23 M``."""
    for size, unit in ((10**9, "G"), (10**6, "M")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:,}"


def number(value: float | None) -> str:
    """Write a rate or factor: three digits that count."""
    return NONE if _absent(value) else f"{value:.3g}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """Write ``1 run``, ``3 runs``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def listed(items: Sequence[str]) -> str:
    """Join ``a, b and c``."""
    return "".join(items) if len(items) < 2 else f"{', '.join(items[:-1])} and {items[-1]}"


def shortened(text: str, width: int, where: str = "middle") -> str:
    """Return ``text`` in at most ``width`` characters, cut in the middle, at its end or its start.

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
    """Return ``texts`` in ``width`` characters, cut where they are still told apart; else in as many as that takes."""
    for wide in range(width, max((len(text) for text in texts), default=width)):
        for where in ("middle", "end", "start"):
            short = [shortened(text, wide, where) for text in texts]
            if len(set(short)) == len(set(texts)):
                return short
    return [shortened(text, len(text)) for text in texts]


def names(contenders: Iterable[Contender]) -> dict[Contender, str]:
    """Return a distinct name for each contender: with the backbone only where there are several, in full if need be."""
    found = list(dict.fromkeys(contenders))
    if len({one.backbone for one in found if one.backbone}) == 1 and len({one.way for one in found}) == len(found):
        return {one: one.way for one in found}
    often = Counter(str(one) for one in found)
    return {one: str(one) if often[str(one)] == 1 else f"{one.way} ({one.backbone})" for one in found}


def _absent(value: Any) -> bool:
    return value is None or not math.isfinite(value)
