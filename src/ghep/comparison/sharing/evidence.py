"""Compute all conclusions of a comparison of several tasks, and convert them to plain values for JSON.

In: a ``SharedComparison``. Out: a ``SharingEvidence``, and a dict of numbers, strings, lists and dicts.
"""

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
"""Version of the JSON format; it is raised when a key is removed or changes its meaning."""


def sharing_evidence(shared: SharedComparison) -> SharingEvidence:
    """Return the verdicts on sharing, the gains, remedies and affinities, and the evidence on each task.

    Raises DataError if a task has no finished run, or if its runs were scored on different examples.
    """
    by_task = {task: task_evidence(comparison, task) for task, comparison in shared.tasks.items()}
    tried = remedies(shared)
    verdicts = sharing_verdicts(shared, tried)
    gradients = mean_gradients(shared)
    answered = answer(shared, by_task, verdicts, tried)
    return SharingEvidence(
        by_task=by_task,
        verdicts=verdicts,
        affinities=affinities(shared, gradients),
        remedies=tried,
        message=str(answered.message),
        recommended=answered.recommended,
        findings=findings(shared, verdicts, tried),
        kind=answered.kind,
        gradients=gradients,
        sentence=answered.message,
    )


def task_evidence(comparison: Comparison, task: str) -> Evidence:
    """Return the evidence on one task: the leaderboard and pairs of all models trained on it, and a verdict.

    The verdict says whether transfer helps and which strategy is the best. It covers single-task models only, because a
    model that also learnt other tasks had more labels than the controls. If there is no single-task model, it covers
    all models.
    """
    places, found = leaderboard(comparison), pairs(comparison)
    own = [place for place in places if _single_task(place.contender, task)]
    judged_places = own if any(not place.contender.control for place in own) else list(places)
    among = {place.contender for place in judged_places}
    curves = label_curves(comparison)
    judged = replace(
        comparison,
        failures=tuple(one for one in comparison.failures if _single_task(one.contender, task)),
        stopped=tuple(one for one in comparison.stopped if _single_task(one.contender, task)),
    )
    return Evidence(
        leaderboard=places,
        pairs=found,
        verdict=verdict(judged, judged_places, [pair for pair in found if {pair.a, pair.b} <= among]),
        highers=highers(comparison),
        curves=curves,
        saved=labels_saved(comparison, curves),
    )


def sharing_json(shared: SharedComparison, evidence: SharingEvidence) -> dict[str, Any]:
    """Return all results as plain values; ``tasks`` has the ``evidence_json`` of each task."""
    separate = ("tasks", "by_task")
    happened = {one.name: getattr(shared, one.name) for one in fields(shared) if one.name not in separate}
    found = {one.name: getattr(evidence, one.name) for one in fields(evidence) if one.name not in separate}
    tasks = {task: evidence_json(one, evidence.by_task[task]) for task, one in shared.tasks.items()}
    # Findings from before the comparison come first.
    every = {"findings": (*shared.findings, *evidence.findings)}
    return {"version": VERSION, **plain_values({**happened, **found, **every}), "tasks": tasks}


def _single_task(contender: Contender, task: str) -> bool:
    return contender.tasks in ((), (task,)) and not contender.sharing
