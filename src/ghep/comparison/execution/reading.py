"""Read the results of a run from its folder. In: a run and its folder. Out: ``Measured``.

The report uses only what was written to disk, so it is the same for resumed runs.
"""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghep.comparison.planning.estimates import Taken
from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Answers, Data, EpochRow, Measured
from ghep.errors import DataError
from ghep.messages import Message
from ghep.storage.text import read_json, reason
from ghep.types import Finding


@dataclass(frozen=True)
class FrozenCosts:
    """The time that the frozen blocks of a backbone take, measured once per comparison.

    From it follows how much time a run saved by reading cached activations.
    """

    read_seconds: float
    """Time to read, check and decode the data."""
    pass_seconds: float
    """Time of one example through all blocks, by the engine that fills the store."""
    shares: tuple[float, ...]
    """Fraction of ``pass_seconds`` that is spent before each boundary."""

    def saved_by(self, frozen_part: Mapping[str, Any]) -> float:
        """Return the seconds that a run saved by reading activations from the store instead of computing them.

        ``frozen_part`` is the section of the run's metrics on its frozen blocks.
        """
        reused: float = sum(
            float(one["reused"]) * self.shares[min(max(one["boundaries"]), len(self.shares) - 1)]
            for one in frozen_part.get("passes", ())
            if one["boundaries"]
        )
        return self.pass_seconds * reused


def measured_from(cell: Cell, folder: Path, data: Data, costs: FrozenCosts | None) -> Measured:
    """Return the results of the run of ``cell``; raise DataError if a file is missing or cannot be read."""
    metrics = read_json(folder / "metrics.json", error=DataError, what=Message("run-metrics"))
    config = read_json(folder / "config.json", error=DataError, what=Message("run-settings"))
    plan = read_json(folder / "plan.json", error=DataError, what=Message("run-plan"))
    found = read_json(folder / "findings.json", error=DataError, what=Message("run-findings"))
    cost, scores = metrics["cost"], metrics["scores"]
    headline = scores.get(data.headline, {}).get(data.task, {})
    bundle = folder / "bundle"
    return Measured(
        contender=cell.contender,
        seed=cell.seed,
        labels=cell.labels,
        draw=cell.draw,
        num_train=int(metrics["examples"]["train"]),
        answers=answers_from(folder / "predictions.csv", data),
        valid_score=_on_valid(metrics, data.task),
        history=tuple(_history(folder / "history.csv")),
        seconds=float(cost["seconds"]),
        saved_seconds=0.0 if costs is None else costs.read_seconds + costs.saved_by(metrics.get("frozen_part", {})),
        cpu_seconds=cost.get("cpu_seconds"),
        peak_memory_bytes=int(cost["peak_memory_bytes"]),
        trained_parameters=int(cost["trained_parameters"]),
        total_parameters=int(cost["total_parameters"]),
        scores={name: one["value"] for name, one in headline.items() if one.get("value") is not None and "n" in one},
        settings={name: value for name, value in config["settings"].items() if value is not None},
        plan=plan,
        findings=tuple(Finding.read(one) for one in found),
        folder=folder,
        bundle=bundle if bundle.is_dir() else None,
        forgetting=metrics.get("forgetting", {}),
        alphas=tuple((metrics.get("interpolated") or {}).get("valid", ())),
    )


def taken_from(folder: Path) -> Taken:
    """Return the measured times of a finished run."""
    cost = read_json(folder / "metrics.json", error=DataError, what=Message("run-metrics"))["cost"]
    phases, seconds = cost["phases"], float(cost["seconds"])
    known = sum(phases.get(name, 0.0) for name in ("read", "extract", "solve", "train", "measure", "evaluate"))
    return Taken(seconds, phases.get("train", 0.0), max(0.0, seconds - known))


def valid_score(folder: Path, tasks: Sequence[str]) -> float | None:
    """Return the validation score of a run, the mean over ``tasks``; None if no task has a score."""
    metrics = read_json(folder / "metrics.json", error=DataError, what=Message("run-metrics"))
    found = [score for task in tasks if (score := _on_valid(metrics, task)) is not None]
    return sum(found) / len(found) if found else None


def _on_valid(metrics: Mapping[str, Any], task: str) -> float | None:
    scores = metrics["scores"].get("valid", {}).get(task, {})
    value: float | None = (scores.get("accuracy") or scores.get("r2") or {}).get("value")
    return value


def answers_from(file: Path, data: Data) -> Answers:
    """Return the predictions on the headline split (``data.headline``) from ``file``, a run's predictions.csv.

    Unlabelled examples are left out.
    """
    rows = [
        row
        for row in _rows(file)
        if row["split"] == data.headline and _plain(row["task"], {data.task}) == data.task
        if row["label" if data.numeric else "correct"] != ""
    ]
    if data.numeric:
        return _numbers_from(rows, data)
    known = frozenset(data.names)
    return Answers(
        ids=tuple(_plain(row["id"], data.raw) for row in rows),
        targets=np.array([data.number(_plain(row["label"], known)) for row in rows], dtype=np.int64),
        predicted=np.array([data.number(_plain(row["predicted"], known)) for row in rows], dtype=np.int64),
        confidence=np.array([float(row["probability"]) for row in rows]),
        label_probability=np.array([float(row["label_probability"]) for row in rows]),
    )


def _numbers_from(rows: Sequence[Mapping[str, str]], data: Data) -> Answers:
    """Return the predictions of a regression task from the rows of predictions.csv."""
    numbers = {name: [_number(_plain(row[name], ())) for row in rows] for name in ("label", "predicted", "low", "high")}
    label, predicted, low, high = (np.array(of, dtype=np.float64) for of in numbers.values())  # None is NaN
    ids = tuple(_plain(row["id"], data.raw) for row in rows)
    return Answers(ids, label, predicted, (high - low) / 2, np.full(len(rows), np.nan))


def _plain(cell: str, known: Container[str]) -> str:
    """Return the text of a CSV cell without the leading quote that ``storage.text.cell`` may have added.

    That quote keeps a spreadsheet from reading a text as a formula. A text in ``known`` is returned unchanged.
    """
    return cell if cell in known else cell.removeprefix("'")


def _history(file: Path) -> Sequence[EpochRow]:
    return [
        EpochRow(
            row["stage"],
            int(row["epoch"]),
            _number(row.get("train_loss")),
            _number(row.get("valid_loss")),
            _number(row.get("valid_score")),
            _number(row.get("seconds")) or 0.0,
        )
        for row in _rows(file)
    ]


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("run-file-unreadable", file=file, cause=reason(error), folder=file.parent) from None


def _number(text: str | None) -> float | None:
    return None if text in (None, "", "nan", "None") else float(text)
