"""The driver of a comparison: which contenders can run, at which learning rate, in which order, and which runs fail.

In: the data (``Ground``), the settings and the ledger. Out: finished runs in their folders. Everything that determines
the results of a run (learning rate, epochs and engines) is saved in the ledger before the run is made. So a comparison
that continues after a kill makes the same runs; time determines only how many runs are made.
"""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import nan
from statistics import mean
from typing import Any

from ghep.comparison.analysis.adaptive import next_seed
from ghep.comparison.execution.executors import Executor, InProcess, Job, Part, RateSearch, cause_and_remedy
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.handover import can_be_handed_over
from ghep.comparison.execution.ledger import Ledger, threads_of_runs
from ghep.comparison.execution.processes import LocalProcesses
from ghep.comparison.execution.reading import measured_from, valid_score
from ghep.comparison.planning.draws import nested_draws
from ghep.comparison.planning.estimates import Estimates, Taken
from ghep.comparison.planning.grid import Cell, contenders, line_of, lines, on_fewer
from ghep.comparison.planning.lineup import augment_of, entrants, part_for, ratings_of, strategy_of
from ghep.comparison.planning.schedule import LATER, SOONER, Unit, cannot_win, in_order, is_long, unlimited, within
from ghep.comparison.planning.search import FACTORS, choose, confirmed, judges, search_share
from ghep.comparison.planning.settings import Settings, settings_of_way
from ghep.comparison.planning.threads import workers_that_pay
from ghep.comparison.record import RANDOM_FEATURES, Comparison, Contender, Measured, Rate, RateChoice, Stopped
from ghep.comparison.sharing.parts import limited
from ghep.data.dataset import Dataset
from ghep.errors import DataError, Interrupted, UserError
from ghep.experiment.prepared import Prepared
from ghep.messages import Message, text_of
from ghep.model.device import device_named
from ghep.reporter import Reporter
from ghep.storage.text import read_json
from ghep.training.stop import StopRequest
from ghep.types import Finding

SEARCH_SHARE = 0.15
"""Largest fraction of a time limit that is spent on measuring prices and searching learning rates."""
RESERVE = 0.03
"""Fraction of a time limit that is reserved for the report."""


@dataclass
class Running:
    """The driver of a comparison: its state, and the methods that make the runs."""

    ground: Ground
    settings: Settings
    ledger: Ledger
    reporter: Reporter
    stop: StopRequest
    began: float = field(default_factory=time.perf_counter)
    rates: dict[Contender, RateChoice] = field(default_factory=dict)
    lrs: dict[Contender, float] = field(default_factory=dict)
    """Contender -> derived learning rate of the last block; no entry if nothing is trained by gradients."""
    epochs: dict[Contender, int] = field(default_factory=dict)
    """Contender -> number of epochs, for models of several tasks that train longer or shorter than their plan."""
    stopped: list[Stopped] = field(default_factory=list)
    contenders: list[Contender] = field(default_factory=list)
    """Contenders that can run."""
    total: int = 0
    without_runs: list[tuple[str, Measured | Finding]] | None = None
    """Controls and references without a run (``gathering.without_runs``); None: not fitted yet."""
    _scores: dict[Cell, float] = field(default_factory=dict)
    """Validation scores of finished runs on all labels."""

    @cached_property
    def executor(self) -> Executor:
        """Return the executor of the runs."""
        threads = threads_of_runs(self.ledger, self.settings.threads)
        jobs = self.settings.jobs or self._jobs_that_pay(threads)
        prepared, folder = self.ground.prepared, self.ledger.folder
        if jobs > 1 and can_be_handed_over(prepared):
            self.reporter.say("  " + text_of("runs-at-once", jobs=jobs, threads=threads))
            options = self.settings.run
            return LocalProcesses(prepared, folder, self.stop, at_once=jobs, threads=threads, options=options)
        if jobs > 1:
            self.reporter.say("  " + text_of("runs-one-at-a-time"))
        return InProcess(prepared, folder, self.stop)

    def _jobs_that_pay(self, threads: int) -> int:
        """Return how many runs to make at once; 1 on an accelerator, or if they are expected to be short."""
        if device_named(self.settings.run.get("device", "auto")).type != "cpu":
            return 1
        cells = [cell for group in self._wanted() for cell in group if not self.ledger.finished(cell)]
        seconds = sum(self.estimates.of_all(cells).values())
        return workers_that_pay(threads=threads, runs=len(cells), seconds=seconds)

    def close(self) -> None:
        """Close the executor."""
        if "executor" in vars(self):
            self.executor.close()

    @cached_property
    def estimates(self) -> Estimates:
        """Return the time estimates of the runs."""
        return Estimates(self.ground.prices)

    def all(self) -> None:
        """Make every wanted run that time allows, the most informative per second first."""
        named = (*self.settings.strategies, *self.settings.named_controls)
        controls = self.settings.controls and not self.ground.tasks
        self.contenders = self._possible(contenders(self.ground.backbones, named, controls=controls))
        self._search(self.contenders)
        self._make_in_order(self._wanted())

    def _wanted(self) -> list[tuple[Cell, ...]]:
        """Return the runs in groups; the runs of a group are made together or not at all."""
        groups: list[tuple[Cell, ...]] = []
        for line in lines(self.contenders).values():
            # The shared model first: the others reuse its pass through frozen blocks, by one engine.
            arms = sorted(line, key=lambda arm: -len(arm.tasks))
            for seed in self.seeds:
                varying = [arm for arm in arms if seed == 0 or self._varies(arm)]
                groups += [tuple(Cell(arm, seed) for arm in varying)] if varying else []
        fewer = [one for one in self.contenders if one.strategy != RANDOM_FEATURES]
        return groups + [(cell,) for cell in on_fewer(fewer, self.settings.labels, self.settings.seeds)]

    @property
    def seeds(self) -> range:
        """Return the seeds of each contender."""
        return range(self.settings.seeds)

    def also(self, contender: Contender) -> None:
        """Make the runs of a shared model with another sharing strategy: all its seeds, or none if time is short.

        Learning rate and epochs are those of the shared model with the default strategy, so only the sharing differs.
        """
        self.contenders.append(contender)
        self.estimates.works[contender, None] = self.estimates.works[_default_sharing(contender), None]
        self._make_in_order([tuple(Cell(contender, seed) for seed in self.seeds)])

    def _make_in_order(self, groups: Sequence[tuple[Cell, ...]]) -> None:
        """Make the runs of ``groups`` as time allows.

        The estimated time is reported before the first run, and the runs that were left out after the last.
        """
        for cell in itertools.chain(*groups):
            if self.ledger.finished(cell):
                taken = self._taken(cell)
                self.estimates.note(cell, taken)
                self.ledger.done.setdefault(cell.name, taken.seconds)  # a kill prevented the entry
        todo = [group for group in groups if not all(map(self.ledger.finished, group))]  # failed runs are tried again
        self.total += sum(map(len, groups))
        self._announce(todo)
        if self.settings.time_limit is not None:
            self.stop.deadline = time.monotonic() + self.settings.time_limit - self.spent()
        try:
            self.make(self._next(todo))
        except Interrupted:
            if self.stop.by_request:
                raise
        finally:
            self.stop.deadline = None
        self._report_left_out(group for group in groups if not all(map(self._over, group)))

    def _next(self, todo: Sequence[tuple[Cell, ...]]) -> Iterator[Cell]:
        """Yield the runs in the order in which to start them.

        With a time limit the order depends on the measured time of finished runs. Without a limit it depends on counted
        work only, because the order determines which run computes an activation in the store, and this can change the
        last bits of the results of other runs.
        """
        if self.settings.time_limit is None:
            yield from itertools.chain(*self._counted_order(todo))
            return
        todo, at_once = list(todo), self.executor.at_once
        early = at_once - 1  # one slot is kept for the many short runs
        while todo:
            units = self._units(todo)
            chosen = within(units, left := self.left(), at_once=at_once, early=early)
            if not chosen and self.ledger.done:
                return
            early -= bool(chosen) and early > 0 and is_long(chosen[0], left)
            chosen = chosen or in_order(units)  # at least one run, however short the time
            todo.remove(chosen[0].cells)
            yield from chosen[0].cells

    def _counted_order(self, groups: Sequence[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
        """Return ``groups`` in the order of ``schedule.unlimited``, by work alone: the same order on every machine."""
        units = (Unit(group, sum(map(self.estimates.counted, group))) for group in groups)
        return [unit.cells for unit in unlimited(units)]

    def _units(self, groups: Sequence[tuple[Cell, ...]]) -> list[Unit]:
        factors = dict.fromkeys(self._cannot_win(), LATER)
        if (decisive := self._decisive(groups)) is not None:
            factors[decisive] = SOONER
        return [
            Unit(group, sum(map(self.estimates.seconds, group)), factors.get(line_of(group[0].contender), 1.0))
            for group in groups
        ]

    def _decisive(self, groups: Sequence[tuple[Cell, ...]]) -> Contender | None:
        """Return the contender whose next seed would help most to decide which is best on valid; None if none would.

        This is used only with a time limit, after every contender has run once.
        """
        left = {group[0] for group in groups if len(group) == 1 and group[0].labels is None}
        if self.settings.time_limit is None or any(cell.seed == 0 for cell in left) or not self.ground.dataset.valid:
            return None
        data = replace(self.ground.data, headline="valid")
        cells = [Cell(one, seed) for one in self.contenders for seed in self.seeds]
        runs = [
            measured_from(cell, self.ledger.run_folder(cell), data, None)
            for cell in cells
            if cell.name in self.ledger.done
        ]
        candidates = sorted({cell.contender for cell in left})
        return next_seed(Comparison(data, tuple(runs), self.ledger.folder), candidates) if runs and candidates else None

    def _over(self, cell: Cell) -> bool:
        """Whether the run of ``cell`` is finished or has failed."""
        return self.ledger.finished(cell) or cell.name in self.ledger.failed

    def _announce(self, todo: Sequence[tuple[Cell, ...]]) -> None:
        """Report the number of runs, their estimated time, and how many fit into the time limit."""
        if not todo:
            return
        ordered = [cell for unit in in_order(self._units(todo)) for cell in unit.cells]
        expected = self.estimates.of_all(ordered)
        new = {cell.name: seconds for cell, seconds in expected.items()}
        self.ledger.estimates = {**new, **self.ledger.estimates}
        self.ledger.save()
        curve = sum(seconds for cell, seconds in expected.items() if cell.labels is not None)
        whole = sum(expected.values()) / self.executor.at_once
        if curve:
            shown = {"runs": len(ordered), "seconds": whole, "curve": curve / self.executor.at_once}
            self.reporter.say(text_of("runs-planned-with-curve", **shown))
        else:
            self.reporter.say(text_of("runs-planned", runs=len(ordered), seconds=whole))
        limit = self.settings.time_limit
        if limit is not None and whole > self.left():
            fitting = sum(
                len(unit.cells) for unit in within(self._units(todo), self.left(), at_once=self.executor.at_once)
            )
            self.reporter.say("  " + text_of("runs-that-fit", runs=fitting, limit=limit))

    def _report_left_out(self, groups: Iterable[tuple[Cell, ...]]) -> None:
        """Record and report the runs that were skipped for lack of time, once per strategy and backbone."""
        found: dict[Contender, list[Cell]] = {}
        for group in groups:
            left = [cell for cell in group if not self._over(cell)]
            found.setdefault(line_of(group[0].contender), []).extend(left)
        for line, cells in found.items():
            seconds = self.estimates.seconds(cells[0])
            self._leave_out(line, len(cells), text_of("no-time-for-run", seconds=seconds))

    def prepared(self, contender: Contender, seed: int = 0) -> Prepared:
        """Return the data of a run: the labels of its tasks, up to its limits."""
        return part_for(contender, self.ground, self.settings, seed)

    def _varies(self, contender: Contender) -> bool:
        """Whether the contender's results depend on the seed.

        They do not for a head that is solved on pretrained features with all labels.
        """
        drawn = any(task in (contender.tasks or self.settings.limits) for task in self.settings.limits)
        return drawn or contender in self.lrs or contender.strategy == RANDOM_FEATURES

    # Which contenders can run

    def _possible(self, wanted: Sequence[Contender]) -> list[Contender]:
        """Return the models of ``wanted`` that can be trained; report those that are left out.

        A strategy is left out if it has no plan for a backbone, such as LoRA for a backbone without layers to adapt.
        """
        found: list[Contender] = []
        for line in wanted:
            try:
                found += self._arms(line)
            except (UserError, ValueError) as error:
                if self.settings.every:
                    cause = text_of("contender-unusable", cause=cause_and_remedy(error)[0])
                    self._leave_out(line, self.settings.seeds, cause)
                else:
                    self._fail(Cell(line, 0), *cause_and_remedy(error))
        return found

    def _arms(self, line: Contender) -> list[Contender]:
        found = entrants(line, self.ground, self.settings, self.ledger)
        self.lrs |= {arm: length.lr for arm, length in found.lengths.items() if length.lr > 0}
        self.epochs |= found.epochs
        self.estimates.works |= found.works
        return list(found.lengths)

    # The learning-rate search

    def _search(self, wanted: Sequence[Contender]) -> None:
        """Search the learning rates of all contenders that train, or of none if time is short; report the choices."""
        trained = [
            contender for contender in wanted if contender in self.lrs and self.prepared(contender).dataset.valid
        ]
        if not (self.settings.search and self.ground.dataset.valid and trained):
            return
        if not self.ledger.decided("search", lambda: self._time_to_search(trained)):
            self.reporter.say("  " + text_of("no-time-for-search"))
            return
        self._try_rates(trained)
        for contender in trained:
            if noted := self.ledger.decisions.get(_search_of(contender)):
                self._choose(contender, [_rate(one) for one in noted])

    def _time_to_search(self, trained: Sequence[Contender]) -> bool:
        """Whether the search of all contenders fits into SEARCH_SHARE of the time; a search for some is unfair."""
        limit = self.settings.time_limit
        if limit is None:
            return True
        return self.spent() + self._seconds_to_search(trained) / self.executor.at_once <= SEARCH_SHARE * limit

    def _seconds_to_search(self, trained: Sequence[Contender]) -> float:
        """Return the estimated seconds of all trials, made one after the other."""
        seconds = 0.0
        for contender in trained:
            train = self.ground.prices[contender.backbone].training(self.estimates.works[contender, None])
            seconds += search_share(len(self.prepared(contender).dataset.train)) * train + len(FACTORS)
        return seconds

    def _try_rates(self, contenders: Sequence[Contender]) -> None:
        """Make the trials that are not in the ledger. Failed trials are not recorded: the runs will fail as well."""
        jobs = {one.name: one for one in map(self._search_job, contenders)}
        todo = {name: job for name, job in jobs.items() if name not in self.ledger.decisions}
        if todo:
            seconds = self._seconds_to_search(contenders) / self.executor.at_once
            self.reporter.say("  " + text_of("search-announced", strategies=len(todo), seconds=seconds))
        for outcome in self.executor.outcomes(todo.values()):
            if outcome.cause:
                assert outcome.job.search is not None
                contender = outcome.job.search.contender
                self.reporter.say("  " + text_of("search-failed", contender=contender, cause=outcome.cause))
                continue
            self.ledger.decisions[outcome.job.name] = list(outcome.rates)
            self.ledger.save()

    def _search_job(self, contender: Contender) -> Job:
        given = augment_of(contender, self.settings)
        if contender in self.epochs:
            given["epochs"] = self.epochs[contender]
        return Job(
            name=_search_of(contender),
            folder=self.ledger.folder / "search",
            backbone=contender.backbone,
            strategy=contender.strategy,
            seed=0,
            part=Part(contender.tasks, dict(self.settings.limits)),
            options={**self.settings.run, **ratings_of(contender, self.settings)},
            search=RateSearch(contender, confirm=self.settings.time_limit is None, settings=given),
        )

    def _choose(self, contender: Contender, tried: Sequence[Rate]) -> None:
        dataset = self.prepared(contender).dataset
        self.rates[contender] = confirmed(choose(contender, tried, judges(dataset)), len(dataset.train))
        self.reporter.say("  " + text_of("rate-of", contender=contender, choice=self.rates[contender].reason))

    # The time

    def left(self) -> float:
        """Return the seconds that the time limit leaves for further runs."""
        assert self.settings.time_limit is not None
        return (1 - RESERVE) * self.settings.time_limit - self.spent()

    def spent(self) -> float:
        """Return the seconds spent on the comparison, earlier calls included."""
        return self.ledger.seconds + time.perf_counter() - self.began

    def _cannot_win(self) -> set[Contender]:
        """Return the lines (strategy and backbone) that are clearly worse than the best on valid; they run last."""
        if not self.ground.dataset.valid:
            return set()
        scores = {one: mean(found) for one in self.contenders if not one.control and (found := self._valid_scores(one))}
        return cannot_win(self._by_line(scores), judges(limited(self.ground.dataset, self.settings.limits, draw=0)))

    def _by_line(self, scores: Mapping[Contender, float]) -> dict[Contender, float]:
        """Return line (strategy and backbone) -> score: of its shared model, or the mean of its single-task models.

        The higher of the two counts. Models of two or more, but not all, tasks are ignored: with two easy tasks such a
        model would make its line look better than it is.
        """
        found: dict[Contender, float] = {}
        for line, its in lines(scores).items():
            alone = [scores[arm] for arm in its if len(arm.tasks) < 2]
            shared = [scores[arm] for arm in its if 1 < len(arm.tasks) == len(self.ground.tasks)]
            if alone or shared:
                found[line] = max([*shared, *([mean(alone)] if alone else [])])
        return found

    def _described(self, cell: Cell) -> Message:
        if cell.labels is None:
            return Message("cell-seed", {"seed": cell.seed})
        numeric = self.ground.data.numeric
        return Message("cell-seed-labels", {"seed": cell.seed, "labels": cell.labels, "numeric": numeric})

    def _valid_scores(self, contender: Contender) -> list[float]:
        cells = [Cell(contender, seed) for seed in self.seeds]
        return [self._scores[cell] for cell in cells if cell in self._scores]

    # The runs

    def make(self, cells: Iterable[Cell]) -> None:
        """Make the runs of ``cells``, started in this order; finished runs are not repeated.

        A failure is recorded and the others continue. ``cells`` may be a generator, advanced when a run can start.
        Raises Interrupted when the comparison is asked to stop.
        """
        wanted: dict[str, Cell] = {}
        for outcome in self.executor.outcomes(self._jobs(cells, wanted)):
            cell = wanted.pop(outcome.job.name)
            if outcome.cause:
                self._fail(cell, outcome.cause, outcome.remedy)
                continue
            self._note(cell, outcome.seconds)
            shutil.rmtree(outcome.job.folder / "checkpoints", ignore_errors=True)
            self._keep_best(cell)

    def _jobs(self, cells: Iterable[Cell], wanted: dict[str, Cell]) -> Iterator[Job]:
        """Yield the jobs of ``cells`` that are not finished; add each to ``wanted``, job name -> cell."""
        for cell in cells:
            if self.ledger.finished(cell):
                if cell.name not in self.ledger.done:
                    self._note(cell, self._taken(cell).seconds)
                continue
            if self.stop.asked:  # solving a head does not check it
                raise Interrupted("stopped-between-runs")
            number = len(self.ledger.done) + len(self.ledger.failed) + len(wanted) + 1
            spent = f"{self.spent():7.1f} s"
            shown = {
                "spent": spent,
                "number": number,
                "contender": cell.contender,
                "cell": self._described(cell),
            }
            self.reporter.say(text_of("run-begun", **shown))
            wanted[cell.name] = cell
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
            options={**self._given(cell), **self.settings.run, **ratings_of(contender, self.settings)},
        )

    def _given(self, cell: Cell) -> dict[str, Any]:
        """Return the settings of the run of ``cell`` that replace the values derived by its strategy."""
        default = _default_sharing(cell.contender)
        given = {**augment_of(cell.contender, self.settings), **settings_of_way(cell.contender.sharing)}
        choice = self.rates.get(default)
        if choice is not None and choice.chosen != 1.0:
            given["lr"] = choice.chosen * self.lrs[default]
        if cell.labels is None and default in self.epochs:
            given["epochs"] = self.epochs[default]
        return given

    def _note(self, cell: Cell, seconds: float) -> None:
        self.ledger.failed.pop(cell.name, None)
        self.ledger.done[cell.name] = seconds
        self.save()
        self.estimates.note(cell, self._taken(cell))
        self.reporter.progress("runs", len(self.ledger.done), max(self.total, len(self.ledger.done)))

    def save(self) -> None:
        """Save the ledger, with the time since it was last saved."""
        now = time.perf_counter()
        self.ledger.seconds, self.began = self.ledger.seconds + now - self.began, now
        self.ledger.save()

    def _fail(self, cell: Cell, cause: str, remedy: str) -> None:
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
        self.save()
        shown = {
            "contender": cell.contender,
            "cell": self._described(cell),
            "cause": cause,
        }
        self.reporter.say("  " + text_of("run-failed", **shown))

    def _leave_out(self, contender: Contender, runs: int, cause: str) -> None:
        self.stopped.append(Stopped(contender, runs, cause))
        self.reporter.say("  " + text_of("runs-left-out", contender=contender, runs=runs, cause=cause))

    def _taken(self, cell: Cell) -> Taken:
        """Return the measured times of the finished run of ``cell``, and record its validation score."""
        folder = self.ledger.run_folder(cell)
        metrics = read_json(folder / "metrics.json", error=DataError, what=Message("run-metrics"))
        phases, seconds = metrics["cost"]["phases"], float(metrics["cost"]["seconds"])
        if cell.labels is None and (score := self._score(cell)) is not None:
            self._scores[cell] = score
        known = sum(phases.get(name, 0.0) for name in ("read", "extract", "train", "measure", "evaluate"))
        return Taken(seconds, phases.get("train", 0.0), max(0.0, seconds - known))

    def _measured(self, cell: Cell) -> Measured:
        costs = self.ground.costs[cell.contender.backbone]
        return measured_from(cell, self.ledger.run_folder(cell), self.ground.of(cell.contender)[0], costs)

    def _score(self, cell: Cell) -> float | None:
        """Return the validation score of the run of ``cell``, the mean over its tasks; None if it has none."""
        tasks = [data.task for data in self.ground.of(cell.contender)]
        return valid_score(self.ledger.run_folder(cell), tasks)

    def _keep_best(self, cell: Cell) -> None:
        """Remove the bundles of the contender of ``cell``, except that of the seed with the best validation score."""
        if self.settings.keep == "all":
            return
        if cell.labels is not None:
            shutil.rmtree(self.ledger.run_folder(cell) / "bundle", ignore_errors=True)
            return
        cells = [Cell(cell.contender, seed) for seed in range(self.settings.seeds)]
        kept = [one for one in cells if (self.ledger.run_folder(one) / "bundle").is_dir()]
        kept = [one for one in kept if one.name in self.ledger.done]
        best = max(kept, key=lambda one: (self._score(one) or 0.0, -one.seed))
        for one in kept:
            if one != best:
                shutil.rmtree(self.ledger.run_folder(one) / "bundle", ignore_errors=True)

    # Fewer labels

    def draws(self) -> dict[tuple[int, int], Dataset]:
        """Return (labels per class, draw) -> data set with so few labels, the same for every contender."""
        if not self.settings.labels:
            return {}
        data = self.ground.data
        found: dict[tuple[int, int], Dataset] = {}
        for draw in range(self.settings.seeds):
            drawn = nested_draws(self.ground.dataset, data.task, self.settings.labels, draw=draw)
            found |= {(labels, draw): part for labels, part in drawn.items()}
        return found


def _search_of(contender: Contender) -> str:
    """Return the key under which the ledger has the trials of ``contender``."""
    return f"search {contender.key}"


def _default_sharing(contender: Contender) -> Contender:
    """Return the same model with the default sharing strategy."""
    return replace(contender, sharing="")


def _rate(noted: Mapping[str, Any]) -> Rate:
    """Return the trial that the ledger has as plain values, with None for NaN."""
    values: dict[str, Any] = {name: nan if value is None else value for name, value in noted.items()}
    return Rate(**values)
