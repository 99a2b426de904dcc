"""What a comparison of fragility looks like: the sentence, the table, the figure, the page.

In: a ``StrategiesAttacked``. Out: texts, and files in a folder.
"""

from __future__ import annotations

from dataclasses import asdict
from math import inf, isfinite
from pathlib import Path
from typing import Any

from ghep.display import html
from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import cut, visible
from ghep.display.look import SERIES
from ghep.explanation.attack.attack_options import written_bound
from ghep.explanation.attack.attack_page import made_ready
from ghep.explanation.attack.fragility_record import Row, StrategiesAttacked
from ghep.explanation.page import Page, Section, drawn, write_page
from ghep.messages import number_text, percent, text_of
from ghep.storage.text import write_json_atomic
from ghep.types import three

UNITS = {
    "distance": ("fragility-unit-distance", "fragility-column-distance", "fragility-axis-distance"),
    "bound": ("fragility-unit-bound", "fragility-column-bound", "fragility-axis-bound"),
}
"""What is measured -> its name in a sentence, in the table and in the figure."""
NUMBERS = (1, 2, 3, 4, 5, 6, 7)
"""Columns that are right-aligned."""


def lead_of(found: StrategiesAttacked) -> str:
    """Return whether the strategies differ, and by how much: the pair farthest apart of those that do."""
    first, last = found.rows[0], found.rows[-1]
    if not any(row.needed for row in found.rows):
        counts = {"a": f"{first.reached}/{first.n}", "b": f"{last.reached}/{last.n}"}
        bound = written_bound(found.options.levels)
        return text_of("fragility-lead-shares", bound=bound, first=first.name, last=last.name, **counts)
    if not found.pairs:
        return text_of("fragility-lead-alone", name=first.name, needed=_written(found, first.median))
    pair = next((one for one in found.pairs if one.a == first.name and one.b == last.name), found.pairs[0])
    code = "fragility-lead-differ" if pair.differ else "fragility-lead-level"
    different = [one for one in found.pairs if one.differ]
    if different and not pair.differ:
        pair, code = min(different, key=lambda one: one.p_value), "fragility-lead-differ"
    if pair.needed.ratio < 1 and pair.differ:  # medians may be in the other order than most photos
        code = "fragility-lead-differ-reversed"
    return text_of(
        code,
        a=pair.a,
        b=pair.b,
        ratio=_times(pair.needed.ratio),
        low=_times(pair.needed.interval.low),
        high=_times(pair.needed.interval.high),
        unit=text_of(UNITS[_unit(found)][0]),
        n=pair.needed.n,
        more=pair.needed.a_larger,
        less=pair.needed.b_larger,
    )


def notes_of(found: StrategiesAttacked) -> list[str]:
    """Return what else to know, a sentence each."""
    measured = [row for row in found.rows if row.needed]
    notes = []
    if _unit(found) == "bound" and measured and all(row.median == 1 for row in measured):
        notes.append(text_of("fragility-note-one-level"))
    notes.append(text_of("fragility-note-seeds", bundles=max(row.bundles for row in found.rows)))
    return notes


def lines_of(found: StrategiesAttacked) -> list[str]:
    """Return the result as the command line prints it."""
    table = [_header(found), *(_cells(found, row) for row in found.rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    aligned = [
        "  ".join(
            cell.rjust(width) if column in NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    return [lead_of(found), "", *(line.rstrip() for line in aligned), "", *notes_of(found)]


def plotted(found: StrategiesAttacked) -> NotebookFigure:
    """Return a figure of what each strategy needs, with its interval; of the shares where this was not measured."""
    rows = list(reversed(found.rows))
    measured = any(row.needed for row in rows)
    if measured:
        spans = [(inf if row.median is None else row.median, row.interval) for row in rows]
    else:
        spans = [(row.reached / row.n if row.n else 0.0, row.share) for row in rows]
    ends = [end for value, span in spans for end in (value, span.low, span.high) if isfinite(end)]
    most = max(ends, default=1.0) if measured else 1.0

    def paint(figure: Any) -> None:
        bottom = 0.5 / (0.9 + 0.34 * len(rows))
        axis = figure.subplots(gridspec_kw={"left": 0.42, "right": 0.96, "bottom": bottom, "top": 0.97})
        for place, (value, span) in enumerate(spans):
            axis.plot([span.low, min(span.high, 1.1 * most)], [place, place], color=SERIES[0], alpha=0.4, lw=5)
            axis.plot([min(value, 1.1 * most)], [place], marker="o" if isfinite(value) else ">", color=SERIES[0])
        axis.set_yticks(range(len(rows)), [cut(visible(row.name), 44) for row in rows])
        axis.set_xlim(-0.03 * most, 1.13 * most)
        if measured:
            axis.set_xlabel(text_of(UNITS[_unit(found)][2]))
        else:
            axis.set_xticks([0, 0.25, 0.5, 0.75, 1], list(map(percent, (0, 0.25, 0.5, 0.75, 1))))
            axis.set_xlabel(text_of("fragility-axis", bound=written_bound(found.options.levels)))

    return painted(text_of("fragility-title"), (7.2, 0.9 + 0.34 * len(rows)), paint, name="fragility")


def saved(found: StrategiesAttacked, folder: Path) -> Path:
    """Write page, figure and ``attack.json`` into ``folder``; return the page."""
    made_ready(folder, overwrite=found.options.overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    write_json_atomic(folder / "attack.json", as_json(found))
    title = text_of("fragility-title")
    figure = drawn("fragility", title, text_of("fragility-caption"), plotted(found))
    rows = [_cells(found, row) for row in found.rows]
    section = Section(title, [], [figure], _header(found), rows, NUMBERS, text_of("fragility-caveat"))
    if _unit(found) == "distance":
        subtitle = text_of("fragility-subtitle-distance", folder=found.folder)
    else:
        subtitle = text_of("fragility-subtitle", folder=found.folder, bound=written_bound(found.options.levels))
    return write_page(Page(title, subtitle, lead_of(found), notes_of(found), found.findings, [section]), folder)


def as_json(found: StrategiesAttacked) -> dict[str, Any]:
    """Return the results as plain values; infinity is None."""
    return {
        "folder": found.folder,
        "options": asdict(found.options),
        "needed": "distance" if found.options.method == "cw" else "levels",
        "rows": [
            {
                **asdict(row),
                "needed": {name: _finite(value) for name, value in row.needed.items()},
                "median": row.median,
                "low": _finite(row.interval.low),
                "high": _finite(row.interval.high),
                "share": [row.share.low, row.share.high],
            }
            for row in found.rows
        ],
        "pairs": [
            {
                "a": one.a,
                "b": one.b,
                "ratio": _finite(one.needed.ratio),
                "low": one.needed.interval.low,
                "high": _finite(one.needed.interval.high),
                "a_needs_more": one.needed.a_larger,
                "b_needs_more": one.needed.b_larger,
                "n": one.needed.n,
                "p_value": one.p_value,
                "differ": one.differ,
            }
            for one in found.pairs
        ],
        "findings": [asdict(one) for one in found.findings],
    }


def as_html(found: StrategiesAttacked) -> str:
    """Return the result as a notebook shows it."""
    return html.frame(
        html.heading(lead_of(found)),
        html.bullets(notes_of(found)),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in found.findings),
        html.table(_header(found), [_cells(found, row) for row in found.rows], numbers=NUMBERS),
        html.element("div", text_of("fragility-caveat")),
    )


def _header(found: StrategiesAttacked) -> list[str]:
    return [
        text_of("fragility-column-strategy"),
        text_of(UNITS[_unit(found)][1]),
        text_of("attack-column-interval"),
        text_of("fragility-column-ratio"),
        text_of("attack-column-interval"),
        text_of("fragility-column-p"),
        text_of("attack-column-pgd"),
        text_of("fragility-column-confidence"),
        text_of("fragility-column-masked"),
    ]


def _cells(found: StrategiesAttacked, row: Row) -> list[str]:
    first = found.rows[0].name
    pair = next((one for one in found.pairs if one.a == first and one.b == row.name), None)
    against = ["", "", ""]
    if pair is not None:
        span = pair.needed.interval
        against = [
            _times(pair.needed.ratio),
            f"{_times(span.low)} – {_times(span.high)}",
            number_text(pair.p_value, ".2g"),
        ]
    return [
        row.name,
        _written(found, row.median) if row.needed else "-",
        f"{_written(found, row.interval.low)} – {_written(found, row.interval.high)}" if row.needed else "-",
        *against,
        f"{row.reached}/{row.n}",
        number_text(row.confidence, ".2f"),
        text_of("attack-yes") if row.masked else text_of("attack-no"),
    ]


def _unit(found: StrategiesAttacked) -> str:
    return "distance" if found.options.method == "cw" else "bound"


def _written(found: StrategiesAttacked, value: float | None) -> str:
    if value is None or not isfinite(value):
        return "∞"
    return three(value) if _unit(found) == "distance" else f"{number_text(value, '.3g')}/255"


def _finite(value: float) -> float | None:
    return value if -inf < value < inf else None


def _times(ratio: float) -> str:
    return number_text(ratio, ".2f") if isfinite(ratio) else "∞"
