"""The rows of the tables on several tasks, in reading order, and short texts about the comparison.

In: ``SharedComparison`` and ``SharingEvidence``. Out: dataclasses, one per row; the template formats their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghep.comparison.record import Contender, Data, Evidence, Failure, Stopped
from ghep.comparison.report import words
from ghep.comparison.report.tables import BoardLine, all_findings, axis, board, by_severity, split_use
from ghep.comparison.report.tables import left_out as left_out_of
from ghep.comparison.sharing.kinds import SIGNIFICANT, within_margin
from ghep.comparison.sharing.record import (
    Bill,
    Gain,
    Remedy,
    SharedComparison,
    SharingEvidence,
    SharingKind,
    SharingVerdict,
)
from ghep.comparison.sharing.words import backbones, names_for_task, quotient, settled_by, way_names
from ghep.messages import text_of
from ghep.metrics.power import rounded
from ghep.types import Finding

KIND_SIGNS: Mapping[SharingKind, str] = {"share": "✓", "share-with-remedy": "✓", "separate": "≠", "cannot-tell": "?"}
MARK_SIGNS = {"helped": "▲", "no-difference": "=", "hurt": "▼", "cannot-tell": "?", "same": "="}


@dataclass(frozen=True)
class GainLine:
    """A row of the table of gains: a shared model compared with the single-task model on one task."""

    gain: Gain
    mark: str
    """A key of ``MARK_SIGNS``."""
    single: float
    """Mean accuracy of the single-task model."""
    shared: float
    """Mean accuracy of the shared model."""


@dataclass(frozen=True)
class WayRows:
    """A group of rows of the table of gains: one shared model, with a row for each of its tasks."""

    name: str
    verdict: SharingVerdict
    lines: tuple[GainLine, ...]
    recommended: bool


@dataclass(frozen=True)
class RemedyLine:
    """A row of the table of remedies: one remedy and its effect on each task, None where it is unknown."""

    name: str
    remedy: Remedy
    gains: tuple[GainLine | None, ...]


@dataclass(frozen=True)
class TaskPart:
    """The section of the HTML page on one task: its data, leaderboard and verdict."""

    name: str
    data: Data
    evidence: Evidence
    board: list[BoardLine]
    axis: tuple[float, float]
    names: Mapping[Contender, str]
    split_use: str


def way_rows(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[WayRows]:
    """Return the groups of rows of the table of gains, one per shared model, in the order of the runs."""
    return [
        WayRows(
            called[one.together],
            one,
            tuple(gain_line(gain, evidence) for gain in one.gains),
            one.together == evidence.recommended,
        )
        for one in evidence.verdicts
    ]


def gain_line(gain: Gain, evidence: SharingEvidence) -> GainLine:
    """Return the table row of a gain: its mark, and the accuracies of the shared and the single-task model."""
    found = {place.contender: place.accuracy for place in evidence.by_task[gain.task].leaderboard}
    return GainLine(gain, mark(gain), found[gain.alone], found[gain.together])


def mark(gain: Gain) -> str:
    """Return how a gain is marked in tables: a key of ``MARK_SIGNS``, such as "helped"."""
    return "same" if gain.identical else gain.kind


def remedy_lines(evidence: SharingEvidence, tasks: Sequence[str], called: Mapping[Contender, str]) -> list[RemedyLine]:
    """Return the rows of the table of remedies, in the order of the runs."""
    lines = []
    for one in evidence.remedies:
        by_task = {gain.task: gain_line(gain, evidence) for gain in one.gains}
        lines.append(RemedyLine(called[one.together], one, tuple(by_task.get(task) for task in tasks)))
    return lines


def bills(evidence: SharingEvidence) -> list[Bill]:
    """Return the costs of each shared model, remedies last."""
    found = [*(one.bill for one in evidence.verdicts), *(one.bill for one in evidence.remedies)]
    return [one for one in found if one is not None]


def way_display_names(shared: SharedComparison, evidence: SharingEvidence) -> dict[Contender, str]:
    """Return shared model (a Contender) -> its display name."""
    found = [*(one.together for one in evidence.verdicts), *(one.together for one in evidence.remedies)]
    found += [one.together for one in evidence.gradients]
    found += [] if evidence.recommended is None else [evidence.recommended]
    return way_names(found, among=backbones(shared))


def task_parts(shared: SharedComparison, evidence: SharingEvidence) -> list[TaskPart]:
    """Return the section of each task; its leaderboard marks the recommended shared model."""
    parts = []
    for task, table in shared.tasks.items():
        found = _marked(evidence.by_task[task], evidence.recommended)
        names = names_for_task((place.contender for place in found.leaderboard), task, shared)
        lines = board(table, found, names)
        parts.append(TaskPart(task, table.data, found, lines, axis(found.leaderboard), names, split_use(table)))
    return parts


def _marked(found: Evidence, recommended: Contender | None) -> Evidence:
    """Return the evidence on a task with another verdict, from which its leaderboard is marked.

    The verdict of ``found`` covers single-task models only. The new one has the best of all models, those that cannot
    be distinguished from it, and ``recommended`` (if None, the recommended single-task model).
    """
    best = next((place for place in found.leaderboard if not place.contender.control), found.leaderboard[0])
    level = [
        pair.b if pair.a == best.contender else pair.a
        for pair in found.pairs
        if best.contender in (pair.a, pair.b) and pair.p_value >= SIGNIFICANT
    ]
    take = recommended or found.verdict.recommended
    verdict = replace(found.verdict, best=best.contender, recommended=take, level_with_best=tuple(level))
    return replace(found, verdict=verdict)


def recommended_single(evidence: SharingEvidence, parts: Sequence[TaskPart]) -> list[tuple[str, str]]:
    """Return (task, name of its recommended single-task model) for each task."""
    own = {part.name: part for part in parts}
    return [(task, own[task].names[one.verdict.recommended]) for task, one in evidence.by_task.items()]


def next_steps(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    """Return sentences on how many examples or seeds would decide the open gains of the recommended shared model.

    If none is recommended, those of all shared models. The result is empty unless the verdict is "cannot-tell".
    """
    ways = [*((one.together, one.gains) for one in evidence.verdicts)]
    ways += [(one.together, one.gains) for one in evidence.remedies]
    n = {task: one.leaderboard[0].n for task, one in evidence.by_task.items()}
    return [
        text_of(
            "sharing-next-step",
            recommended=evidence.recommended is not None,
            way=called[together],
            task=gain.task,
            step=settled_by(gain, n[gain.task]),
        )
        for together, gains in ways
        for gain in gains
        if evidence.kind == "cannot-tell" and evidence.recommended in (together, None)
        if gain.kind == "cannot-tell" and not within_margin(gain)
    ]


def more_steps(shared: SharedComparison, evidence: SharingEvidence) -> str:
    """Return a caveat if a task was helped with the budget "examples": more training steps may be the reason.

    Otherwise the text is empty.
    """
    helped = any(gain.kind == "helped" for one in evidence.verdicts for gain in one.gains)
    if not helped or shared.settings.get("budget") != "examples":
        return ""
    return text_of("sharing-more-steps")


def findings(shared: SharedComparison, evidence: SharingEvidence) -> list[Finding]:
    """Return the findings on runs, data and sharing, without duplicates, errors first."""
    of_tasks = (one for table in shared.tasks.values() for one in all_findings(table))
    return by_severity(list(dict.fromkeys((*evidence.findings, *shared.findings, *of_tasks))))


def failures(shared: SharedComparison) -> list[Failure]:
    """Return the failed runs without duplicates: the comparison lists a shared run once for each of its tasks."""
    return list(dict.fromkeys(one for table in shared.tasks.values() for one in table.failures))


def left_out(shared: SharedComparison) -> list[Stopped]:
    """Return the runs that were left out, without duplicates, grouped by contender."""
    return list(dict.fromkeys(one for table in shared.tasks.values() for one in left_out_of(table)))


def sharing_size(shared: SharedComparison) -> str:
    """Return a sentence with the number of tasks, contenders, models and seeds."""
    return text_of(
        "sharing-size",
        tasks=len(shared.tasks),
        contenders=len({model.contender for model in shared.models}),
        models=len(shared.models),
        seeds=len({model.seed for model in shared.models}),
    )


def ratio(value: float | None, other: float | None) -> str:
    """Return ``value`` divided by ``other`` as text: ``× 0.52``; a dash if one of the two is unknown."""
    return words.ratio(quotient(value, other))


def settled(gain: Gain) -> str:
    """Return the numbers of test examples and seeds that would decide an open gain, as text.

    The text is a dash if the gain is decided, or if no such numbers are known.
    """
    parts = [words.count(rounded(gain.pair.needed))] if gain.pair.needed else []
    parts += [text_of("num-seeds", count=gain.pair.seeds_needed)] if gain.pair.seeds_needed else []
    return words.listed(parts) or words.NONE
