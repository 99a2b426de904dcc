"""A run as it lies in its folder, read back: what a report is made of is what was written, resumed or not."""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Answers, Data, EpochRow, Measured
from ghep.errors import DataError
from ghep.storage.text import read_json, reason
from ghep.types import Finding


@dataclass(frozen=True)
class FrozenCosts:
    """What a backbone's frozen part costs, measured once for a comparison: what the store saves is counted in it."""

    read_seconds: float
    """To read, check and decode the data."""
    pass_seconds: float
    """To take one example through all blocks, by the engine that fills the store."""
    shares: tuple[float, ...]
    """Share of that which is over at each boundary."""

    def saved_by(self, frozen_part: Mapping[str, Any]) -> float:
        """Return what the rows that a run found in the store would have taken to compute."""
        reused: float = sum(
            float(one["reused"]) * self.shares[min(max(one["boundaries"]), len(self.shares) - 1)]
            for one in frozen_part.get("passes", ())
            if one["boundaries"]
        )
        return self.pass_seconds * reused


def measured_from(cell: Cell, folder: Path, data: Data, costs: FrozenCosts | None) -> Measured:
    """Read the run of ``cell``; raise DataError for a folder from which something is missing."""
    metrics = read_json(folder / "metrics.json", error=DataError, what="the run's metrics")
    config = read_json(folder / "config.json", error=DataError, what="the run's settings")
    plan = read_json(folder / "plan.json", error=DataError, what="the run's plan")
    found = read_json(folder / "findings.json", error=DataError, what="the run's findings")
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
        findings=tuple(Finding(**{**one, "items": tuple(one["items"])}) for one in found),
        folder=folder,
        bundle=bundle if bundle.is_dir() else None,
    )


def valid_score(folder: Path, tasks: Sequence[str]) -> float | None:
    """Return what a run is chosen by: its score on valid, the mean over ``tasks``; None where none has one."""
    metrics = read_json(folder / "metrics.json", error=DataError, what="the run's metrics")
    found = [score for task in tasks if (score := _on_valid(metrics, task)) is not None]
    return sum(found) / len(found) if found else None


def _on_valid(metrics: Mapping[str, Any], task: str) -> float | None:
    value: float | None = metrics["scores"].get("valid", {}).get(task, {}).get("accuracy", {}).get("value")
    return value


def answers_from(file: Path, data: Data) -> Answers:
    """Read the answers on the headline split from ``predictions.csv``; those without a label are left out."""
    rows = [
        row
        for row in _rows(file)
        if row["split"] == data.headline and _plain(row["task"], {data.task}) == data.task and row["correct"] != ""
    ]
    known = frozenset(data.names)
    return Answers(
        ids=tuple(_plain(row["id"], data.raw) for row in rows),
        targets=np.array([data.number(_plain(row["label"], known)) for row in rows], dtype=np.int64),
        predicted=np.array([data.number(_plain(row["predicted"], known)) for row in rows], dtype=np.int64),
        confidence=np.array([float(row["probability"]) for row in rows]),
        label_probability=np.array([float(row["label_probability"]) for row in rows]),
    )


def _plain(cell: str, known: Container[str]) -> str:
    """Undo what ``storage.text.cell`` puts before a text that a spreadsheet would take for a formula."""
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
        raise DataError(
            f"{file} cannot be read ({reason(error)})",
            remedy=f"remove {file.parent}: the same command makes that run again",
        ) from None


def _number(text: str | None) -> float | None:
    return None if text in (None, "", "nan", "None") else float(text)
