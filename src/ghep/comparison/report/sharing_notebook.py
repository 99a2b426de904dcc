"""What a notebook shows of a comparison of several tasks: the answer, and each task under each way of sharing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from ghep.comparison.record import Contender
from ghep.comparison.report.notebook import notes
from ghep.comparison.report.sharing_tables import (
    KINDS,
    MARKS,
    GainLine,
    bills,
    everyone,
    failures,
    findings,
    more_steps,
    next_steps,
    ratio,
    recommended_alone,
    remedy_lines,
    stopped,
    task_parts,
    way_rows,
)
from ghep.comparison.report.tables import grave
from ghep.comparison.report.words import plural, points, points_interval, share
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.display import html

MOST_ROWS = 30
MOST_LINES = 8


def sharing_html(shared: SharedComparison, evidence: SharingEvidence, report: Path) -> str:
    """Return the HTML of a comparison of several tasks."""
    called = everyone(shared, evidence)
    following, note = next_steps(evidence, called), more_steps(shared, evidence)
    return html.frame(
        html.heading(f"{KINDS[evidence.kind][1]}: {evidence.message}"),
        html.line("take", *_take(shared, evidence, called)),
        html.line("next", html.bullets(following[:MOST_LINES])) if following else "",
        html.line("note", note) if note else "",
        _gains(shared, evidence, called),
        _costs(evidence, called),
        *(
            html.line("failed", f"{one.contender}, seed {one.seed}: {one.cause}. {one.remedy}")
            for one in failures(shared)[:MOST_LINES]
        ),
        *(
            html.line("left out", f"{one.contender}, {plural(one.runs, 'run')}: {one.reason}")
            for one in stopped(shared)[:MOST_LINES]
        ),
        notes(grave(findings(shared, evidence))),
        html.line("report", html.code(report)),
    )


def _take(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> tuple[object, ...]:
    if evidence.recommended is not None:
        return html.strong(called[evidence.recommended]), f", one model for {', '.join(shared.every_task)}."
    own = recommended_alone(evidence, task_parts(shared, evidence))
    return "a model for each task: ", ", ".join(f"{model} for {task}" for task, model in own), "."


def _gains(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> Markup:
    ways = [(way.name, way.lines) for way in way_rows(evidence, called)]
    ways += [(one.name, tuple(filter(None, one.gains))) for one in remedy_lines(evidence, shared.every_task, called)]
    rows = [
        ("" if place else html.strong(name), *_gain(line)) for name, lines in ways for place, line in enumerate(lines)
    ]
    if not rows:
        return Markup("")
    header = ("way of sharing", "task", "alone", "shared", "points", "95 % interval", "")
    left = len(rows) - MOST_ROWS
    table = html.table(header, rows[:MOST_ROWS], numbers=(2, 3, 4))
    return html.together(table, html.faint(f"and {left} more, see the report") if left > 0 else "")


def _gain(line: GainLine) -> tuple[object, ...]:
    pair, (sign, said) = line.gain.pair, MARKS[line.mark]
    ends = "exactly" if line.gain.identical else points_interval(pair.interval)
    return (
        line.gain.task,
        share(line.alone),
        share(line.shared),
        points(pair.difference),
        ends,
        f"{sign} {said}",
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
    header = ("cost, of models alone", "to train", "weights", "to predict")
    return html.table(header, rows, numbers=(1, 2, 3)) if rows else Markup("")
