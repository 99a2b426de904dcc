"""Style of figures: colours, fonts, lines. Light only, because an image cannot follow a page's theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INK, MUTED, LINE, PAGE = "#1f2328", "#656d76", "#d5dae0", "#fefefe"
SERIES = ("#0067a5", "#b54400", "#00795a", "#98407f", "#856800", "#2587b8", "#5f4bb6")
"""Okabe and Ito's colours, darkened: distinguishable for colour-blind readers, with a contrast of at least 4.5 : 1
against white (the sixth: 3.9 : 1). style.css has lighter ones for the dark page."""
FONT_POINTS = 9.0
FALLBACKS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
"""Fonts with letters that DejaVu lacks, used for the PNG where they are installed."""


def look(name: str) -> dict[str, Any]:
    """Return matplotlib's rc parameters for a figure; ``name`` seeds the ids in its SVG."""
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


def page_style() -> str:
    """Return the style sheet of all pages that ghep writes, for light and dark screens and for paper."""
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")
