"""A comparison of several tasks in a notebook, as HTML: the verdict, and the gain of each task in each shared model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from ghep.comparison.record import Contender
from ghep.comparison.report.notebook import headers, line, more, notes
from ghep.comparison.report.sharing_tables import (
    GainLine,
    bills,
    failures,
    findings,
    left_out,
    more_steps,
    next_steps,
    ratio,
    remedy_lines,
    way_display_names,
    way_rows,
)
from ghep.comparison.report.sharing_terminal import failure_text, gain_text, interval_text, recommendation
from ghep.comparison.report.tables import serious
from ghep.comparison.report.terminal import left_out_text
from ghep.comparison.report.words import points, score
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.display import html
from ghep.messages import text_of

MOST_ROWS = 30
MOST_LINES = 8


def sharing_html(shared: SharedComparison, evidence: SharingEvidence, report: Path) -> str:
    """Return the HTML of a comparison of several tasks; ``report`` is the path of the full report."""
    called = way_display_names(shared, evidence)
    following, note = next_steps(evidence, called), more_steps(shared, evidence)
    return html.frame(
        html.heading(f"{text_of('sharing-title', kind=evidence.kind)}: {evidence.message}"),
        line("take", recommendation(shared, evidence, called)),
        line("next", html.bullets(following[:MOST_LINES])) if following else "",
        line("note", note) if note else "",
        _gains(shared, evidence, called),
        _costs(evidence, called),
        *(line("failed", failure_text(one)) for one in failures(shared)[:MOST_LINES]),
        *(line("left-out", left_out_text(str(one.contender), one)) for one in left_out(shared)[:MOST_LINES]),
        notes(serious(findings(shared, evidence))),
        line("report", html.code(report)),
    )


def _gains(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> Markup:
    ways = [(way.name, way.lines) for way in way_rows(evidence, called)]
    ways += [(one.name, tuple(filter(None, one.gains))) for one in remedy_lines(evidence, shared.every_task, called)]
    rows = [
        ("" if place else html.strong(name), *_gain(line)) for name, lines in ways for place, line in enumerate(lines)
    ]
    if not rows:
        return Markup("")
    header = headers("way", "task", "single", "shared", "points", "interval", "")
    table = html.table(header, rows[:MOST_ROWS], numbers=(2, 3, 4))
    return html.together(table, more(len(rows) - MOST_ROWS))


def _gain(line: GainLine) -> tuple[object, ...]:
    return (
        line.gain.task,
        score(line.single),
        score(line.shared),
        points(line.gain.pair.difference),
        interval_text(line.gain),
        gain_text(line.mark),
    )


def _costs(evidence: SharingEvidence, called: Mapping[Contender, str]) -> Markup:
    rows = [
        (
            called[one.together],
            ratio(one.seconds, one.alone_seconds),
            ratio(one.weight_bytes, one.alone_weight_bytes),
            ratio(one.predict_seconds, one.alone_predict_seconds),
        )
        for one in bills(evidence)[:MOST_ROWS]
    ]
    header = headers("cost-ratio", "to-train", "weights", "to-predict")
    return html.table(header, rows, numbers=(1, 2, 3)) if rows else Markup("")
