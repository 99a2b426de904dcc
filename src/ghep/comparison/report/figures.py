"""From a plot to what is kept of it: SVG for the page in the colours of its theme, SVG, PNG and CSV as files.

In: ``Plot``, which says what to paint and which numbers are in it. Out: ``Drawn``. Painted once, in the light theme;
for the page every colour of the table below becomes the CSS variable beside it, so that a dark page has light lines.
The same plot gives the same bytes: no date, ids from its name.
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

from ghep.comparison.report.words import visible
from ghep.storage.text import cell, write_bytes_synced, write_text_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, LINE, PAGE = "#1f2328", "#656d76", "#d5dae0", "#fefefe"
SERIES = ("#0067a5", "#b54400", "#00795a", "#98407f", "#856800", "#2587b8", "#5f4bb6")
"""Told apart by the colour-blind too, with at least 4.5 : 1 (the sixth: 3.9 : 1) against white; begun from Okabe and
Ito's colours, darkened. style.css has their light twins for the dark page."""
VARIABLES = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    PAGE: "var(--page)",
    **{colour: f"var(--s{index})" for index, colour in enumerate(SERIES, 1)},
}
FONT_POINTS = 9.0
PNG_DPI = 160
FALLBACKS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
"""Fonts with letters that DejaVu lacks, taken for the PNG where they are installed."""


@dataclass(frozen=True)
class Plot:
    """A figure before it is drawn."""

    name: str
    """Of its files, and its ids."""
    title: str
    caption: str
    """What to see in it."""
    size: tuple[float, float]
    """Width and height in inches, at 9 points a letter."""
    paint: Callable[[Figure], None]
    rows: tuple[Mapping[str, Any], ...]
    """The plotted numbers."""


@dataclass(frozen=True)
class Drawn:
    """A figure as it is kept."""

    plot: Plot
    svg: str
    """A whole file, in the light theme."""
    png: bytes

    @property
    def inline(self) -> str:
        """Return the SVG element for the page."""
        return inline_svg(self.svg, self.plot)


def draw(plot: Plot) -> Drawn:
    """Paint ``plot`` twice: as text that stays text, and as dots."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_look(plot.name)), warnings.catch_warnings():
        # A class may be called 猫 where no font has it: the SVG is right all the same, the PNG has a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = Figure(figsize=plot.size)
        plot.paint(figure)
        svg, png = io.StringIO(), io.BytesIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", transparent=False, metadata=nothing)
        figure.savefig(png, format="png", dpi=PNG_DPI, transparent=False, metadata={"Software": None})
    return Drawn(plot, _without_doctype(svg.getvalue()), png.getvalue())


def write(drawn: Drawn, folder: Path) -> None:
    """Write NAME.svg, NAME.png and NAME.csv into ``folder``; what stood there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text_atomic(folder / f"{drawn.plot.name}.svg", drawn.svg)
    write_text_atomic(folder / f"{drawn.plot.name}.csv", csv_text(drawn.plot.rows))
    png = folder / f"{drawn.plot.name}.png"
    png.unlink(missing_ok=True)
    write_bytes_synced(png, drawn.png)


def csv_text(rows: tuple[Mapping[str, Any], ...]) -> str:
    """Return a table with every digit of its numbers; names are made harmless for spreadsheets."""
    text = io.StringIO()
    header = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(_python(value)) for key, value in row.items()} for row in rows)
    return text.getvalue()


def inline_svg(svg: str, plot: Plot) -> str:
    """Return the element alone: no prologue, no names of other places, no ids that a second figure may have too."""
    width, height = (round(96 * inches) for inches in plot.size)
    body = svg[svg.index("</defs>") + len("</defs>") :]  # the first defs hold a style for all there is
    label = _attribute(f"{plot.title}. {plot.caption}")
    opened = (
        f'<svg role="img" aria-label="{label}" style="--wide:{width}px" width="{width}" height="{height}" '
        f'viewBox="0 0 {72 * plot.size[0]:g} {72 * plot.size[1]:g}">'
    )
    return opened + re.sub(r"<[^<>]*>", lambda tag: _themed(tag[0]), body)


def _themed(tag: str) -> str:
    """Rewrite one tag; texts between tags stay as they are, whatever they hold."""
    tag = re.sub(r'<g id="[^"]*"', "<g", tag).replace("xlink:href", "href").replace("\n", " ")
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"', "", tag).replace(
        "font-family: 'DejaVu Sans'", "font-family: inherit"
    )
    tag = re.sub(r"font-family: [^;\"]*", "font-family: inherit", tag)
    for colour, variable in VARIABLES.items():
        tag = tag.replace(colour, variable)
    return tag


def _look(name: str) -> dict[str, Any]:
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "text.parse_math": False,  # a class may be called $a$
        "font.family": _fonts(),
        "font.size": FONT_POINTS,
        "axes.titlesize": FONT_POINTS,
        "axes.labelsize": FONT_POINTS,
        "xtick.labelsize": FONT_POINTS - 0.5,
        "ytick.labelsize": FONT_POINTS - 0.5,
        "text.color": INK,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "axes.linewidth": 0.7,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": "none",
        "figure.facecolor": PAGE,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": LINE,
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.6,
        "axes.unicode_minus": True,
    }


def _fonts() -> list[str]:
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    return ["DejaVu Sans", *(name for name in FALLBACKS if name in installed)]


def _without_doctype(svg: str) -> str:
    return re.sub(r"<!DOCTYPE[^>]*>\s*", "", svg)


def _attribute(text: str) -> str:
    text = visible(text)
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _python(value: Any) -> Any:
    return value.item() if type(value).__module__ == "numpy" else value
