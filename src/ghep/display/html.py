"""HTML fragments for ``_repr_html_``: tables, bars, intervals, notes.

Every text is escaped unless it is ``Markup``. Styles are inline, because notebooks remove style sheets, and use no
colours but ``currentColor`` and a transparent grey, which are readable on light and dark pages. Without styles (GitHub
removes them) headings, tables and lists remain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from markupsafe import Markup, escape

from ghep.messages import text_of

T = TypeVar("T")

GREY = "#8886"
FRAME = "line-height:1.45;max-width:72em;overflow-x:auto"
BAR_WIDTH = 120
"""Width of a bar or an interval in pixels."""
LONGEST = 600
"""Maximum characters of one text; longer texts are cut."""
SHOWN_ITEMS = 5
NO_BREAK = "\xa0"
SIDES = {"error": "4px solid", "warning": "4px double", "info": "1px solid"}
"""Left border of a note, by severity."""


def visible(text: str) -> str:
    """Return ``text`` with control characters and lone surrogates replaced by U+FFFD.

    Line breaks and tabs stay. File names are untrusted, and XML cannot hold most control characters.
    """
    return "".join("\ufffd" if _unprintable(one) else one for one in text)


def _unprintable(one: str) -> bool:
    code = ord(one)
    return (code < 0x20 and one not in "\n\t\r") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code >= 0xFFFE


def cut(text: str, characters: int = LONGEST) -> str:
    """Return ``text``, or its beginning and an ellipsis if it has more than ``characters`` characters."""
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


def piece(value: object) -> Markup:
    """Return ``value`` as HTML: ``Markup`` unchanged, nothing for None, any other value as escaped text."""
    if isinstance(value, Markup):
        return value
    return Markup("") if value is None else escape(visible(cut(str(value))))


def together(*parts: object) -> Markup:
    """Return ``parts`` as HTML (``piece``), concatenated."""
    return Markup("").join(map(piece, parts))


def element(tag: str, *parts: object, style: str = "", **attributes: str) -> Markup:
    """Return an element that contains ``parts``; attributes are escaped."""
    given = {**({"style": style} if style else {}), **attributes}
    opened = Markup("").join(Markup(' {}="{}"').format(name, visible(value)) for name, value in given.items())
    return Markup("<{0}{1}>{2}</{0}>").format(tag, opened, together(*parts))


def frame(*parts: object) -> str:
    """Return the outermost element, which contains ``parts``, as the result of a ``_repr_html_``."""
    return str(element("div", *parts, style=FRAME))


def heading(text: object, note: object = "") -> Markup:
    """Return ``text`` in bold, followed by a muted ``note``."""
    return element("div", strong(text), *([" ", faint(note)] if note else []), style="margin-bottom:.3em")


def strong(text: object) -> Markup:
    """Return bold text."""
    return element("strong", text)


def faint(text: object) -> Markup:
    """Return muted text."""
    return element("span", text, style="opacity:.7")


def code(text: object) -> Markup:
    """Return a path or a name in code style."""
    return element("code", text, style="background:none;overflow-wrap:anywhere")


def line(label: str, *parts: object) -> Markup:
    """Return a line with ``label`` in muted text before ``parts``."""
    return element(
        "div",
        element("span", label, style="opacity:.7;flex:0 0 5em"),
        " ",
        element("span", *parts),
        style="display:flex;gap:.5em;margin:.15em 0",
    )


def bullets(texts: Iterable[object]) -> Markup:
    """Return a bulleted list of ``texts``; empty HTML if there are none."""
    items = [element("li", text) for text in texts]
    return element("ul", *items, style="margin:.2em 0;padding-left:1.4em") if items else Markup("")


def details(summary: object, *parts: object) -> Markup:
    """Return a collapsible section with ``summary`` as its title."""
    return element("details", element("summary", summary, style="cursor:pointer"), *parts, style="margin:.4em 0")


def table(
    header: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Collection[int] = (),
    wrapped: Collection[int] = (),
) -> Markup:
    """Return a table; columns in ``numbers`` are right-aligned, texts of columns in ``wrapped`` may wrap.

    The styles undo what the style sheets of notebooks change on tables and cells (fixed layout, right alignment).
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
    """Return a bar filled to ``share``, 0 to 1."""
    return _strip(f"currentColor {_percent(share)},{GREY} 0")


def whisker(value: float, low: float, high: float, *, axis: tuple[float, float] = (0.0, 1.0)) -> Markup:
    """Return a drawing of the interval from ``low`` to ``high`` on ``axis``, grey, with a tick at ``value``.

    The result is empty if a number is not finite.
    """
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
    """Return a finding as HTML: its severity, code, message and remedy, and the first of ``items``."""
    shown = [code(cut(item, 120)) for item in items[:SHOWN_ITEMS]]
    more = [faint(text_of("display-more-items", count=len(items) - len(shown)))] if len(items) > len(shown) else []
    return element(
        "div",
        strong(text_of(f"severity-{severity}")),
        " ",
        code(code_),
        element("div", message),
        element("div", "→ ", remedy, style="opacity:.8") if remedy else "",
        details(text_of("display-items", count=len(items)), bullets([*shown, *more])) if items else "",
        style=f"border-left:{SIDES.get(severity, '1px solid')} currentColor;padding-left:.7em;margin:.5em 0",
    )


def or_text(show: Callable[[T], str], value: T) -> str:
    """Return ``show(value)``, or the value's ``repr`` if that raises: a display must not stop a notebook cell."""
    try:
        return show(value)
    except Exception:
        return frame(element("pre", repr(value)))
