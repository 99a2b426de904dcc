"""What follows from a comparison of several tasks, by computation alone, and all of it as plain values for machines."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ghep.comparison.analysis.evidence import evidence_json, plain_values
from ghep.comparison.analysis.label_curves import label_curves, labels_saved
from ghep.comparison.analysis.statistics import leaderboard, pairs
from ghep.comparison.analysis.transfer_benefits import highers
from ghep.comparison.analysis.verdict import verdict
from ghep.comparison.record import Comparison, Contender, Evidence
from ghep.comparison.sharing.affinity import affinities, mean_gradients
from ghep.comparison.sharing.answer import answer, findings
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.comparison.sharing.statistics import remedies
from ghep.comparison.sharing.verdict import sharing_verdicts

VERSION = 1
"""Of the JSON; it rises when a name changes its meaning or goes."""


def sharing_evidence(shared: SharedComparison) -> SharingEvidence:
    """Return all that follows. Raises DataError if a task has no finished run, or its runs' examples differ."""
    by_task = {task: task_evidence(comparison, task) for task, comparison in shared.tasks.items()}
    tried = remedies(shared)
    verdicts = sharing_verdicts(shared, tried)
    gradients = mean_gradients(shared)
    said = answer(shared, by_task, verdicts, tried)
    return SharingEvidence(
        by_task=by_task,
        verdicts=verdicts,
        affinities=affinities(shared, gradients),
        remedies=tried,
        message=said.message,
        recommended=said.recommended,
        findings=findings(shared, verdicts, tried),
        kind=said.kind,
        gradients=gradients,
    )


def task_evidence(comparison: Comparison, task: str) -> Evidence:
    """Return what follows for one task: leaderboard and pairs of all that answer it, the verdict of those alone.

    The verdict asks whether transfer helps and which strategy is the best, and that of models of this task alone: one
    that also learnt other tasks has had more labels than the controls it would be held against. Where no model was
    trained alone it is of all.
    """
    places, found = leaderboard(comparison), pairs(comparison)
    own = [place for place in places if _alone(place.contender, task)]
    asked = own if any(not place.contender.control for place in own) else list(places)
    among = {place.contender for place in asked}
    curves = label_curves(comparison)
    judged = replace(
        comparison,
        failures=tuple(one for one in comparison.failures if _alone(one.contender, task)),
        stopped=tuple(one for one in comparison.stopped if _alone(one.contender, task)),
    )
    return Evidence(
        leaderboard=places,
        pairs=found,
        verdict=verdict(judged, asked, [pair for pair in found if {pair.a, pair.b} <= among]),
        highers=highers(comparison),
        curves=curves,
        saved=labels_saved(comparison, curves),
    )


def sharing_json(shared: SharedComparison, evidence: SharingEvidence) -> dict[str, Any]:
    """Return every number as plain values: ``tasks`` holds for each what ``evidence_json`` says of a single one."""
    told = ("tasks", "by_task")
    happened = {one.name: getattr(shared, one.name) for one in fields(shared) if one.name not in told}
    found = {one.name: getattr(evidence, one.name) for one in fields(evidence) if one.name not in told}
    tasks = {task: evidence_json(one, evidence.by_task[task]) for task, one in shared.tasks.items()}
    # What was found beforehand stands first, then what follows from it.
    every = {"findings": (*shared.findings, *evidence.findings)}
    return {"version": VERSION, **plain_values({**happened, **found, **every}), "tasks": tasks}


def _alone(contender: Contender, task: str) -> bool:
    return contender.tasks in ((), (task,)) and not contender.sharing
