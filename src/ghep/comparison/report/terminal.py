"""A comparison in a screenful: the verdict first, then the board, what the checks said, and where the report lies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ghep.comparison.record import Comparison, Contender, Evidence, Place
from ghep.comparison.report.tables import all_findings, grave, left_out, touched
from ghep.comparison.report.words import distinct, interval, names, plural, seconds, share, visible

WIDTH = 100
NAME = 36
SHOWN_FINDINGS = 8
SIGNS = {"recommended": "*", "level": "=", "hurt": "!"}


def terminal_lines(comparison: Comparison, evidence: Evidence) -> list[str]:
    """Return the lines to print; none is longer than 100 characters, but for one word that is."""
    verdict = evidence.verdict
    called = names(place.contender for place in evidence.leaderboard)
    take = called.get(verdict.recommended, str(verdict.recommended))
    lines = [
        *labelled("verdict", f"{verdict.kind.upper().replace('-', ' ')}: {verdict.message}"),
        *labelled("because", verdict.reason),
        *labelled("take", f"{take}. {verdict.why_recommended}".rstrip(". ") + "."),
        *labelled("next", verdict.next_step),
        "",
        *_board(evidence, called),
        "",
        *labelled("data", touched(comparison)),
        *_trouble(comparison),
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
    short = distinct([called[place.contender] for place in evidence.leaderboard], NAME)
    wide = max(map(len, short), default=9)
    lines = [f"  {'contender':<{wide}}  accuracy  95 % interval   seeds     a run   {'trained':>13}"]
    signs = set()
    for name, place in zip(short, evidence.leaderboard, strict=True):
        sign = _sign(place, evidence)
        signs.add(sign)
        lines.append(
            f"{sign} {name:<{wide}}  {share(place.accuracy):>8}  "
            f"{interval(place.interval):<14}  {place.seeds:>5}  {seconds(place.seconds):>8}   "
            f"{place.trained_parameters:>13,}"
        )
    meaning = {"*": "recommended", "=": "level with the best", "!": "worse than a control"}
    lines.append("  " + ", ".join(f"{sign} {word}" for sign, word in meaning.items() if sign in signs))
    return lines


def _sign(place: Place, evidence: Evidence) -> str:
    if place.contender == evidence.verdict.recommended:
        return "*"
    if place.hurt:
        return "!"
    return "=" if place.contender in (*evidence.verdict.level_with_best, evidence.verdict.best) else " "


def _trouble(comparison: Comparison) -> Iterable[str]:
    """Yield what went wrong or is doubtful: failures, what was left out, errors and warnings."""
    for failure in comparison.failures:
        yield from labelled("failed", f"{failure.contender}, seed {failure.seed}: {failure.cause}. {failure.remedy}")
    for stopped in left_out(comparison):
        yield from labelled("left out", f"{plural(stopped.runs, 'run')} of {stopped.contender}: {stopped.reason}")
    findings = grave(all_findings(comparison))
    for finding in findings[:SHOWN_FINDINGS]:
        yield from labelled(finding.severity, f"{finding.message} [{finding.code}] {finding.remedy}".rstrip())
    if len(findings) > SHOWN_FINDINGS:
        yield from labelled("", f"and {len(findings) - SHOWN_FINDINGS} more, see the report")
