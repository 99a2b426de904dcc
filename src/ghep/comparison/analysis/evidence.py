"""Compute all conclusions of a comparison (its evidence), and convert them to plain values for JSON.

In: a ``Comparison``. Out: an ``Evidence``, and a dict of numbers, texts, lists and dicts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ghep.comparison.analysis.label_curves import label_curves, labels_saved
from ghep.comparison.analysis.statistics import leaderboard, pairs
from ghep.comparison.analysis.transfer_benefits import highers
from ghep.comparison.analysis.verdict import verdict
from ghep.comparison.record import Comparison, Evidence, Measured
from ghep.messages import Message

VERSION = 1
"""Version of the format of comparison.json; it is raised when a key is removed or changes its meaning."""


def evidence(comparison: Comparison) -> Evidence:
    """Return the leaderboard, differences, verdict, learning curves and label curves of a comparison.

    Raises DataError if no run on all labels was finished, or if runs were scored on different examples.
    """
    places, found = leaderboard(comparison), pairs(comparison)
    curves = label_curves(comparison)
    return Evidence(
        leaderboard=places,
        pairs=found,
        verdict=verdict(comparison, places, found),
        highers=highers(comparison),
        curves=curves,
        saved=labels_saved(comparison, curves),
        score=comparison.data.score,
    )


def evidence_json(comparison: Comparison, evidence: Evidence) -> dict[str, Any]:
    """Return all results as plain values: non-finite numbers become None, and paths become strings.

    The predictions for each example (predictions.csv in the folder of each run) and the raw examples are left out.
    """
    measured = {
        one.name: getattr(comparison, one.name) for one in fields(comparison) if one.name not in ("runs", "data")
    }
    data = {one.name: getattr(comparison.data, one.name) for one in fields(comparison.data) if one.name != "raw"}
    runs = [_run(run) for run in comparison.runs]
    return {
        "version": VERSION,
        **plain_values(evidence),
        "data": plain_values(data),
        "runs": runs,
        **plain_values(measured),
    }


def _run(run: Measured) -> dict[str, Any]:
    written = {one.name: getattr(run, one.name) for one in fields(run) if one.name != "answers"}
    return {**plain_values(written), "n": len(run.answers.targets), "accuracy": plain_values(run.answers.accuracy)}


def plain_values(value: Any) -> Any:
    """Return ``value`` (dataclasses, messages, mappings, arrays) as dicts, lists, numbers and strings for JSON."""
    if isinstance(value, Message):
        return plain_values(value.to_json())
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain_values(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_values(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain_values(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_values(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int | str | bool | None) else str(value)
