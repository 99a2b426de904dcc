"""``compare``: which strategy, from which backbone, is worth it on these labels, how sure, at what cost, did it hurt.

The story, straight down: read once, make every run (``running.py``), read the runs back, conclude (``evidence.py``),
write the report (``report/``). Every run is an ordinary ``ghep.fit`` in a folder of its own, on the same split; what is
frozen is computed once for all. Calling ``compare`` again with the same settings goes on where it was cut off.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ghep.backbone.catalog import load_backbone
from ghep.comparison.evidence import evidence, evidence_json
from ghep.comparison.grid import Cell
from ghep.comparison.ground import Ground, key_of, open_ground
from ghep.comparison.ledger import Ledger, hold_to, open_ledger
from ghep.comparison.reading import measured_from
from ghep.comparison.record import MAJORITY, Comparison, Contender, Evidence, Failure, Measured
from ghep.comparison.report import write_report
from ghep.comparison.running import Running
from ghep.comparison.settings import Settings, command_line, settings_from
from ghep.comparison.standing import standing_controls
from ghep.data.dataset import Source
from ghep.errors import ConfigError, Interrupted
from ghep.experiment.options import make_folder, writable
from ghep.experiment.prepared import tasks_of
from ghep.experiment.record import environment
from ghep.experiment.reporter import Reporter, Silent
from ghep.storage.text import write_json_atomic
from ghep.training.stop import StopRequest
from ghep.types import Finding


@dataclass(frozen=True)
class Compared:
    """What ``ghep.compare`` returns. Everything in it is also in ``folder``."""

    comparison: Comparison
    evidence: Evidence
    folder: Path
    report: Path

    @property
    def recommended(self) -> Contender:
        """Return the cheapest way that cannot be told from the best."""
        return self.evidence.verdict.recommended

    @property
    def bundle(self) -> Path | None:
        """Return the recommended model, of the seed that is best on valid; None where it has no bundle (words)."""
        runs = (run for run in self.comparison.full_runs if run.contender == self.recommended)
        kept = [run for run in runs if run.bundle is not None]
        return max(kept, key=lambda run: (run.valid_score or 0.0, -run.seed)).bundle if kept else None

    def __str__(self) -> str:
        return self.evidence.verdict.message


def compare(
    data: str | Path | Source,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    **options: Any,
) -> Compared:
    """Train every strategy on every backbone, several times, and say which is worth it; the report is in ``folder``.

    ``options``: ``backbones`` and ``strategies`` (names, or one text with commas; all strategies unless named),
    ``seeds`` (5), ``labels`` (numbers of labels a class, for a curve over nested draws), ``time_limit`` (seconds),
    ``search`` (each strategy's rate on valid), ``controls``, ``keep`` ("best" bundle of each, or "all"), those of a
    run in ``settings.PASSED_ON`` (``device``, ``workers``, ``cache_dir``, ...) and what is said of a table.

    The same call goes on with a comparison that was cut off; a finished run is never made again. A run that fails is
    reported and the others go on. The test split is looked at once a run, never to choose. Raises ConfigError,
    DataError, BackboneError for what the user can mend; Interrupted when ``stop.ask()`` was called.

    >>> compared = compare("photos/", backbones="seedling", seeds=3)  # doctest: +SKIP
    >>> print(compared)                                                 # doctest: +SKIP
    """
    settings, stop = settings_from(**options), stop or StopRequest()
    folder = Path(out) if out is not None else default_folder(data, settings)
    with writable(folder.parent if out is None else folder):
        ledger = open_ledger(make_folder(folder), _key(data, settings), overwrite=overwrite)
        return _compare(data, settings, ledger, reporter or Silent(), stop)


def default_folder(data: str | Path | Source, settings: Settings) -> Path:
    """Return ``runs/compare-<data>-<hash>``: the same call finds what it began."""
    name = data.name if isinstance(data, Source) else Path(data).name
    return Path("runs") / f"compare-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:60]}-{_key(data, settings)[:8]}"


def _key(data: str | Path | Source, settings: Settings) -> str:
    where = str(data.location if isinstance(data, Source) else Path(data).absolute())
    return replace(settings, read={**settings.read, "data": where}).key()


def _compare(
    data: str | Path | Source, settings: Settings, ledger: Ledger, reporter: Reporter, stop: StopRequest
) -> Compared:
    began = time.perf_counter()  # reading and decoding are part of what a time limit is for
    ground = open_ground(data, settings, ledger, reporter)
    hold_to(ledger, key_of(ground.dataset))
    ledger.save()
    running = Running(ground, settings, ledger, reporter, stop, began=began)
    try:
        running.all()
    except Interrupted as error:
        raise Interrupted(error.cause, remedy="the same command goes on from here") from None
    finally:
        running.save()
    comparison = gathered(ground, running, data)
    found = evidence(comparison)
    write_json_atomic(ledger.folder / "comparison.json", evidence_json(comparison, found))
    return Compared(comparison, found, ledger.folder, write_report(comparison, found, ledger.folder))


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
