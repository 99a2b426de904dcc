"""Small pieces of HTML for ``_repr_html_``: tables, bars, intervals, notes.

Every text is escaped unless it is ``Markup``. Styles are inline, because notebooks remove style sheets, and name no
colour but ``currentColor`` and a transparent grey, so that a piece reads on a light and on a dark page. Without styles
(GitHub removes them) what is left is headings, tables and lists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from markupsafe import Markup, escape

T = TypeVar("T")

GREY = "#8886"
FRAME = "line-height:1.45;max-width:72em;overflow-x:auto"
BAR_WIDTH = 120
"""Pixels of a bar or an interval."""
LONGEST = 600
"""Characters of one text; what is longer is cut."""
SHOWN_ITEMS = 5
NO_BREAK = "\xa0"
SIDES = {"error": "4px solid", "warning": "4px double", "info": "1px solid"}
"""The line at the left of a note, by severity."""


def visible(text: str) -> str:
    """Return ``text`` without what no page may hold: control characters and lone surrogates become a question mark.

    Line breaks and tabs stay. Names of files come from anywhere, and XML has no word for most control characters.
    """
    return "".join("\ufffd" if _unprintable(one) else one for one in text)


def _unprintable(one: str) -> bool:
    code = ord(one)
    return (code < 0x20 and one not in "\n\t\r") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code >= 0xFFFE


def cut(text: str, characters: int = LONGEST) -> str:
    """Return ``text``, or its beginning and an ellipsis."""
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


def piece(value: object) -> Markup:
    """Return ``value`` as HTML: ``Markup`` as it is, nothing for None, any other value as escaped text."""
    if isinstance(value, Markup):
        return value
    return Markup("") if value is None else escape(visible(cut(str(value))))


def together(*parts: object) -> Markup:
    """Return the pieces one after the other."""
    return Markup("").join(map(piece, parts))


def element(tag: str, *parts: object, style: str = "", **attributes: str) -> Markup:
    """Return an element with ``parts`` in it; its attributes are escaped."""
    given = {**({"style": style} if style else {}), **attributes}
    opened = Markup("").join(Markup(' {}="{}"').format(name, visible(value)) for name, value in given.items())
    return Markup("<{0}{1}>{2}</{0}>").format(tag, opened, together(*parts))


def frame(*parts: object) -> str:
    """Return the outermost element: what ``_repr_html_`` hands over."""
    return str(element("div", *parts, style=FRAME))


def heading(text: object, beside: object = "") -> Markup:
    """Return what is shown, in bold, and a few words after it."""
    return element("div", strong(text), *([" ", faint(beside)] if beside else []), style="margin-bottom:.3em")


def strong(text: object) -> Markup:
    """Return what matters most in its row."""
    return element("strong", text)


def faint(text: object) -> Markup:
    """Return what matters less."""
    return element("span", text, style="opacity:.7")


def code(text: object) -> Markup:
    """Return a path or a name to be copied."""
    return element("code", text, style="background:none;overflow-wrap:anywhere")


def line(label: str, *parts: object) -> Markup:
    """Return a labelled line."""
    return element(
        "div",
        element("span", label, style="opacity:.7;flex:0 0 5em"),
        " ",
        element("span", *parts),
        style="display:flex;gap:.5em;margin:.15em 0",
    )


def bullets(texts: Iterable[object]) -> Markup:
    """Return a list; nothing for no texts."""
    items = [element("li", text) for text in texts]
    return element("ul", *items, style="margin:.2em 0;padding-left:1.4em") if items else Markup("")


def details(summary: object, *parts: object) -> Markup:
    """Return what is shown on a click."""
    return element("details", element("summary", summary, style="cursor:pointer"), *parts, style="margin:.4em 0")


def table(
    header: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[int] = (),
    wrapped: Collection[int] = (),
) -> Markup:
    """Return a table; columns whose places are in ``numbers`` stand at the right, texts in ``wrapped`` may wrap.

    What the style sheets of notebooks set on tables and cells (fixed layout, text at the right) is set again here.
    """
    sides = ["right" if place in numbers else "left" for place in range(len(header))]
    rule = f";border-bottom:1px solid {GREY}"

    def row(tag: str, cells: Sequence[object], extra: str = "") -> Markup:
        styles = [f"text-align:{side}{extra}" for side in sides]
        whole = [cell if place in wrapped else _unbroken(cell) for place, cell in enumerate(cells)]
        return element("tr", *(element(tag, cell, style=style) for cell, style in zip(whole, styles, strict=True)))

    head = element("thead", row("th", header, rule))
    look = "border-collapse:collapse;table-layout:auto;margin:.4em 0"
    letters = "font-size:inherit;line-height:1.25;font-variant-numeric:tabular-nums"
    return element(
        "table",
        head,
        element("tbody", *(row("td", cells) for cells in rows)),
        style=f"{look};{letters}",
        cellpadding="4",
    )


def _unbroken(cell: object) -> object:
    return cell if isinstance(cell, Markup) or not isinstance(cell, str) else cell.replace(" ", NO_BREAK)


def bar(share: float) -> Markup:
    """Return a bar that is filled up to ``share``, 0 to 1."""
    return _strip(f"currentColor {_percent(share)},{GREY} 0")


def whisker(value: float, low: float, high: float, *, axis: tuple[float, float] = (0.0, 1.0)) -> Markup:
    """Return an interval as a grey stretch of ``axis`` with a tick at ``value``; nothing where one is no number."""
    if not all(map(math.isfinite, (value, low, high))) or axis[1] <= axis[0]:
        return Markup("")
    start, middle, end = ((one - axis[0]) / (axis[1] - axis[0]) for one in (low, value, high))
    middle = max(0.015, min(middle, 0.985))
    tick = (middle - 0.015, middle + 0.015)
    start, end = min(start, tick[0]), max(end, tick[1])
    stops = [("transparent", start), (GREY, tick[0]), ("currentColor", tick[1]), (GREY, end)]
    return _strip(",".join(f"{colour} 0 {_percent(to)}" for colour, to in stops) + ",transparent 0", line=True)


def _strip(stops: str, *, line: bool = False) -> Markup:
    size = f"display:inline-block;width:{BAR_WIDTH}px;height:.7em;"
    below = f"box-shadow:0 1px 0 {GREY};" if line else "opacity:.75;"
    return element("span", style=f"{size}{below}background:linear-gradient(90deg,{stops})", **{"aria-hidden": "true"})


def _percent(share: float) -> str:
    return f"{100 * max(0.0, min(share, 1.0)):.1f}%"


def note(severity: str, code_: str, message: str, remedy: str = "", items: Sequence[str] = ()) -> Markup:
    """Return a finding: how grave, its code, what was found, what to do, and the first of ``items``."""
    shown = [code(cut(item, 120)) for item in items[:SHOWN_ITEMS]]
    more = [faint(f"and {len(items) - len(shown):,} more")] if len(items) > len(shown) else []
    return element(
        "div",
        strong(severity),
        " ",
        code(code_),
        element("div", message),
        element("div", "→ ", remedy, style="opacity:.8") if remedy else "",
        details(f"{len(items):,} {'item' if len(items) == 1 else 'items'}", bullets([*shown, *more])) if items else "",
        style=f"border-left:{SIDES.get(severity, '1px solid')} currentColor;padding-left:.7em;margin:.5em 0",
    )


def or_text(show: Callable[[T], str], value: T) -> str:
    """Return ``show(value)``, or the value's ``repr`` where that fails: a display must not stop a cell."""
    try:
        return show(value)
    except Exception:
        return frame(element("pre", repr(value)))
