"""What happened in a comparison, read back from its folder: every finished run, the standing controls beside them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from ghep.backbone.catalog import load_backbone
from ghep.comparison.grid import Cell
from ghep.comparison.ground import Ground
from ghep.comparison.ledger import Ledger
from ghep.comparison.reading import measured_from
from ghep.comparison.record import MAJORITY, Comparison, Contender, Failure, Measured
from ghep.comparison.running import Running
from ghep.comparison.settings import command_line
from ghep.comparison.standing import standing_controls
from ghep.data.dataset import Source
from ghep.errors import ConfigError
from ghep.experiment.prepared import tasks_of
from ghep.experiment.record import environment
from ghep.types import Finding


def gathered(ground: Ground, running: Running, data: str | Path | Source) -> Comparison:
    """Read every finished run back and put the standing controls beside them."""
    ledger, settings = running.ledger, running.settings
    runs = (*_standing(ground, running), *_finished(running))
    if ledger.failed and all(run.folder is None for run in runs):
        first = next(iter(ledger.failed.values()))
        raise ConfigError(f"every run failed; the first: {first['cause']}", remedy=first["remedy"])
    where = str(data.location if isinstance(data, Source) else data)
    return Comparison(
        data=ground.data,
        runs=runs,
        folder=ledger.folder,
        failures=tuple(_failures(ledger)),
        stopped=tuple(running.stopped),
        rates=tuple(running.rates.values()),
        touches=len(runs),
        seconds=running.spent(),
        time_limit=settings.time_limit,
        budget_seconds=running.budget,
        environment=environment(),
        settings={
            "data": where,
            "command": f"{command_line(where, settings)} --out {shlex.quote(str(ledger.folder))}",
            **settings.to_json(),
        },
        findings=_findings(ground, runs),
    )


def _finished(running: Running) -> Iterator[Measured]:
    for cell in cells_of(running):
        if cell.name in running.ledger.done:
            costs = running.ground.costs[cell.contender.backbone]
            yield measured_from(cell, running.ledger.run_folder(cell), running.ground.data, costs)


def cells_of(running: Running) -> Iterator[Cell]:
    """Yield every run that may have been made, in order."""
    settings = running.settings
    who = running.who
    for seed in range(settings.seeds):
        yield from (Cell(contender, seed) for contender in who)
    for labels in settings.labels:
        for draw in range(settings.seeds):
            yield from (Cell(contender, draw, labels, draw) for contender in who)


def _standing(ground: Ground, running: Running) -> Iterator[Measured]:
    if not running.settings.controls:
        return
    preprocess = load_backbone(ground.backbones[0]).preprocess
    (task,) = tasks_of(ground.dataset, running.settings.run.get("ratings", ()))
    yield from standing_controls(ground.dataset, preprocess, task, ground.data)
    for (labels, draw), part in running.draws().items():
        for one in standing_controls(part, preprocess, task, ground.data, labels=labels, draw=draw):
            if one.contender.strategy != MAJORITY:
                yield one


def _failures(ledger: Ledger) -> Iterator[Failure]:
    for one in ledger.failed.values():
        labels = int(one["labels"]) if one["labels"] else None
        who = Contender(one["strategy"], one["backbone"])
        yield Failure(who, int(one["seed"]), labels, int(one["draw"]), one["cause"], one["remedy"])


def _findings(ground: Ground, runs: tuple[Measured, ...]) -> tuple[Finding, ...]:
    """Return the findings of data and runs, each once, worst first."""
    every = [*ground.data.findings, *(finding for run in runs if run.labels is None for finding in run.findings)]
    once = {(finding.code, finding.message): finding for finding in every}
    rank = ("error", "warning", "info")
    return tuple(sorted(once.values(), key=lambda finding: rank.index(finding.severity)))
