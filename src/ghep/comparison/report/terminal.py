"""A comparison as text for a terminal: verdict, leaderboard, findings, and the path of the report.

In: ``Comparison`` and ``Evidence``. Out: lines of text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from ghep.comparison.record import Comparison, Contender, Evidence, Place, Stopped
from ghep.comparison.report.tables import (
    all_findings,
    display_names,
    failed,
    headline,
    left_out,
    mark_text,
    off_by,
    planned_total,
    serious,
    shows_kept,
    split_use,
    verdict_title,
)
from ghep.comparison.report.words import duration, interval, parameters, score
from ghep.display.html import visible
from ghep.messages import text_of
from ghep.types import Finding

WIDTH = 100
SHOWN_FINDINGS = 8
LEAST, SIDES = (9, 8, 14, 5, 8, 8, 6), "<><>>>>"
"""Least widths of the columns of the leaderboard, and the side to which each is set."""


def terminal_lines(comparison: Comparison, evidence: Evidence) -> list[str]:
    """Return the summary of a comparison, as lines of at most 100 characters (longer words and names aside)."""
    verdict, called = evidence.verdict, display_names(comparison, evidence)
    lines = [
        *labelled("verdict", f"{verdict_title(verdict)[1].upper()}: {headline(evidence, called)}"),
        *labelled("because", str(verdict.reason)),
        *labelled("take", f"{called[verdict.recommended]}. {verdict.why_recommended}".rstrip(". ") + "."),
        *labelled("next", str(verdict.next_step)),
        "",
        *_board(evidence, called),
        "",
        *labelled("data", split_use(comparison)),
        *_time(comparison),
        *_trouble(comparison, called),
        *labelled("report", str(comparison.folder / "report.html")),
    ]
    return [visible(line) for line in lines]


def labelled(label: str, text: str) -> list[str]:
    """Return ``text`` wrapped into lines, the first preceded by a label (the text for the key ``label``).

    An empty text has no lines.
    """
    if not text.strip():
        return []
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{text_of('line-label', label=label) if label else label:<9} ",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _board(evidence: Evidence, called: dict[Contender, str]) -> list[str]:
    board = [(called[place.contender], place) for place in evidence.leaderboard]
    kept = shows_kept(evidence.leaderboard)
    columns = ("contender", evidence.score, "interval", "seeds", "cost", "trained", *(["kept"] if kept else []))
    rows = [(" ", [text_of("report-column", column=one) for one in columns])]
    for name, place in board:
        values = [name, score(place.accuracy), interval(place.interval), str(place.seeds), duration(place.seconds)]
        values += [parameters(place.trained_parameters), *([score(place.source_kept)] if kept else [])]
        rows.append((_sign(place, evidence), values))
    widths = [max(least, *map(len, cells)) for least, *cells in zip(LEAST, *(row for _, row in rows), strict=False)]
    lines = []
    for sign, row in rows:
        cells = [f"{one:{side}{width}}" for one, side, width in zip(row, SIDES, widths, strict=False)]
        lines.append(f"{sign} {'  '.join(cells)}")
    signs = {_sign(place, evidence) for place in evidence.leaderboard}
    same = [called.get(place.same_as, str(place.same_as)) for _, place in board if place.same_as is not None]
    marks = {"*": "recommended", "=": "level", "!": "hurt", "0": "reference", "~": "same"}
    same_as = list(dict.fromkeys(same))
    legend = (f"{sign} {mark_text(mark, evidence, same_as)}" for sign, mark in marks.items() if sign in signs)
    lines.append("  " + ", ".join([*legend, *([text_of("board-kept")] if kept else [])]))
    return lines


def _sign(place: Place, evidence: Evidence) -> str:
    if place.contender == evidence.verdict.recommended:
        return "*"
    if place.hurt:
        return "!"
    if place.same_as is not None:
        return "~"
    if place.contender.reference:
        return "0"
    return "=" if place.contender in (*evidence.verdict.level_with_best, evidence.verdict.best) else " "


def _time(comparison: Comparison) -> list[str]:
    """Return the line on the time that the runs took, compared with the estimate if there was one."""
    total, limit = planned_total(comparison.plan), comparison.time_limit
    text = text_of("time-taken", seconds=comparison.seconds, limited=limit is not None, limit=limit)
    if total is None:
        return labelled("time", text)
    planned = text_of(
        "time-planned",
        runs=total.runs,
        actual=total.actual_seconds,
        estimated=total.estimated_seconds,
        off_by=off_by(total),
    )
    return labelled("time", f"{text}; {planned}")


def _trouble(comparison: Comparison, called: dict[Contender, str]) -> Iterable[str]:
    """Yield the lines on failures, runs left out, errors and warnings."""
    for runs, cause, remedy in failed(comparison, called):
        yield from labelled("failed", text_of("failed-runs", runs=runs, cause=cause, advice=remedy))
    for one in left_out(comparison):
        yield from labelled("left-out", left_out_text(called[one.contender], one))
    yield from finding_lines(serious(all_findings(comparison)))


def left_out_text(name: str, stopped: Stopped) -> str:
    """Return a line of text on the runs of the contender ``name`` that were left out, with the reason."""
    return text_of("left-out", name=name, runs=stopped.runs, cause=stopped.reason)


def finding_lines(findings: Sequence[Finding]) -> Iterable[str]:
    """Yield the first findings as lines of text, followed by the number of further findings."""
    for one in findings[:SHOWN_FINDINGS]:
        yield from labelled(one.severity, f"{one.message} [{one.code}] {one.remedy}".rstrip())
    if len(findings) > SHOWN_FINDINGS:
        yield from labelled("", text_of("more-in-report", count=len(findings) - SHOWN_FINDINGS))
