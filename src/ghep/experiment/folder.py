"""The run folder: resolved settings, plan, history, predictions, metrics, findings, environment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ghep.experiment.results import SplitResult, score_json
from ghep.metrics.paired import Paired
from ghep.storage.text import cell, write_json_atomic, write_text_atomic
from ghep.strategy.base import Plan
from ghep.tasks.base import MISSING, correct, labelled
from ghep.tasks.registry import task_for
from ghep.types import Cost, Finding, Quarantined

COMPARISON_STATE = "comparison-state.json"
"""What a comparison keeps in its folder, where a single run has no place."""
DECISIONS = "decisions.json"
"""What was decided by measuring or counting before the first step, for a resumed run to keep to."""
TRACKERS = "trackers.json"
"""Experiment tracker -> what it calls this run, so that a resumed run goes on there."""
FILES = (
    "config.json",
    "plan.json",
    DECISIONS,
    TRACKERS,
    "history.csv",
    "tasks.csv",
    "metrics.json",
    "predictions.csv",
    "findings.json",
    "quarantine.csv",
)
"""What a run writes beside ``bundle`` and ``checkpoints``."""
MANY_CLASSES = 50
"""Above this many classes predictions.csv holds the label's probability, not every class's."""


def write_settings(folder: Path, settings: dict[str, Any], plan: Plan) -> None:
    """Write what will be done, before it is done."""
    write_json_atomic(folder / "config.json", settings)
    write_json_atomic(
        folder / "plan.json",
        {"strategy": plan.strategy, "reasons": plan.reasons, "stages": [stage.to_json() for stage in plan.stages]},
    )


def write_history(folder: Path, history: Sequence[Any]) -> None:
    """Write one row per epoch; of several tasks each one's row beside it, in tasks.csv."""
    rows = [asdict(row) for row in history]
    each = [
        {"stage": row["stage"], "epoch": row["epoch"], **task} for row in rows for task in row.pop("tasks", ()) or ()
    ]
    write_text_atomic(folder / "history.csv", _csv(rows[0].keys() if rows else ("stage", "epoch"), rows))
    if each:
        write_text_atomic(folder / "tasks.csv", _csv(each[0].keys(), each))


def write_predictions(folder: Path, results: Sequence[SplitResult], classes: dict[str, tuple[str, ...]]) -> None:
    """Write one row per example and task: label, prediction, probabilities; paired tests read it."""
    widest = max((len(names) for names in classes.values()), default=0)
    every = widest <= MANY_CLASSES and len(classes) == 1
    header = ["id", "split", "task", "label", "predicted", "correct", "probability", "label_probability"]
    header += [f"p:{name}" for names in classes.values() for name in names] if every else []
    rows = (row for result in results for row in _prediction_rows(result, classes[result.task], every=every))
    write_text_atomic(folder / "predictions.csv", _csv(header, rows))


def _prediction_rows(result: SplitResult, names: tuple[str, ...], *, every: bool) -> Iterable[dict[str, Any]]:
    task = task_for(result.task, names, rating=False, multi_label=result.targets.ndim == 2)  # a rating is a class here
    answers, given = task.answers(result.probabilities), labelled(result.targets)
    right = correct(answers, result.targets)
    likely = task.likelihood(answers, result.probabilities)
    of_label = task.likelihood(np.where(result.targets == MISSING, 0, result.targets), result.probabilities)
    said, labels = task.decode(result.probabilities), task.written(result.targets)
    for place, (example, row) in enumerate(zip(result.examples, result.probabilities, strict=True)):
        yield {
            "id": example.id,
            "split": result.split,
            "task": result.task,
            "label": labels[place],
            "predicted": said[place],
            "correct": int(right[place]) if given[place] else "",
            "probability": f"{likely[place]:.6f}",
            "label_probability": f"{of_label[place]:.6f}" if given[place] else "",
            **({f"p:{name}": f"{value:.6f}" for name, value in zip(names, row, strict=True)} if every else {}),
        }


def write_outcome(
    folder: Path, metrics: dict[str, Any], findings: Sequence[Finding], quarantined: Sequence[Quarantined]
) -> None:
    """Write scores, cost and environment; what the checks said; what was left out and why."""
    write_json_atomic(folder / "metrics.json", metrics)
    write_json_atomic(folder / "findings.json", [asdict(finding) for finding in findings])
    write_text_atomic(
        folder / "quarantine.csv",
        _csv(
            ("id", "reason", "detail"),
            ({"id": one.id, "reason": one.reason, "detail": one.detail} for one in quarantined),
        ),
    )


def metrics_json(results: Sequence[SplitResult], cost: Cost) -> dict[str, Any]:
    """Return scores by split and task, and the cost."""
    return {"scores": scores_json(results), "cost": asdict(cost)}


def scores_json(results: Sequence[SplitResult]) -> dict[str, Any]:
    """Return split -> task -> score, the majority class's accuracy beside them."""
    scores: dict[str, Any] = {}
    for result in results:
        table = {score.name: score_json(score) for score in result.scores}
        beside: dict[str, Any] = {"majority": {"value": result.majority}}
        for control in result.controls:
            beside[control.name] = {**score_json(control.score), "paired": paired_json(control.paired)}
        if result.unseen:
            beside |= {f"unseen_{score.name}": score_json(score) for score in result.unseen.scores}
        scores.setdefault(result.split, {})[result.task] = {**table, **beside}
    return scores


def paired_json(paired: Paired) -> dict[str, Any]:
    """Write a comparison for machines: the model minus the control, in accuracy."""
    interval = paired.interval
    return {"difference": paired.difference, "low": interval.low, "high": interval.high, "p": paired.p_value}


def _csv(header: Iterable[str], rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()
