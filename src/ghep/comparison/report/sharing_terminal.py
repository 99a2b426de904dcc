"""A comparison of several tasks in a screenful: the answer, each task under each way of sharing, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ghep.comparison.record import Contender
from ghep.comparison.report.sharing_tables import (
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
from ghep.comparison.report.terminal import SHOWN_FINDINGS, labelled
from ghep.comparison.report.words import distinct, plural, points, points_interval, share
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.display.html import visible

NAME = 32


def sharing_lines(shared: SharedComparison, evidence: SharingEvidence) -> list[str]:
    """Return the lines to print; none is longer than 100 characters, but for one word that is."""
    called = everyone(shared, evidence)
    lines = [
        *labelled("verdict", f"{evidence.kind.upper().replace('-', ' ')}: {evidence.message}"),
        *labelled("take", _take(shared, evidence, called)),
        *labelled("next", "; ".join(next_steps(evidence, called))),
        *labelled("note", more_steps(shared, evidence)),
        "",
        *_board(shared, evidence, called),
        *_costs(evidence, called),
        "",
        *_trouble(shared, evidence),
        *labelled("report", str(shared.folder / "report.html")),
    ]
    return [visible(line) for line in lines]


def _take(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> str:
    if evidence.recommended is not None:
        return f"{called[evidence.recommended]}, one model for {', '.join(shared.every_task)}."
    own = recommended_alone(evidence, task_parts(shared, evidence))
    return f"a model for each task: {', '.join(f'{model} for {task}' for task, model in own)}."


def _board(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    ways = [(way.name, way.lines) for way in way_rows(evidence, called)]
    ways += [(one.name, tuple(filter(None, one.gains))) for one in remedy_lines(evidence, shared.every_task, called)]
    if not ways:
        return []
    short = distinct([name for name, _ in ways], NAME)
    tasks = distinct(list(shared.every_task), NAME)
    by_task = dict(zip(shared.every_task, tasks, strict=True))
    wide = max(max(map(len, tasks)), 4)
    lines = [f"  {'task':<{wide}}  alone  shared  points  95 % interval    {'verdict':<15}"]
    for name, (_, found) in zip(short, ways, strict=True):
        lines += [name, *(f"  {by_task[line.gain.task]:<{wide}}  {_numbers(line)}".rstrip() for line in found)]
    return lines


def _numbers(line: GainLine) -> str:
    pair = line.gain.pair
    ends = "exactly" if line.gain.identical else points_interval(pair.interval)
    sign, said = MARKS[line.mark]
    return f"{share(line.alone)}   {share(line.shared)}  {points(pair.difference):>6}  {ends:<15}  {sign} {said}"


def _costs(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    found = bills(evidence)
    if not found:
        return []
    short = distinct([called[one.together] for one in found], NAME)
    wide = max(map(len, short))
    lines = ["", f"  {'of models alone':<{max(wide, 15)}}   to train    weights   to predict"]
    for name, one in zip(short, found, strict=True):
        parts = (
            ratio(one.seconds, one.alone_seconds),
            ratio(one.weight_bytes, one.alone_weight_bytes),
            ratio(one.predict_seconds, one.alone_predict_seconds),
        )
        lines.append(f"  {name:<{max(wide, 15)}}   {parts[0]:>8}   {parts[1]:>8}     {parts[2]:>8}")
    return lines


def _trouble(shared: SharedComparison, evidence: SharingEvidence) -> Iterable[str]:
    """Yield what went wrong or is doubtful: failures, what was left out, errors and warnings."""
    for failure in failures(shared):
        yield from labelled("failed", f"{failure.contender}, seed {failure.seed}: {failure.cause}. {failure.remedy}")
    for one in stopped(shared):
        yield from labelled("left out", f"{one.contender}, {plural(one.runs, 'run')}: {one.reason}")
    found = grave(findings(shared, evidence))
    for finding in found[:SHOWN_FINDINGS]:
        yield from labelled(finding.severity, f"{finding.message} [{finding.code}] {finding.remedy}".rstrip())
    if len(found) > SHOWN_FINDINGS:
        yield from labelled("", f"and {len(found) - SHOWN_FINDINGS} more, see the report")
