"""Render a plot as inline SVG in the colours of the HTML page, and as SVG, PNG and CSV files.

In: a ``Plot``, which has a paint function and the plotted numbers. Out: a ``Drawn``. A plot is painted once, in the
light theme. For the page each colour in ``VARIABLES`` becomes a CSS variable, so that figures follow the page's theme.
The same plot always gives the same bytes: there are no dates in a file, and ids are derived from the plot's name.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghep.display.html import visible
from ghep.display.look import INK, LINE, MUTED, PAGE, SERIES, look
from ghep.storage.text import cell, write_bytes_synced, write_text_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIABLES = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    PAGE: "var(--page)",
    **{colour: f"var(--s{index})" for index, colour in enumerate(SERIES, 1)},
}
PNG_DPI = 160


@dataclass(frozen=True)
class Plot:
    """A figure before rendering: a function that paints it, with its title, caption, size and the plotted numbers."""

    name: str
    """File name without suffix; the ids in the SVG are derived from it."""
    title: str
    caption: str
    size: tuple[float, float]
    """Width and height in inches, for text of 9 points."""
    paint: Callable[[Figure], None]
    rows: tuple[Mapping[str, Any], ...]
    """The plotted numbers."""


@dataclass(frozen=True)
class Drawn:
    """A figure rendered as SVG and PNG."""

    plot: Plot
    svg: str
    """The text of a complete SVG file, in the light theme."""
    png: bytes

    @property
    def inline(self) -> str:
        """Return the SVG element of the figure for the HTML page."""
        return inline_svg(self.svg, self.plot)


def draw(plot: Plot) -> Drawn:
    """Render ``plot`` as SVG, in which text is stored as text instead of outlines, and as PNG."""
    import matplotlib
    from matplotlib.figure import Figure

    from ghep.display.figure import label_ticks

    with matplotlib.rc_context(look(plot.name)), warnings.catch_warnings():
        # A class may be called 猫 on a system without a font for it: the SVG is still right, the PNG shows a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = Figure(figsize=plot.size)
        plot.paint(figure)
        label_ticks(figure)
        svg, png = io.StringIO(), io.BytesIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", transparent=False, metadata=nothing)
        figure.savefig(png, format="png", dpi=PNG_DPI, transparent=False, metadata={"Software": None})
    return Drawn(plot, _without_doctype(svg.getvalue()), png.getvalue())


def figure_of(plot: Plot) -> Figure:
    """Return ``plot`` as a matplotlib Figure with a title, which a notebook displays."""
    from ghep.display.figure import painted

    return painted(plot.title, plot.size, plot.paint, name=plot.name)


def write(drawn: Drawn, folder: Path) -> None:
    """Write NAME.svg, NAME.png and NAME.csv into ``folder``, replacing existing files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text_atomic(folder / f"{drawn.plot.name}.svg", drawn.svg)
    write_text_atomic(folder / f"{drawn.plot.name}.csv", csv_text(drawn.plot.rows))
    png = folder / f"{drawn.plot.name}.png"
    png.unlink(missing_ok=True)
    write_bytes_synced(png, drawn.png)


def csv_text(rows: tuple[Mapping[str, Any], ...]) -> str:
    """Return the rows as CSV with all digits; names that a spreadsheet would run as formulas are escaped."""
    text = io.StringIO()
    header = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(_python(value)) for key, value in row.items()} for row in rows)
    return text.getvalue()


def inline_svg(svg: str, plot: Plot) -> str:
    """Return ``svg`` as an element for the HTML page: without prologue, external references and ids of groups."""
    width, height = (round(96 * inches) for inches in plot.size)
    body = svg[svg.index("</defs>") + len("</defs>") :]  # the first defs hold a global style
    label = _attribute(f"{plot.title}. {plot.caption}")
    opened = (
        f'<svg role="img" aria-label="{label}" style="--wide:{width}px" width="{width}" height="{height}" '
        f'viewBox="0 0 {72 * plot.size[0]:g} {72 * plot.size[1]:g}">'
    )
    return opened + re.sub(r"<[^<>]*>", lambda tag: _themed(tag[0]), body)


def _themed(tag: str) -> str:
    """Return one SVG tag with CSS variables instead of its colours, so that it follows the theme of the page."""
    tag = re.sub(r'<g id="[^"]*"', "<g", tag).replace("xlink:href", "href").replace("\n", " ")
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"', "", tag).replace(
        "font-family: 'DejaVu Sans'", "font-family: inherit"
    )
    tag = re.sub(r"font-family: [^;\"]*", "font-family: inherit", tag)
    for colour, variable in VARIABLES.items():
        tag = tag.replace(colour, variable)
    return tag


def _without_doctype(svg: str) -> str:
    return re.sub(r"<!DOCTYPE[^>]*>\s*", "", svg)


def _attribute(text: str) -> str:
    text = visible(text)
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _python(value: Any) -> Any:
    return value.item() if type(value).__module__ == "numpy" else value
