"""What a notebook shows of a comparison: the verdict and the leaderboard, and one figure.

In: ``Comparison`` and ``Evidence``. Out: HTML, or the ``Plot`` that says most about transfer.
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
    everyone,
    failed,
    grave,
    headline,
    kind_shown,
    left_out,
    touched,
)
from ghep.comparison.report.transfer import transfer
from ghep.comparison.report.words import interval, plural, seconds, share
from ghep.display import html
from ghep.types import Finding

MOST_PLACES = 12
MOST_FINDINGS = 6


def comparison_html(comparison: Comparison, evidence: Evidence, report: Path) -> str:
    """Return the HTML of a comparison."""
    verdict, called = evidence.verdict, everyone(comparison, evidence)
    return html.frame(
        html.heading(f"{kind_shown(verdict)[1]}: {headline(evidence, called)}"),
        html.line("because", verdict.reason) if verdict.reason else "",
        html.line("take", html.strong(called[verdict.recommended]), f". {verdict.why_recommended}".rstrip(". ") + "."),
        html.line("next", verdict.next_step) if verdict.next_step else "",
        _board(board(comparison, evidence, called), axis(evidence.leaderboard)),
        html.line("data", touched(comparison)),
        *(html.line("failed", f"{runs}: {cause}. {remedy}") for runs, cause, remedy in failed(comparison, called)),
        *(
            html.line("left out", f"{called[one.contender]}, {plural(one.runs, 'run')}: {one.reason}")
            for one in left_out(comparison)[:MOST_PLACES]
        ),
        notes(grave(all_findings(comparison))),
        html.line("report", html.code(report)),
    )


def _board(lines: Sequence[BoardLine], ends: tuple[float, float]) -> Markup:
    header = ("", "contender", "accuracy", "95 % interval", f"{ends[0]:.2f} to {ends[1]:.2f}", "", "seeds", "cost")
    rows = [_row(rank, line, ends) for rank, line in enumerate(lines[:MOST_PLACES], 1)]
    left = len(lines) - len(rows)
    table = html.table(header, rows, numbers=(0, 2, 6, 7), wrapped=(1, 5))
    return html.together(table, html.faint(f"and {left} more, see the report") if left else "")


def _row(rank: int, line: BoardLine, ends: tuple[float, float]) -> tuple[object, ...]:
    place = line.place
    recommended = any(kind == "recommended" for kind, _ in line.marks)
    said = ", ".join(word for _, word in line.marks)
    return (
        rank,
        html.strong(line.name) if recommended else line.name,
        share(place.accuracy),
        interval(place.interval),
        html.whisker(place.accuracy, place.interval.low, place.interval.high, axis=ends),
        html.faint(said),
        place.seeds,
        seconds(place.seconds),
    )


def notes(findings: Sequence[Finding]) -> Markup:
    """Return the first findings, and how many more there are."""
    shown = [html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in findings[:MOST_FINDINGS]]
    left = len(findings) - len(shown)
    return html.together(*shown, html.faint(f"and {left} more findings, see the report") if left else "")


def main_plot(comparison: Comparison, evidence: Evidence) -> Plot:
    """Return pretrained against scratch over labels, else over epochs, else the leaderboard with its intervals."""
    found = {plot.name: plot for plot in transfer(comparison, evidence, everyone(comparison, evidence)).plots}
    return found.get("transfer_labels") or found.get("transfer_epochs") or accuracy(comparison, evidence)
