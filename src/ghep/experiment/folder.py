"""Write the files of a run folder: settings, plan, history, predictions, metrics, findings, quarantine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ghep.experiment.results import SplitResult, score_json
from ghep.metrics.paired import Paired
from ghep.storage.text import cell, write_json_atomic, write_text_atomic
from ghep.strategy.base import Plan
from ghep.tasks.base import MISSING, Classifier, correct, labelled
from ghep.tasks.registry import task_for
from ghep.types import Cost, Finding, Quarantined

COMPARISON_STATE = "comparison-state.json"
"""State file of a comparison; a folder that has this file is not a run folder."""
DECISIONS = "decisions.json"
"""Choices made by measuring or counting before the first step; a resumed run keeps them."""
TRACKERS = "trackers.json"
"""Name of the file with the run's id in each experiment tracker, so that a resumed run continues under that id."""
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
"""Files of a run, next to the folders ``bundle`` and ``checkpoints``."""
DIGITS = 13
"""Significant digits of a predicted number."""
MANY_CLASSES = 50
"""With more classes than this, predictions.csv has no column of probabilities for each class."""


def write_settings(folder: Path, settings: dict[str, Any], plan: Plan) -> None:
    """Write config.json and plan.json, before training."""
    write_json_atomic(folder / "config.json", settings)
    after = {} if plan.interpolation is None else {"interpolation": plan.interpolation.to_json()}
    stages = [stage.to_json() for stage in plan.stages]
    plain = {"strategy": plan.strategy, "reasons": plan.reasons, "stages": stages, **after}
    write_json_atomic(folder / "plan.json", plain)


def write_history(folder: Path, history: Sequence[Any]) -> None:
    """Write history.csv, one row per epoch; with several tasks also tasks.csv, one row per epoch and task."""
    rows = [asdict(row) for row in history]
    each = [
        {"stage": row["stage"], "epoch": row["epoch"], **task} for row in rows for task in row.pop("tasks", ()) or ()
    ]
    write_text_atomic(folder / "history.csv", csv_text(rows[0].keys() if rows else ("stage", "epoch"), rows))
    if each:
        write_text_atomic(folder / "tasks.csv", csv_text(each[0].keys(), each))


def write_predictions(folder: Path, results: Sequence[SplitResult], classes: dict[str, tuple[str, ...]]) -> None:
    """Write predictions.csv, one row per example and task: label, prediction, probabilities. Paired tests read it.

    ``classes``: task -> classes, empty for regression. A number has the ends of its prediction interval in the columns
    ``low`` and ``high``.
    """
    widest = max((len(names) for names in classes.values()), default=0)
    every = widest <= MANY_CLASSES and len(classes) == 1
    header = ["id", "split", "task", "label", "predicted", "correct", "probability", "label_probability"]
    header += ["low", "high"] if any(result.numeric for result in results) else []
    header += [f"p:{name}" for names in classes.values() for name in names] if every else []
    rows = (
        row
        for result in results
        for row in (
            _number_rows(result) if result.numeric else _prediction_rows(result, classes[result.task], every=every)
        )
    )
    write_text_atomic(folder / "predictions.csv", csv_text(header, rows))


def _number_rows(result: SplitResult) -> Iterable[dict[str, Any]]:
    for example, row in zip(result.examples, result.predictions.tolist(), strict=True):
        # As numbers: a text with a minus sign would be written as text, with a quote.
        predicted, low, high = (float(f"{one:.{DIGITS}g}") if isfinite(one) else "" for one in row)
        label = float(example.labels[result.task]) if result.task in example.labels else ""
        yield {
            **{"id": example.id, "split": result.split, "task": result.task, "label": label, "predicted": predicted},
            **{"low": low, "high": high},
        }


def _prediction_rows(result: SplitResult, names: tuple[str, ...], *, every: bool) -> Iterable[dict[str, Any]]:
    task = task_for(result.task, names, rating=False, multi_label=result.targets.ndim == 2)  # ratings are classes here
    assert isinstance(task, Classifier)
    answers, given = task.answers(result.predictions), labelled(result.targets)
    right = correct(answers, result.targets)
    likely = task.likelihood(answers, result.predictions)
    of_label = task.likelihood(np.where(result.targets == MISSING, 0, result.targets), result.predictions)
    predicted, labels = task.decode(result.predictions), task.written(result.targets)
    for place, (example, row) in enumerate(zip(result.examples, result.predictions, strict=True)):
        yield {
            "id": example.id,
            "split": result.split,
            "task": result.task,
            "label": labels[place],
            "predicted": predicted[place],
            "correct": int(right[place]) if given[place] else "",
            "probability": f"{likely[place]:.6f}",
            "label_probability": f"{of_label[place]:.6f}" if given[place] else "",
            **({f"p:{name}": f"{value:.6f}" for name, value in zip(names, row, strict=True)} if every else {}),
        }


def write_outcome(
    folder: Path, metrics: dict[str, Any], findings: Sequence[Finding], quarantined: Sequence[Quarantined]
) -> None:
    """Write metrics.json, findings.json and quarantine.csv."""
    write_json_atomic(folder / "metrics.json", metrics)
    write_json_atomic(folder / "findings.json", [asdict(finding) for finding in findings])
    write_text_atomic(
        folder / "quarantine.csv",
        csv_text(
            ("id", "reason", "detail"),
            ({"id": one.id, "reason": one.reason, "detail": one.detail} for one in quarantined),
        ),
    )


def metrics_json(results: Sequence[SplitResult], cost: Cost) -> dict[str, Any]:
    """Return the content of metrics.json: scores by split and task, and the cost."""
    return {"scores": scores_json(results), "cost": asdict(cost)}


def scores_json(results: Sequence[SplitResult]) -> dict[str, Any]:
    """Return split -> task -> name -> score, as plain values for JSON.

    In addition to the scores of the model, there are those of the majority class (or of the mean) and of the controls,
    and the model's scores on the examples without a copy in train; and those of the answers that are not withheld.
    """
    scores: dict[str, Any] = {}
    for result in results:
        table = {score.name: score_json(score) for score in result.scores}
        others: dict[str, Any] = {"mean" if result.numeric else "majority": {"value": result.constant}}
        for control in result.controls:
            others[control.name] = {**score_json(control.score), "paired": paired_json(control.paired)}
        if result.unseen:
            others |= {f"unseen_{score.name}": score_json(score) for score in result.unseen.scores}
        if result.answered:
            others["abstain"] = result.answered.to_json()
        scores.setdefault(result.split, {})[result.task] = {**table, **others}
    return scores


def paired_json(paired: Paired) -> dict[str, Any]:
    """Return the score of the model minus that of the control, its interval and p-value, as plain values for JSON."""
    interval = paired.interval
    return {"difference": paired.difference, "low": interval.low, "high": interval.high, "p": paired.p_value}


def csv_text(header: Iterable[str], rows: Iterable[dict[str, Any]]) -> str:
    """Return a CSV; text that a spreadsheet would run as a formula has a quote in front (``storage/text.py``)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()
