"""Layout shared by all charts: sizes, room for names, colours, axis ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ghep.comparison.record import Contender, Evidence
from ghep.display.look import MUTED, SERIES
from ghep.messages import number_text, text_of
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.2
"""Inches: the full width of the page (72 rem)."""
TOP, BOTTOM = 0.12, 0.5
"""Inches above and below the axes."""
LETTER = 0.067
"""Mean width of a letter in inches at 9 points."""
POINTS_PER_INCH = 72


def contender_columns(contender: Contender) -> dict[str, str]:
    """Return the CSV columns that identify a contender: its name, strategy and backbone."""
    return {"contender": str(contender), "strategy": contender.strategy, "backbone": contender.backbone}


def interval_columns(interval: Interval) -> dict[str, float]:
    """Return the CSV columns of a confidence interval, ``low`` and ``high``."""
    return {"low": interval.low, "high": interval.high}


def axis_label(quantity: str) -> str:
    """Return the label of an axis that shows ``quantity``, a key such as ``seconds`` or ``valid-score``."""
    return text_of("axis-label", quantity=quantity)


def colour_of(contender: Contender, evidence: Evidence) -> str:
    """Return the colour of a contender in charts: grey for controls, one colour for the recommended, one for others."""
    if contender == evidence.verdict.recommended:
        return SERIES[1]
    return MUTED if contender.control else SERIES[0]


def width_with_names(called: Iterable[str], axes: float = 5.2) -> float:
    """Return the width in inches of a figure with axes at least ``axes`` inches wide and names at their right."""
    return max(WIDTH, axes + _names_width(called))


def _names_width(called: Iterable[str]) -> float:
    return LETTER * max(map(len, called), default=0) + 0.3


def leave_room_for_names(figure: Figure, called: Sequence[str], size: tuple[float, float]) -> None:
    """Reserve room for the names ``called`` at the right of the axes; ``size`` is that of the figure in inches."""
    right = _names_width(called)
    figure.subplots_adjust(0.62 / size[0], BOTTOM / size[1], 1 - right / size[0], 1 - TOP / size[1])


def seconds_axis(axes: Axes, low: float, high: float) -> None:
    """Set ticks for seconds from ``low`` to ``high``; the scale is logarithmic from a ratio of 4 on."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    if high < 4 * low:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        return
    axes.set_xscale("log")
    if high < 40 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(lambda value, _: number_text(value, ",.10g"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def label_count_axis(axes: Axes, counts: Sequence[float]) -> None:
    """Set ticks at the measured numbers of labels, without those less than a fifth above the previous tick."""
    from matplotlib.ticker import FixedLocator, NullLocator

    shown: list[float] = []
    for value in counts:
        if not shown or value > 1.2 * shown[-1]:
            shown.append(value)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(lambda value, _: number_text(value, ",.0f"))
    axes.xaxis.set_minor_locator(NullLocator())


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions at least ``gap`` apart, as near to ``wanted`` as possible, inside [low, high] if they fit.

    The sum of squared shifts is smallest: subtract i gaps from the i-th position and fit a non-decreasing sequence
    (pool adjacent violators).
    """
    from sklearn.isotonic import isotonic_regression

    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    less = [wanted[index] - gap * place for place, index in enumerate(order)]
    room = max(low, high - gap * (len(wanted) - 1))
    rising = isotonic_regression(less, y_min=low, y_max=room)
    found = [0.0] * len(wanted)
    for place, index in enumerate(order):
        found[index] = float(rising[place]) + gap * place
    return found


def heights_of_names(axes: Axes, wanted: Sequence[float], height: float) -> list[float]:
    """Return where names right of ``axes`` stand: as near to the values ``wanted`` as possible, without overlap.

    The limits of the y axis are kept from then on; ``height`` is that of the figure in inches.
    """
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    gap = 11.5 / POINTS_PER_INCH * (high - low) / (height - TOP - BOTTOM)
    return spread(wanted, gap, low, high)
