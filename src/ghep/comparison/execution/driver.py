"""The driver of a comparison: what happens in which order.

In: the data (``Ground``), the settings, the ledger and the clock. Out: finished runs in their folders. In order: enter
the contenders that can run into the lineup (``planning/lineup.py``), search their learning rates (``trials.py``), and
make the runs (``runner.py``) in the order of the scheduler (``planning/scheduler.py``).

Everything that determines the results of a run (learning rate, epochs and engines) is saved in the ledger before the
run is made. So a comparison that continues after a kill makes the same runs; time determines only how many runs are
made.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from functools import cached_property

from ghep.cluster.connect import Cluster
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.executors import Executor, InProcess, cause_and_remedy
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.handover import can_be_handed_over
from ghep.comparison.execution.ledger import Ledger, threads_of_runs
from ghep.comparison.execution.processes import LocalProcesses
from ghep.comparison.execution.ray_runs import RayRuns, opening_for
from ghep.comparison.execution.runner import Runner
from ghep.comparison.execution.trials import Trials
from ghep.comparison.planning.estimates import Estimates
from ghep.comparison.planning.grid import Cell, contenders, line_of
from ghep.comparison.planning.lineup import Lineup, entrants, with_default_sharing
from ghep.comparison.planning.scheduler import Scheduler
from ghep.comparison.planning.settings import Settings
from ghep.comparison.planning.threads import workers_that_pay
from ghep.comparison.record import Contender, Stopped
from ghep.errors import ConfigError, Interrupted, UserError
from ghep.messages import text_of
from ghep.model.device import device_named
from ghep.reporter import Reporter
from ghep.training.stop import StopRequest

SEARCH_SHARE = 0.15
"""Largest fraction of a time limit that is spent on measuring prices and searching learning rates."""


class Driver:
    """Makes the runs of a comparison: ``make_all``, then ``add`` for each contender that the results call for."""

    def __init__(
        self,
        ground: Ground,
        settings: Settings,
        ledger: Ledger,
        clock: Clock,
        reporter: Reporter,
        stop: StopRequest,
        cluster: Cluster | None = None,
    ) -> None:
        """Compose the parts; nothing is run. ``cluster`` makes the runs; None: this machine does."""
        self.ground, self.settings, self.ledger, self.clock = ground, settings, ledger, clock
        self.reporter, self.stop, self.cluster = reporter, stop, cluster
        self.lineup, self.estimates = Lineup(settings), Estimates(ground.prices)
        self.trials = Trials(ground, settings, self.lineup, ledger, self.estimates, reporter)
        self.scheduler = Scheduler(ground, self.lineup, ledger, clock, self.estimates)
        self.runner = Runner(ground, settings, self.lineup, ledger, clock, reporter, stop)
        self.left_out: list[Stopped] = []
        """Runs that were not made: for lack of time, or because the strategy cannot train the backbone."""

    def make_all(self) -> None:
        """Make every wanted run that time allows, the most informative per second first."""
        named = (*self.settings.strategies, *self.settings.named_controls)
        controls, trained = self.settings.controls and not self.ground.tasks, self.settings.trained_controls
        wanted = contenders(self.ground.backbones, named, controls=controls)
        self._enter(one for one in wanted if not one.control or trained is None or one.backbone in trained)
        self._search_rates()
        self.make(self.lineup.groups())

    def add(self, contender: Contender) -> None:
        """Make the runs of a shared model with another sharing strategy: all its seeds, or none if time is short.

        Learning rate and epochs are those of the shared model with the default strategy, so only the sharing differs.
        """
        self.lineup.contenders.append(contender)
        self.estimates.works[contender, None] = self.estimates.works[with_default_sharing(contender), None]
        self.make([tuple(Cell(contender, seed) for seed in range(self.settings.seeds))])

    def make(self, groups: Sequence[tuple[Cell, ...]]) -> None:
        """Make the runs of ``groups`` as time allows.

        The estimated time is reported before the first run, and the runs that were left out after the last.
        """
        for cell in itertools.chain(*groups):
            if self.ledger.finished(cell):
                taken = self.scheduler.note(cell)
                self.ledger.done.setdefault(cell.name, taken.seconds)  # a kill prevented the entry
                self.ledger.failed.pop(cell.name, None)  # it failed after the last file
        todo = [group for group in groups if not all(map(self.ledger.finished, group))]  # failed runs are tried again
        self.runner.planned += sum(map(len, groups))
        if todo:
            self._announce(todo)
        if self.clock.limit is not None:
            self.stop.deadline = time.monotonic() + self.clock.limit - self.clock.spent()
        try:
            for cell in self.runner.make(self.scheduler.order(todo, self.executor.at_once), self.executor):
                self.scheduler.note(cell)
        except Interrupted:
            if self.stop.by_request:
                raise
        finally:
            self.stop.deadline = None
        self._report_left_out(itertools.chain(*groups))

    def close(self) -> None:
        """Close the executor, and save the ledger with the time spent."""
        if "executor" in vars(self):
            self.executor.close()
        self.clock.save()

    def _enter(self, wanted: Iterable[Contender]) -> None:
        """Enter the models of ``wanted`` that can be trained into the lineup; report those that are left out.

        A strategy is left out if it has no plan for a backbone, such as LoRA for a backbone without layers to adapt.
        """
        for line in wanted:
            try:
                found = entrants(line, self.ground, self.settings, self.ledger)
            except (UserError, ValueError) as error:
                cause, remedy = cause_and_remedy(error)
                if self.settings.every:
                    self._leave_out(line, self.settings.seeds, text_of("contender-unusable", cause=cause))
                else:
                    self.runner.fail(Cell(line, 0), cause, remedy)
                continue
            self.lineup.enter(found)
            self.estimates.works |= found.works

    def _search_rates(self) -> None:
        """Search the learning rates of all contenders that train, or of none if time is short: some would be unfair."""
        trained = self.trials.contenders()
        if not trained:
            return
        if not self.ledger.decided("search", lambda: self._time_to_search(trained)):
            self.reporter.say("  " + text_of("no-time-for-search"))
            return
        confirm = self.ledger.decided("confirm", lambda: self._time_to_search(trained, confirm=True))
        self.lineup.rates |= self.trials.make(trained, self.executor, confirm=confirm)

    def _time_to_search(self, trained: Sequence[Contender], *, confirm: bool = False) -> bool:
        """Whether the search fits into SEARCH_SHARE of the time limit; ``confirm``: with its trials on all of train."""
        limit = self.clock.limit
        if limit is None:
            return True
        seconds = self.trials.seconds(trained, confirm=confirm) / self.executor.at_once
        return self.clock.spent() + seconds <= SEARCH_SHARE * limit

    def _announce(self, todo: Sequence[tuple[Cell, ...]]) -> None:
        """Report the number of runs, their estimated time, and how many fit into the time limit."""
        expected, at_once = self.scheduler.expected(todo), self.executor.at_once
        self.ledger.estimates = {**{cell.name: one for cell, one in expected.items()}, **self.ledger.estimates}
        self.ledger.save()
        curve = sum(seconds for cell, seconds in expected.items() if cell.labels is not None) / at_once
        whole = sum(expected.values()) / at_once
        if curve:
            self.reporter.say(text_of("runs-planned-with-curve", runs=len(expected), seconds=whole, curve=curve))
        else:
            self.reporter.say(text_of("runs-planned", runs=len(expected), seconds=whole))
        if self.clock.limit is not None and whole > self.clock.left():
            fitting = self.scheduler.number_that_fit(todo, at_once)
            self.reporter.say("  " + text_of("runs-that-fit", runs=fitting, limit=self.clock.limit))

    def _report_left_out(self, cells: Iterable[Cell]) -> None:
        """Record and report the runs that were skipped for lack of time, once per strategy and backbone."""
        found: dict[Contender, list[Cell]] = {}
        for cell in cells:
            if not (self.ledger.finished(cell) or cell.name in self.ledger.failed):
                found.setdefault(line_of(cell.contender), []).append(cell)
        for line, skipped in found.items():
            seconds = self.estimates.seconds(skipped[0])
            self._leave_out(line, len(skipped), text_of("no-time-for-run", seconds=seconds))

    def _leave_out(self, contender: Contender, runs: int, cause: str) -> None:
        self.left_out.append(Stopped(contender, runs, cause))
        self.reporter.say("  " + text_of("runs-left-out", contender=contender, runs=runs, cause=cause))

    @cached_property
    def executor(self) -> Executor:
        """Return the executor of the trials and runs; it is made when first needed."""
        threads = threads_of_runs(self.ledger, self.settings.threads)
        if self.cluster is not None:
            return self._on_cluster(self.cluster, threads)
        jobs = self.settings.jobs or self._jobs_that_pay(threads)
        prepared, folder = self.ground.prepared, self.ledger.folder
        if jobs > 1 and can_be_handed_over(prepared):
            self.reporter.say("  " + text_of("runs-at-once", jobs=jobs, threads=threads))
            options = self.settings.run
            return LocalProcesses(prepared, folder, self.stop, at_once=jobs, threads=threads, options=options)
        if jobs > 1:
            self.reporter.say("  " + text_of("runs-one-at-a-time"))
        return InProcess(prepared, folder, self.stop)

    def _on_cluster(self, cluster: Cluster, threads: int) -> RayRuns:
        prepared, folder, options = self.ground.prepared, self.ledger.folder, self.settings.run
        if not can_be_handed_over(prepared):
            raise ConfigError("ray-needs-readable-data")
        passes = min(one.passes for one in self.ground.prices.values())
        cache = options.get("cache_dir")
        opening = opening_for(cluster, folder, prepared, threads=threads, passes=passes, cache=cache)
        gpu = device_named(options.get("device", "auto")).type == "cuda"
        found = RayRuns(
            *(prepared, folder, self.stop),
            cluster=cluster,
            opening=opening,
            jobs=self.settings.jobs,
            gpu=gpu,
            options=options,
            say=self.reporter.say,
        )
        nodes = {"address": cluster.address, "nodes": len(cluster.nodes), "jobs": found.at_once, "threads": threads}
        for line in (text_of("ray-runs", **nodes), *opening.lines()):
            self.reporter.say("  " + line)
        return found

    def _jobs_that_pay(self, threads: int) -> int:
        """Return how many runs to make at once; 1 on an accelerator, or if they are expected to be short."""
        if device_named(self.settings.run.get("device", "auto")).type != "cpu":
            return 1
        cells = [cell for group in self.lineup.groups() for cell in group if not self.ledger.finished(cell)]
        seconds = sum(self.estimates.of_all(cells).values())
        return workers_that_pay(threads=threads, runs=len(cells), seconds=seconds)
