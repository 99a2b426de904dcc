"""A comparison in a notebook: the verdict, the leaderboard, and one figure.

In: ``Comparison`` and ``Evidence``. Out: HTML, or the ``Plot`` that shows transfer best.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from ghep.comparison.record import Comparison, Evidence
from ghep.comparison.report.charts import accuracy
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.tables import (
    BoardLine,
    all_findings,
    axis,
    board,
    display_names,
    failed,
    headline,
    left_out,
    serious,
    shows_kept,
    split_use,
    verdict_title,
)
from ghep.comparison.report.terminal import left_out_text
from ghep.comparison.report.transfer import transfer
from ghep.comparison.report.words import duration, interval, score
from ghep.display import html
from ghep.messages import text_of
from ghep.types import Finding

MOST_PLACES = 12
MOST_FINDINGS = 6


def comparison_html(comparison: Comparison, evidence: Evidence, report: Path) -> str:
    """Return the HTML of a comparison; ``report`` is the path of the full report."""
    verdict, called = evidence.verdict, display_names(comparison, evidence)
    return html.frame(
        html.heading(f"{verdict_title(verdict)[1]}: {headline(evidence, called)}"),
        line("because", verdict.reason) if verdict.reason else "",
        line("take", html.strong(called[verdict.recommended]), f". {verdict.why_recommended}".rstrip(". ") + "."),
        line("next", verdict.next_step) if verdict.next_step else "",
        _board(board(comparison, evidence, called), axis(evidence.leaderboard), evidence.score),
        line("data", split_use(comparison)),
        *(
            line("failed", text_of("failed-runs", runs=runs, cause=cause, advice=remedy))
            for runs, cause, remedy in failed(comparison, called)
        ),
        *(line("left-out", left_out_text(called[one.contender], one)) for one in left_out(comparison)[:MOST_PLACES]),
        notes(serious(all_findings(comparison))),
        line("report", html.code(report)),
    )


def line(label: str, *parts: object) -> Markup:
    """Return a line of HTML: a label (the text for the key ``label``, such as "next"), then ``parts``."""
    return html.line(text_of("line-label", label=label), *parts)


def headers(*columns: str) -> tuple[str, ...]:
    """Return the headers of a table for keys such as ``seeds``; an empty key gives an empty header."""
    return tuple(text_of("report-column", column=one) if one else "" for one in columns)


def more(count: int) -> Markup | str:
    """Return a line of HTML that says how many further rows are only in the full report; empty if there are none."""
    return html.faint(text_of("more-in-report", count=count)) if count > 0 else ""


def _board(lines: Sequence[BoardLine], ends: tuple[float, float], score_name: str) -> Markup:
    names, numbers = headers("", "contender", score_name, "interval"), headers("", "seeds", "cost")
    header = (*names, text_of("axis-range", low=ends[0], high=ends[1]), *numbers)
    rows = [_row(rank, line, ends) for rank, line in enumerate(lines[:MOST_PLACES], 1)]
    right: tuple[int, ...] = (0, 2, 6, 7)
    if shows_kept([line.place for line in lines]):
        header, right = (*header, *headers("kept")), (*right, 8)
        rows = [(*row, score(line.place.source_kept)) for row, line in zip(rows, lines, strict=False)]
    table = html.table(header, rows, numbers=right, wrapped=(1, 5))
    return html.together(table, more(len(lines) - len(rows)))


def _row(rank: int, line: BoardLine, ends: tuple[float, float]) -> tuple[object, ...]:
    place = line.place
    recommended = any(kind == "recommended" for kind, _ in line.marks)
    marks = ", ".join(text for _, text in line.marks)
    return (
        rank,
        html.strong(line.name) if recommended else line.name,
        score(place.accuracy),
        interval(place.interval),
        html.whisker(place.accuracy, place.interval.low, place.interval.high, axis=ends),
        html.faint(marks),
        place.seeds,
        duration(place.seconds),
    )


def notes(findings: Sequence[Finding]) -> Markup:
    """Return the first findings as HTML, followed by the number of further findings in the full report."""
    shown = [html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in findings[:MOST_FINDINGS]]
    left = len(findings) - len(shown)
    return html.together(*shown, html.faint(text_of("more-findings-in-report", count=left)) if left else "")


def main_plot(comparison: Comparison, evidence: Evidence) -> Plot:
    """Return the main figure of a comparison: pretrained against scratch over the number of labels.

    If there are no label curves, it is over epochs; if there are no learning curves either, it shows all accuracies.
    """
    found = {plot.name: plot for plot in transfer(comparison, evidence, display_names(comparison, evidence)).plots}
    return found.get("transfer_labels") or found.get("transfer_epochs") or accuracy(comparison, evidence)
