"""A comparison of several tasks as text for a terminal: the verdict, the gains of each shared model, and the costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ghep.comparison.record import Contender, Failure
from ghep.comparison.report.sharing_tables import (
    MARK_SIGNS,
    GainLine,
    bills,
    failures,
    findings,
    left_out,
    more_steps,
    next_steps,
    ratio,
    recommended_single,
    remedy_lines,
    task_parts,
    way_display_names,
    way_rows,
)
from ghep.comparison.report.tables import serious
from ghep.comparison.report.terminal import finding_lines, labelled, left_out_text
from ghep.comparison.report.words import distinct, points, points_interval, score
from ghep.comparison.sharing.record import Gain, SharedComparison, SharingEvidence
from ghep.display.html import visible
from ghep.messages import Message, text_of

NAME_LENGTH = 32
"""Longest name of a model, in characters."""


def sharing_lines(shared: SharedComparison, evidence: SharingEvidence) -> list[str]:
    """Return the summary of a comparison of several tasks, as lines of at most 100 characters (longer words aside)."""
    called = way_display_names(shared, evidence)
    lines = [
        *labelled("verdict", f"{text_of('sharing-title', kind=evidence.kind).upper()}: {evidence.message}"),
        *labelled("take", recommendation(shared, evidence, called)),
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


def recommendation(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> str:
    """Return a sentence on which model to use: the shared model, or a single-task model for each task."""
    if evidence.recommended is not None:
        return text_of("take-shared", name=called[evidence.recommended], tasks=shared.every_task)
    own = recommended_single(evidence, task_parts(shared, evidence))
    models = [Message("model-for-task", {"model": model, "task": task}) for task, model in own]
    return text_of("take-single", models=models)


def failure_text(failure: Failure) -> str:
    """Return one line of text on a failed run: its name, the cause and the remedy."""
    name = text_of("run-name", name=str(failure.contender), seed=failure.seed, labels=0, draw=0, numeric=False)
    return text_of("failed-runs", runs=name, cause=failure.cause, advice=failure.remedy)


def gain_text(mark: str) -> str:
    """Return a mark (a key of ``MARK_SIGNS``) as text, such as ``▲ helped``."""
    return f"{MARK_SIGNS[mark]} {text_of('gain-mark', mark=mark)}"


def interval_text(gain: Gain) -> str:
    """Return the 95 % confidence interval of a gain as text; for identical models, a word that says it is exact."""
    return text_of("gain-exactly") if gain.identical else points_interval(gain.pair.interval)


def _board(shared: SharedComparison, evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    ways = [(way.name, way.lines) for way in way_rows(evidence, called)]
    ways += [(one.name, tuple(filter(None, one.gains))) for one in remedy_lines(evidence, shared.every_task, called)]
    if not ways:
        return []
    short = distinct([name for name, _ in ways], NAME_LENGTH)
    tasks = distinct(list(shared.every_task), NAME_LENGTH)
    by_task = dict(zip(shared.every_task, tasks, strict=True))
    columns = ("task", "single", "shared", "points", "interval", "verdict")
    task, single, shared_model, points_of, interval, verdict = (text_of("report-column", column=one) for one in columns)
    wide = max(*map(len, tasks), len(task), 4)
    widths = [
        max(least, len(title)) for least, title in ((6, single), (6, shared_model), (6, points_of), (15, interval))
    ]
    lines = [f"  {task:<{wide}}  {_row(widths, single, shared_model, points_of, interval)}  {verdict}"]
    for name, (_, found) in zip(short, ways, strict=True):
        lines += [name, *(f"  {by_task[line.gain.task]:<{wide}}  {_numbers(line, widths)}".rstrip() for line in found)]
    return lines


def _row(widths: Sequence[int], single: str, shared: str, difference: str, ends: str) -> str:
    """Return the columns between the task and the verdict."""
    first, second, third, fourth = widths
    return f"{single:<{first}}  {shared:<{second}}  {difference:>{third}}  {ends:<{fourth}}"


def _numbers(line: GainLine, widths: Sequence[int]) -> str:
    difference, ends = points(line.gain.pair.difference), interval_text(line.gain)
    single, shared = score(line.single), score(line.shared)
    return f"{_row(widths, single, shared, difference, ends)}  {gain_text(line.mark)}"


def _costs(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    found = bills(evidence)
    if not found:
        return []
    short = distinct([called[one.together] for one in found], NAME_LENGTH)
    columns = ("cost-ratio", "to-train", "weights", "to-predict")
    cost, train, weights, predict = (text_of("report-column", column=one) for one in columns)
    wide = max(*map(len, short), len(cost))
    first, second, third = max(8, len(train)), max(8, len(weights)), max(10, len(predict))
    lines = ["", f"  {cost:<{wide}}   {train:>{first}}   {weights:>{second}}   {predict:>{third}}"]
    for name, one in zip(short, found, strict=True):
        parts = (
            ratio(one.seconds, one.alone_seconds),
            ratio(one.weight_bytes, one.alone_weight_bytes),
            ratio(one.predict_seconds, one.alone_predict_seconds),
        )
        lines.append(f"  {name:<{wide}}   {parts[0]:>{first}}   {parts[1]:>{second}}   {parts[2]:>{third}}")
    return lines


def _trouble(shared: SharedComparison, evidence: SharingEvidence) -> Iterable[str]:
    """Yield the lines on failures, runs left out, errors and warnings."""
    for failure in failures(shared):
        yield from labelled("failed", failure_text(failure))
    for one in left_out(shared):
        yield from labelled("left-out", left_out_text(str(one.contender), one))
    yield from finding_lines(serious(findings(shared, evidence)))
