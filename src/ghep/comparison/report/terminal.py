"""A comparison in a screenful: the verdict first, then the board, what the checks said, and where the report lies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ghep.comparison.record import Comparison, Contender, Evidence, Place
from ghep.comparison.report.tables import (
    all_findings,
    everyone,
    failed,
    grave,
    headline,
    kind_shown,
    left_out,
    off_by,
    planned_total,
    the_best,
    touched,
)
from ghep.comparison.report.words import interval, listed, parameters, plural, seconds, share
from ghep.display.html import visible

WIDTH = 100
SHOWN_FINDINGS = 8


def terminal_lines(comparison: Comparison, evidence: Evidence) -> list[str]:
    """Return the lines to print; none is longer than 100 characters, unless a name or a word is too long for that."""
    verdict, called = evidence.verdict, everyone(comparison, evidence)
    lines = [
        *labelled("verdict", f"{kind_shown(verdict)[1].upper()}: {headline(evidence, called)}"),
        *labelled("because", verdict.reason),
        *labelled("take", f"{called[verdict.recommended]}. {verdict.why_recommended}".rstrip(". ") + "."),
        *labelled("next", verdict.next_step),
        "",
        *_board(evidence, called),
        "",
        *labelled("data", touched(comparison)),
        *_time(comparison),
        *_trouble(comparison, called),
        *labelled("report", str(comparison.folder / "report.html")),
    ]
    return [visible(line) for line in lines]


def labelled(label: str, text: str) -> list[str]:
    """Return ``text`` wrapped, with ``label`` before its first line; nothing for an empty one."""
    if not text.strip():
        return []
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{label:<9} ",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _board(evidence: Evidence, called: dict[Contender, str]) -> list[str]:
    board = [(called[place.contender], place) for place in evidence.leaderboard]
    wide = max((len(name) for name, _ in board), default=9)
    lines = [f"  {'contender':<{wide}}  accuracy  95 % interval   seeds      cost   trained"]
    for name, place in board:
        lines.append(
            f"{_sign(place, evidence)} {name:<{wide}}  {share(place.accuracy):>8}  {interval(place.interval):<14}  "
            f"{place.seeds:>5}  {seconds(place.seconds):>8}  "
            f"{parameters(place.trained_parameters):>8}"
        )
    signs = {_sign(place, evidence) for place in evidence.leaderboard}
    same = [called.get(place.same_as, str(place.same_as)) for _, place in board if place.same_as is not None]
    meaning = {
        "*": "recommended",
        "=": f"level with {the_best(evidence)}",
        "!": "worse than a control",
        "0": "reference, no labels",
        "~": f"same answers as {listed(list(dict.fromkeys(same)))}",
    }
    lines.append("  " + ", ".join(f"{sign} {word}" for sign, word in meaning.items() if sign in signs))
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
    """Say what it took, against the estimate if there was one."""
    total = planned_total(comparison.plan)
    text = seconds(comparison.seconds)
    if comparison.time_limit is not None:
        text += f" of at most {seconds(comparison.time_limit)}"
    if total is not None:
        text += f"; its {plural(total.runs, 'run')} took {seconds(total.actual_seconds)}, estimated "
        text += f"{seconds(total.estimated_seconds)} ({off_by(total)})"
    return labelled("time", text)


def _trouble(comparison: Comparison, called: dict[Contender, str]) -> Iterable[str]:
    """Yield what went wrong or is doubtful: failures, what was left out, errors and warnings."""
    for runs, cause, remedy in failed(comparison, called):
        yield from labelled("failed", f"{runs}: {cause}. {remedy}")
    for stopped in left_out(comparison):
        yield from labelled("left out", f"{called[stopped.contender]}, {plural(stopped.runs, 'run')}: {stopped.reason}")
    findings = grave(all_findings(comparison))
    for finding in findings[:SHOWN_FINDINGS]:
        yield from labelled(finding.severity, f"{finding.message} [{finding.code}] {finding.remedy}".rstrip())
    if len(findings) > SHOWN_FINDINGS:
        yield from labelled("", f"and {len(findings) - SHOWN_FINDINGS} more, see the report")
