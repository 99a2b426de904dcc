"""Figures that notebooks display without pyplot, with any backend.

IPython shows a bare ``matplotlib.figure.Figure`` only where pyplot has set up the inline backend (matplotlib's own
``_repr_html_`` works for WebAgg alone); elsewhere it prints ``<Figure size 640x480 with 1 Axes>``. This class therefore
renders its own PNG. Importing this module imports matplotlib.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from ghep.display.html import cut, visible
from ghep.display.look import look
from ghep.messages import as_written_here

DPI = 160
PIXELS_PER_INCH = 96
"""Determines the displayed size: 9-point text has its nominal size on a page. DPI adds pixels for sharp screens."""
TITLE, TITLE_LETTER = 0.34, 0.105
"""Inches above a figure for its title, and the maximum average width of a letter in it."""


class NotebookFigure(Figure):
    """A figure that renders itself as a PNG."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        data = io.BytesIO()
        with without_glyph_warnings():
            self.savefig(data, format="png", dpi=DPI, metadata={"Software": None})
        width, height = (round(PIXELS_PER_INCH * inches) for inches in self.get_size_inches())
        return data.getvalue(), {"width": width, "height": height}


class TickLabels(ScalarFormatter):
    """Numbers at the ticks of an axis, as the language in use writes them: 0.5, or 0,5."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the number at a tick."""
        return as_written_here(super().__call__(x, pos))


def painted(title: str, size: tuple[float, float], paint: Callable[[Any], None], *, name: str) -> NotebookFigure:
    """Return a figure with ``title`` above an area of ``size`` (width and height in inches), which ``paint`` fills.

    ``name`` makes the ids in the figure's SVG unique on a page.
    """
    with matplotlib.rc_context(look(name)), without_glyph_warnings():
        figure = NotebookFigure(figsize=(size[0], size[1] + TITLE))
        above, below = figure.subfigures(2, 1, height_ratios=(TITLE, size[1]), squeeze=False)[:, 0]
        short = cut(visible(title), round(size[0] / TITLE_LETTER))
        above.text(0.1 / size[0], 0.35, short, fontsize=10, fontweight="bold", va="center")
        paint(below)
        label_ticks(below)
    return figure


def label_ticks(figure: Any) -> None:
    """Let the axes of ``figure``, or of a part of one, write their numbers in the language in use."""
    for axis in (one for axes in figure.axes for one in (axes.xaxis, axes.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(TickLabels())


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Draw letters that no font has (a class called 猫) as boxes, without a warning for each letter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield
