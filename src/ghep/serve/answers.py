"""Predictions as JSON: the answer of ``POST /predict``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ghep.errors import BadExample
from ghep.export.prediction import Prediction
from ghep.serve.batcher import Answer
from ghep.serve.inputs import Input


@dataclass(frozen=True, slots=True)
class Identity:
    """The name and the version of a served model."""

    name: str
    version: str

    def to_json(self) -> dict[str, str]:
        """Return both as plain values."""
        return {"name": self.name, "version": self.version}


def predictions_json(
    inputs: Sequence[Input], answers: Sequence[Answer], tasks: Sequence[str], *, judged: bool
) -> list[dict[str, Any]]:
    """Return one entry per input and task, in order; ``judged``: whether the server abstains (``--abstain``)."""
    return [
        entry
        for given, answer in zip(inputs, answers, strict=True)
        for entry in (
            [_unusable(given.name, task, answer.reason, answer.detail) for task in tasks]
            if isinstance(answer, BadExample)
            else [_entry(one, judged=judged) for one in answer]
        )
    ]


def _entry(one: Prediction, *, judged: bool) -> dict[str, Any]:
    if one.problem:
        reason, _, detail = one.problem.partition(": ")
        return _unusable(one.input, one.task, reason, detail)
    return {
        "input": one.input,
        "task": one.task,
        "label": one.label,
        "probability": one.probability,
        "probabilities": one.probabilities,
        "value": one.value,
        "interval": None if one.interval is None else [one.interval.low, one.interval.high],
        "problem": None,
        "familiarity": one.familiarity,
        "certainty": one.certainty,
        "unfamiliar": None if one.familiarity is None or not judged else one.abstained == "unfamiliar",
        "abstained": bool(one.abstained),
    }


def _unusable(name: str, task: str, reason: str, detail: str) -> dict[str, Any]:
    return {
        "input": name,
        "task": task,
        "label": None,
        "probability": None,
        "probabilities": {},
        "value": None,
        "interval": None,
        "problem": {"reason": reason, "detail": detail},
        "familiarity": None,
        "certainty": None,
        "unfamiliar": None,
        "abstained": False,
    }
