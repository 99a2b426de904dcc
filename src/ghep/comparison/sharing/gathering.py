"""Read the finished runs of a comparison of several tasks from their folders.

In: a ``Driver`` whose runs are finished. Out: a ``SharedComparison``, with the results of each task and the costs of
each model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

from ghep.comparison.execution.driver import Driver
from ghep.comparison.execution.gathering import by_task, configuration, findings_of
from ghep.comparison.execution.without_runs import WithoutRun
from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Comparison, Contender, Measured
from ghep.comparison.sharing.record import Gradients, Model, SharedComparison
from ghep.comparison.sharing.timing import predict_seconds
from ghep.data.sources.tasks import Readable
from ghep.errors import DataError
from ghep.experiment.record import environment
from ghep.messages import Message
from ghep.storage.text import read_json

WEIGHTS = "model.safetensors"


def shared_gathered(driver: Driver, data: Readable, controls: Sequence[WithoutRun]) -> SharedComparison:
    """Return the comparison of several tasks, with every finished run and the ``controls`` without a run.

    A run has one result for each of its tasks, and one ``Model`` with its costs. Raises ConfigError if there is no
    finished run.
    """
    tasks, timed = by_task(driver, data, controls), predict_seconds(driver)
    runs = [run for comparison in tasks.values() for run in comparison.runs]
    found = [finding for comparison in tasks.values() for finding in comparison.data.findings]
    return SharedComparison(
        tasks=tasks,
        models=tuple(_models(driver, tasks, timed)),
        name=driver.ground.dataset.name,
        folder=driver.ledger.folder,
        remedies=tuple(dict.fromkeys(one.sharing for one in driver.lineup.contenders if one.sharing)),
        seconds=driver.clock.spent(),
        time_limit=driver.settings.time_limit,
        environment=environment(),
        settings=configuration(driver, data),
        findings=findings_of(found, runs),
    )


def _models(driver: Driver, tasks: Mapping[str, Comparison], timed: Mapping[Contender, float]) -> Iterator[Model]:
    found: dict[Path | None, Measured] = {run.folder: run for one in tasks.values() for run in one.runs}
    for cell in driver.lineup.cells():
        folder = driver.ledger.run_folder(cell)
        if folder in found:
            model = model_from(cell, folder, found[folder])
            gradients = None if driver.settings.affinity == "none" else model.gradients
            yield replace(model, predict_seconds=timed.get(cell.contender), gradients=gradients)


def model_from(cell: Cell, folder: Path, run: Measured) -> Model:
    """Return the costs of the run of ``cell`` as a Model; ``run`` is the run's result on one of its tasks."""
    metrics = read_json(folder / "metrics.json", error=DataError, what=Message("run-metrics"))
    weights = folder / "bundle" / WEIGHTS
    return Model(
        contender=cell.contender,
        seed=cell.seed,
        seconds=run.seconds,
        saved_seconds=run.saved_seconds,
        examples_seen=int(metrics["cost"]["examples_seen"]),
        trained_parameters=run.trained_parameters,
        total_parameters=run.total_parameters,
        weight_bytes=weights.stat().st_size if weights.is_file() else 0,
        gradients=_gradients(metrics.get("gradients")),
        folder=folder,
    )


def _gradients(recorded: Mapping[str, Any] | None) -> Gradients | None:
    """Return the gradients of the tasks as recorded in training; None for a frozen backbone or a single task."""
    if not recorded:
        return None

    def known(row: Sequence[float | None]) -> tuple[float, ...]:
        # JSON has null for the norm of a task without steps, and for the cosine of two tasks that share no step.
        return tuple(nan if one is None else float(one) for one in row)

    def table(name: str) -> tuple[tuple[float, ...], ...]:
        return tuple(map(known, recorded[name]))

    return Gradients(
        tasks=tuple(recorded["tasks"]),
        steps=int(recorded["steps"]),
        cosines=table("cosines"),
        conflicting=table("conflicting"),
        norms=known(recorded["norms"]),
        affinity=table("affinity"),
    )
