"""How figures are laid out: sizes, room for names, colours, axes that count seconds. What all charts share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ghep.comparison.record import Contender, Evidence
from ghep.display.look import MUTED, SERIES
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.2
"""Inches: what fits beside nothing else in a page of 72 rem."""
TOP, BOTTOM = 0.12, 0.5
"""Inches above and below the axes."""
LETTER = 0.067
"""Inches a letter takes at 9 points, on average."""
POINTS_PER_INCH = 72


def who(contender: Contender) -> dict[str, str]:
    """Return the columns of a CSV that say whose numbers stand in a row."""
    return {"contender": str(contender), "strategy": contender.strategy, "backbone": contender.backbone}


def ends_of(interval: Interval) -> dict[str, float]:
    """Return the columns of a CSV that hold an interval."""
    return {"low": interval.low, "high": interval.high}


def colour_of(contender: Contender, evidence: Evidence) -> str:
    """Grey for controls, one colour for the recommended one, another for the others."""
    if contender == evidence.verdict.recommended:
        return SERIES[1]
    return MUTED if contender.control else SERIES[0]


def width_beside(called: Iterable[str], axes: float = 5.2) -> float:
    """Return the inches of a figure with whole names at the right of its axes, which get ``axes`` inches at least."""
    return max(WIDTH, axes + _names_width(called))


def _names_width(called: Iterable[str]) -> float:
    return LETTER * max(map(len, called), default=0) + 0.3


def beside_names(figure: Figure, called: Sequence[str], size: tuple[float, float]) -> None:
    """Leave room for names at the right."""
    right = _names_width(called)
    figure.subplots_adjust(0.62 / size[0], BOTTOM / size[1], 1 - right / size[0], 1 - TOP / size[1])


def seconds_on(axes: Axes, low: float, high: float) -> None:
    """Count seconds, of which there are ``low`` to ``high``: in logarithms if these span more than fourfold."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    if high < 4 * low:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        return
    axes.set_xscale("log")
    if high < 40 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def counts_on(axes: Axes, counts: Sequence[float]) -> None:
    """Put ticks at the measured numbers of labels; of two less than a fifth apart only the first gets one."""
    from matplotlib.ticker import FixedLocator, NullLocator

    shown: list[float] = []
    for value in counts:
        if not shown or value > 1.2 * shown[-1]:
            shown.append(value)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_minor_locator(NullLocator())


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places at least ``gap`` apart, inside [low, high] if they fit, as near to ``wanted`` as can be.

    Least squares: of what is left after taking off i gaps, the nearest rising sequence (pooling adjacent violators).
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
