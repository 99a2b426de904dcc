"""The tables of the page on several tasks: what each line holds, in the order it is read.

In: ``SharedComparison`` and ``SharingEvidence``. Out: frozen rows; the template writes their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghep.comparison.record import Contender, Data, Evidence, Failure, Stopped
from ghep.comparison.report.tables import BoardLine, all_findings, axis, board, by_severity, left_out, touched
from ghep.comparison.report.words import NONE, count, plural
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
from ghep.comparison.sharing.words import backbones, names_beside, settled_by, times, way_names
from ghep.metrics.power import rounded
from ghep.types import Finding

KINDS: Mapping[SharingKind, tuple[str, str]] = {
    "share": ("✓", "Share"),
    "share-with-remedy": ("✓", "Share, with a remedy"),
    "separate": ("≠", "One model for each task"),
    "cannot-tell": ("?", "Cannot tell"),
}
MARKS = {
    "helped": ("▲", "helped"),
    "no-difference": ("=", "no difference"),
    "hurt": ("▼", "hurt"),
    "cannot-tell": ("?", "cannot tell"),
    "same": ("=", "same answers"),
}


@dataclass(frozen=True)
class GainLine:
    """What one way of sharing did to one task."""

    gain: Gain
    mark: str
    """A key of ``MARKS``."""
    alone: float
    """Mean accuracy."""
    shared: float


@dataclass(frozen=True)
class WayRows:
    """One way of sharing and all of its tasks."""

    name: str
    verdict: SharingVerdict
    lines: tuple[GainLine, ...]
    recommended: bool


@dataclass(frozen=True)
class RemedyLine:
    """One remedy and what it did to each task; None where that is not known."""

    name: str
    remedy: Remedy
    gains: tuple[GainLine | None, ...]


@dataclass(frozen=True)
class TaskPart:
    """What the page shows of one task by itself."""

    name: str
    data: Data
    evidence: Evidence
    board: list[BoardLine]
    axis: tuple[float, float]
    names: Mapping[Contender, str]
    touched: str


def way_rows(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[WayRows]:
    """Return every way of sharing with its tasks, in the order they were run."""
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
    """Return a gain with the two accuracies it is the difference of."""
    found = {place.contender: place.accuracy for place in evidence.by_task[gain.task].leaderboard}
    return GainLine(gain, mark(gain), found[gain.alone], found[gain.together])


def mark(gain: Gain) -> str:
    """Return the key of ``MARKS``."""
    return "same" if gain.identical else gain.kind


def remedy_lines(evidence: SharingEvidence, tasks: Sequence[str], called: Mapping[Contender, str]) -> list[RemedyLine]:
    """Return the remedies in the order they were run."""
    lines = []
    for one in evidence.remedies:
        by_task = {gain.task: gain_line(gain, evidence) for gain in one.gains}
        lines.append(RemedyLine(called[one.together], one, tuple(by_task.get(task) for task in tasks)))
    return lines


def bills(evidence: SharingEvidence) -> list[Bill]:
    """Return what every way of sharing costs, remedies last."""
    found = [*(one.bill for one in evidence.verdicts), *(one.bill for one in evidence.remedies)]
    return [one for one in found if one is not None]


def everyone(shared: SharedComparison, evidence: SharingEvidence) -> dict[Contender, str]:
    """Return what each way of sharing is called on the page."""
    found = [*(one.together for one in evidence.verdicts), *(one.together for one in evidence.remedies)]
    found += [one.together for one in evidence.gradients]
    found += [] if evidence.recommended is None else [evidence.recommended]
    return way_names(found, among=backbones(shared))


def task_parts(shared: SharedComparison, evidence: SharingEvidence) -> list[TaskPart]:
    """Return each task with its leaderboard, on which the shared model that is recommended is marked."""
    parts = []
    for task, table in shared.tasks.items():
        found = _marked(evidence.by_task[task], evidence.recommended)
        names = names_beside((place.contender for place in found.leaderboard), task, shared)
        lines = board(table, found, names)
        parts.append(TaskPart(task, table.data, found, lines, axis(found.leaderboard), names, touched(table)))
    return parts


def _marked(found: Evidence, recommended: Contender | None) -> Evidence:
    """Return the evidence on a task with the best of all, what is level with it, and what is taken of all tasks."""
    best = next((place for place in found.leaderboard if not place.contender.control), found.leaderboard[0])
    level = [
        pair.b if pair.a == best.contender else pair.a
        for pair in found.pairs
        if best.contender in (pair.a, pair.b) and pair.p_value >= SIGNIFICANT
    ]
    take = recommended or found.verdict.recommended
    said = replace(found.verdict, best=best.contender, recommended=take, level_with_best=tuple(level))
    return replace(found, verdict=said)


def recommended_alone(evidence: SharingEvidence, parts: Sequence[TaskPart]) -> list[tuple[str, str]]:
    """Return (task, model) to take where each task has its own."""
    own = {part.name: part for part in parts}
    return [(task, own[task].names[one.verdict.recommended]) for task, one in evidence.by_task.items()]


def next_steps(evidence: SharingEvidence, called: Mapping[Contender, str]) -> list[str]:
    """Return what would settle what is open in the model that is recommended, else in all ways of sharing."""
    ways = [*((one.together, one.gains) for one in evidence.verdicts)]
    ways += [(one.together, one.gains) for one in evidence.remedies]
    n = {task: one.leaderboard[0].n for task, one in evidence.by_task.items()}
    return [
        f"{gain.task if evidence.recommended else f'{called[together]}, {gain.task}'}: {settled_by(gain, n[gain.task])}"
        for together, gains in ways
        for gain in gains
        if evidence.kind == "cannot-tell" and evidence.recommended in (together, None)
        if gain.kind == "cannot-tell" and not within_margin(gain)
    ]


def more_steps(shared: SharedComparison, evidence: SharingEvidence) -> str:
    """Say that help may be help of more steps, where it was found with as many examples; empty otherwise."""
    helped = any(gain.kind == "helped" for one in evidence.verdicts for gain in one.gains)
    if not helped or shared.settings.get("budget") != "examples":
        return ""
    return (
        "Shared and alone saw as many examples. A shared step holds rows of all tasks, so the shared model may have "
        "taken more steps: whether it was the other tasks that helped, or the steps, --budget steps tells."
    )


def findings(shared: SharedComparison, evidence: SharingEvidence) -> list[Finding]:
    """Return what was found in runs, data and by comparing, each once, graver ones first."""
    of_tasks = (one for table in shared.tasks.values() for one in all_findings(table))
    return by_severity(list(dict.fromkeys((*evidence.findings, *shared.findings, *of_tasks))))


def failures(shared: SharedComparison) -> list[Failure]:
    """Return the runs that failed, each once: a shared one stands with every task."""
    return list(dict.fromkeys(one for table in shared.tasks.values() for one in table.failures))


def stopped(shared: SharedComparison) -> list[Stopped]:
    """Return what was left out, each once."""
    return list(dict.fromkeys(one for table in shared.tasks.values() for one in left_out(table)))


def how_much(shared: SharedComparison) -> str:
    """Say how many tasks, models and seeds there are."""
    seeds = len({model.seed for model in shared.models})
    contenders = len({model.contender for model in shared.models})
    return (
        f"{plural(len(shared.tasks), 'task')}, {plural(contenders, 'contender')}, "
        f"{plural(len(shared.models), 'model')}, {plural(seeds, 'seed')}"
    )


def ratio(value: float | None, other: float | None) -> str:
    """Write how many times ``other``: ``× 0.52``; a dash where one of the two is not known."""
    found = times(value, other)
    return NONE if found is None else f"× {found:.2f}"


def settled(gain: Gain) -> str:
    """Write what would settle a gain: test examples, seeds, or both; a dash where it is settled, or nothing would."""
    parts = [count(rounded(gain.pair.needed))] if gain.pair.needed else []
    parts += [plural(gain.pair.seeds_needed, "seed")] if gain.pair.seeds_needed else []
    return " and ".join(parts) or NONE
