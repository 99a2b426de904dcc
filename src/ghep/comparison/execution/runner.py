"""The runner: makes runs by an executor, and records in the ledger which are finished and which failed.

In: runs in the order in which to start them. Out: each finished run, in its folder. A run that failed is recorded with
its cause, and the others continue.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.executors import Executor, Job, Part
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.execution.reading import valid_score
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.lineup import Lineup, ratings_of, strategy_of
from ghep.comparison.planning.settings import Settings
from ghep.comparison.record import RANDOM_FEATURES
from ghep.errors import Interrupted
from ghep.messages import Message, number_text, text_of
from ghep.reporter import Reporter
from ghep.training.stop import StopRequest


@dataclass
class Runner:
    """Makes the runs of a comparison."""

    ground: Ground
    settings: Settings
    lineup: Lineup
    ledger: Ledger
    clock: Clock
    reporter: Reporter
    stop: StopRequest
    planned: int = 0
    """Number of runs, finished ones included, out of which the progress is reported."""

    def make(self, cells: Iterable[Cell], executor: Executor) -> Iterator[Cell]:
        """Make the runs of ``cells``, started in this order; yield each when it is finished and noted in the ledger.

        Runs that were finished before are skipped. ``cells`` may be a generator, advanced when a run can start.
        Raises Interrupted when the comparison is asked to stop.
        """
        started: dict[str, Cell] = {}
        for outcome in executor.outcomes(self._jobs(cells, started)):
            cell = started.pop(outcome.job.name)
            if outcome.cause:
                self.fail(cell, outcome.cause, outcome.remedy)
                continue
            self.ledger.failed.pop(cell.name, None)
            self.ledger.done[cell.name] = outcome.seconds
            self.clock.save()
            self.reporter.progress("runs", len(self.ledger.done), max(self.planned, len(self.ledger.done)))
            shutil.rmtree(outcome.job.folder / "checkpoints", ignore_errors=True)
            self._keep_best(cell)
            yield cell

    def _jobs(self, cells: Iterable[Cell], started: dict[str, Cell]) -> Iterator[Job]:
        """Yield the jobs of ``cells`` that are not finished; add each to ``started``, job name -> cell."""
        for cell in cells:
            if self.ledger.finished(cell):
                continue
            if self.stop.asked:  # solving a head does not check it
                raise Interrupted("stopped-between-runs")
            shown = {
                "spent": f"{number_text(self.clock.spent(), '.1f'):>7} s",
                "number": len(self.ledger.done) + len(self.ledger.failed) + len(started) + 1,
                "contender": cell.contender,
                "cell": self._described(cell),
            }
            self.reporter.say(text_of("run-begun", **shown))
            started[cell.name] = cell
            yield self.job(cell)

    def job(self, cell: Cell) -> Job:
        """Return the run of ``cell`` as a Job for an executor."""
        contender = cell.contender
        part = Part(contender.tasks, dict(self.settings.limits), draw=cell.seed)
        if cell.labels is not None:
            part = Part(draw=cell.draw, labels=cell.labels, task=self.ground.data.task)
        return Job(
            name=cell.name,
            folder=self.ledger.run_folder(cell),
            backbone=contender.backbone,
            strategy=strategy_of(contender),
            seed=cell.seed,
            part=part,
            random_weights=contender.strategy == RANDOM_FEATURES,
            options={
                **self.lineup.settings_of(cell),
                **self.settings.run,
                **ratings_of(contender, self.settings),
            },
        )

    def fail(self, cell: Cell, cause: str, remedy: str) -> None:
        """Record and report that the run of ``cell`` failed."""
        self.ledger.failed[cell.name] = {
            "strategy": cell.contender.strategy,
            "backbone": cell.contender.backbone,
            "tasks": list(cell.contender.tasks),
            "sharing": cell.contender.sharing,
            "seed": str(cell.seed),
            "labels": "" if cell.labels is None else str(cell.labels),
            "draw": str(cell.draw),
            "cause": cause,
            "remedy": remedy,
        }
        self.clock.save()
        shown = {"contender": cell.contender, "cell": self._described(cell), "cause": cause}
        self.reporter.say("  " + text_of("run-failed", **shown))

    def _described(self, cell: Cell) -> Message:
        if cell.labels is None:
            return Message("cell-seed", {"seed": cell.seed})
        numeric = self.ground.data.numeric
        return Message("cell-seed-labels", {"seed": cell.seed, "labels": cell.labels, "numeric": numeric})

    def _keep_best(self, cell: Cell) -> None:
        """Remove the bundles of the contender of ``cell``, except that of the seed with the best validation score."""
        if self.settings.keep == "all":
            return
        if cell.labels is not None:
            shutil.rmtree(self.ledger.run_folder(cell) / "bundle", ignore_errors=True)
            return
        tasks = self.ground.task_names(cell.contender)
        cells = [Cell(cell.contender, seed) for seed in range(self.settings.seeds)]
        kept = [one for one in cells if (self.ledger.run_folder(one) / "bundle").is_dir()]
        kept = [one for one in kept if one.name in self.ledger.done]
        best = max(kept, key=lambda one: (valid_score(self.ledger.run_folder(one), tasks) or 0.0, -one.seed))
        for one in kept:
            if one != best:
                shutil.rmtree(self.ledger.run_folder(one) / "bundle", ignore_errors=True)
