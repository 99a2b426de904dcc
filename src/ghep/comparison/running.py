"""Carry out the runs of a comparison: what can run, at which rate, within what, in which order, and what fails.

Each step asks the ledger first; what is decided there stays decided, so that a comparison which goes on after a kill
makes the runs it would have made.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from math import isfinite, nan
from statistics import mean
from typing import Any

from ghep.comparison.draws import nested_draws
from ghep.comparison.executors import Executor, InProcess, Job, Part, cause_and_remedy
from ghep.comparison.grid import Cell, contenders, line_of, lines, on_fewer, rounds
from ghep.comparison.ground import Ground
from ghep.comparison.handover import can_be_handed_over
from ghep.comparison.ledger import Ledger, hold_to_threads
from ghep.comparison.lineup import entrants, options_for, part_for, ratings_of, strategy_of
from ghep.comparison.processes import LocalProcesses
from ghep.comparison.reading import measured_from, valid_score
from ghep.comparison.record import RANDOM_FEATURES, Contender, Measured, Rate, RateChoice, Stopped
from ghep.comparison.schedule import Need, allot, hopeless, part_of_epochs, together
from ghep.comparison.search import FACTORS, Bench, Cost, choose, confirmed, judges, search, trial
from ghep.comparison.settings import Settings, settings_of
from ghep.comparison.sharing.parts import limited
from ghep.comparison.threads import workers_that_pay
from ghep.data.dataset import Dataset
from ghep.errors import Interrupted, UserError
from ghep.experiment.prepared import Prepared
from ghep.experiment.reporter import Reporter, Silent
from ghep.model.device import device_named
from ghep.training.stop import StopRequest
from ghep.types import Split

SEARCH_SHARE = 0.25
"""Of a time limit, at most, for the search of rates."""
CURVE_SHARE = 0.4
"""Of what is left after it, for runs on fewer labels, where any are wanted."""
RESERVE = 0.03
"""Of a time limit, for the report."""
GUESS_SECONDS = 4.0
"""A run that trains nothing, until one was measured: loading, scoring, saving."""


@dataclass
class Running:
    """The runs under way."""

    ground: Ground
    settings: Settings
    ledger: Ledger
    reporter: Reporter
    stop: StopRequest
    began: float = field(default_factory=time.perf_counter)
    costs: dict[Contender, Cost] = field(default_factory=dict)
    rates: dict[Contender, RateChoice] = field(default_factory=dict)
    trials: dict[Contender, float] = field(default_factory=dict)
    """Score on valid of the first trial, at the derived rate; absent where nothing could be judged."""
    lrs: dict[Contender, float] = field(default_factory=dict)
    """Derived rate of the last block; absent where nothing is trained by gradients."""
    epochs: dict[Contender, int] = field(default_factory=dict)
    """Where not as the plan has: of a model for several tasks, and where a budget allows fewer."""
    shares: dict[Contender, float] = field(default_factory=dict)
    """Of what a line takes, each of its arms; absent: all of it."""
    stopped: list[Stopped] = field(default_factory=list)
    budget: float | None = None
    who: list[Contender] = field(default_factory=list)
    """Who can run here."""
    total: int = 0
    expected_seconds: float | None = None
    """Of all runs one after the other, as estimated before the first; None: unknown."""

    @cached_property
    def executor(self) -> Executor:
        """Return who carries out the runs."""
        threads = hold_to_threads(self.ledger, self.settings.threads)
        jobs = self.settings.jobs or self._jobs_that_pay(threads)
        prepared, folder = self.ground.prepared, self.ledger.folder
        if jobs > 1 and can_be_handed_over(prepared):
            self.reporter.say(f"  {jobs} runs at once, {threads} thread{'s' * (threads > 1)} each")
            options = self.settings.run
            return LocalProcesses(prepared, folder, self.stop, at_once=jobs, threads=threads, options=options)
        return InProcess(prepared, folder, self.stop)

    def _jobs_that_pay(self, threads: int) -> int:
        """Return how many runs to make at once; 1 unless they are expected to take long, and on an accelerator."""
        if self.expected_seconds is None or device_named(self.settings.run.get("device", "auto")).type != "cpu":
            return 1
        return workers_that_pay(threads=threads, runs=self.total, seconds=self.expected_seconds)

    def close(self) -> None:
        """End what carries out the runs."""
        if "executor" in vars(self):
            self.executor.close()

    def all(self) -> None:
        """Make every run that is wanted and that time allows."""
        named = (*self.settings.strategies, *self.settings.named_controls)
        controls = self.settings.controls and not self.ground.tasks
        self.who = who = self._possible(contenders(self.ground.backbones, named, controls=controls))
        self.total = sum(self.settings.seeds if self._varies(one) else 1 for one in who)
        self._search(who)
        alive = self._allot(who)
        for seed, cells in enumerate(rounds(who, self.settings.seeds)):
            wanted = [cell for cell in cells if cell.contender in alive and (seed == 0 or self._varies(cell.contender))]
            for line in lines(cell.contender for cell in wanted).values():
                # That of all tasks first: its pass through frozen blocks, by one engine, serves the others.
                together = [Cell(arm, seed) for arm in sorted(line, key=lambda arm: -len(arm.tasks))]
                if seed == 0 or not self._too_late(together):
                    self.make(together)
            alive = self._after_round(seed, alive)
        self._on_fewer_labels(alive)

    @property
    def seeds(self) -> range:
        """Return the seeds that are wanted of each."""
        return range(self.settings.seeds)

    def also(self, contender: Contender) -> None:
        """Make the runs of a model that shares in another way than ``all`` made, as time allows; all of them or none.

        Rate and length are those of the usual way: what differs is the sharing alone.
        """
        self.who.append(contender)
        cells = [Cell(contender, seed) for seed in self.seeds]
        self.total += len(cells)
        if not self._too_late(cells):
            self.make(cells)

    def prepared(self, contender: Contender, seed: int = 0) -> Prepared:
        """Return the data of a run: with the labels of its tasks, so many of them as it may have."""
        return part_for(contender, self.ground, self.settings, seed)

    def _varies(self, contender: Contender) -> bool:
        """Whether another seed gives other answers: not where a head is solved on pretrained features of all labels."""
        drawn = any(task in (contender.tasks or self.settings.limits) for task in self.settings.limits)
        return drawn or contender in self.lrs or contender.strategy == RANDOM_FEATURES

    # Who can run at all

    def _possible(self, wanted: Sequence[Contender]) -> list[Contender]:
        """Return the arms of each line; leave out who cannot make a plan for this backbone, and say so.

        LoRA without layers to adapt is one.
        """
        found: list[Contender] = []
        for line in wanted:
            try:
                found += self._arms(line)
            except (UserError, ValueError) as error:
                if self.settings.every:
                    self._leave_out(line, self.settings.seeds, f"cannot be used here: {cause_and_remedy(error)[0]}")
                else:
                    self._fail(Cell(line, 0), *cause_and_remedy(error))
        return found

    def _arms(self, line: Contender) -> list[Contender]:
        found = entrants(line, self.ground, self.settings, self.ledger)
        self.lrs |= {arm: length.lr for arm, length in found.lengths.items() if length.lr > 0}
        self.epochs |= found.epochs
        return list(found.lengths)

    # The search for rates

    def _search(self, who: Sequence[Contender]) -> None:
        """Try each one's derived rate, which says what a run will cost, then others for all, or for nobody."""
        if not self.ground.dataset.valid or not (self.settings.search or self.settings.time_limit is not None):
            return
        trained = [contender for contender in who if contender in self.lrs and self.prepared(contender).dataset.valid]
        began = self.spent()
        first = {one: found for one in trained if (found := self._tried(one, "derived", self._derived_trial))}
        self.costs |= {one: Cost(**found["cost"]) for one, found in first.items()}
        scores = {one: _rate(found["tried"][0]).valid_score for one, found in first.items()}
        self.trials |= {one: score for one, score in scores.items() if isfinite(score)}
        took = self.ledger.decided("first trials took", lambda: self.spent() - began)
        if not self._time_to_search(took, len(trained)):
            self.reporter.say("  no time to search rates: everybody keeps the derived one")
            return
        for contender, found in first.items():
            derived = _rate(found["tried"][0])
            others = self._tried(contender, "search", partial(self._other_trials, derived=derived))
            self._choose(contender, [derived, *(_rate(one) for one in (others or {"tried": []})["tried"])])

    def _time_to_search(self, first: float, count: int) -> bool:
        """Whether two more trials of each fit, as the first ones went; a search for some alone would be unfair."""
        limit = self.settings.time_limit
        more = (len(FACTORS) - 1) * first
        return bool(count) and self.settings.search and (limit is None or first + more <= SEARCH_SHARE * limit)

    def _tried(self, contender: Contender, name: str, make: Callable[[Contender], Any]) -> dict[str, Any] | None:
        """Return what trials of ``contender`` gave, made or taken over; None if they failed, as its runs will."""
        try:
            found: dict[str, Any] = self.ledger.decided(f"{name} {contender.key}", lambda: make(contender))
            return found
        except Interrupted:
            raise
        except Exception as error:
            self.reporter.say(f"  {contender}: no rate could be tried: {cause_and_remedy(error)[0]}")
            return None

    def _derived_trial(self, contender: Contender) -> dict[str, Any]:
        rate, cost = trial(self._bench(contender), contender, FACTORS[0])
        return {"tried": [asdict(rate)], "cost": asdict(cost)}

    def _other_trials(self, contender: Contender, *, derived: Rate) -> dict[str, Any]:
        share = self._share()
        tried = search(self._bench(contender), contender, derived, self.costs[contender], seconds=share)
        return {"tried": [asdict(one) for one in tried]}

    def _choose(self, contender: Contender, tried: Sequence[Rate]) -> None:
        counts = self._counts(contender)
        valid = judges(self.prepared(contender).dataset) if contender.tasks else counts["valid"]
        self.rates[contender] = confirmed(choose(contender, tried, valid), counts["train"])
        self.reporter.say(f"  rate of {contender}: {self.rates[contender].reason}")

    def _bench(self, contender: Contender) -> Bench:
        share = self._share()
        each = None if share is None else share / len(FACTORS)
        given = {"epochs": self.epochs[contender]} if contender in self.epochs else {}
        options = options_for(contender, self.settings)
        return Bench(self.prepared(contender), options, Silent(), self.stop, each, given, self.ledger.measured)

    def _share(self) -> float | None:
        """Return a contender's share of the time for the search."""
        limit = self.settings.time_limit
        return None if limit is None else SEARCH_SHARE * limit / max(1, len(self.lrs))

    # The time

    def left(self) -> float:
        """Return the seconds left for runs on all labels."""
        share = 1 - CURVE_SHARE if self.settings.labels else 1.0
        return share * self._until_the_end()

    def _until_the_end(self) -> float:
        """Return the seconds to the end; a run is cut by them only if the machine became slower than in the trials."""
        assert self.settings.time_limit is not None
        return (1 - RESERVE) * self.settings.time_limit - self.spent()

    def spent(self) -> float:
        """Return the seconds since the comparison began, all sessions together."""
        return self.ledger.seconds + time.perf_counter() - self.began

    def _need(self, contender: Contender) -> Need:
        cost = self.costs.get(contender, Cost(0, 0, 0.0))
        passes = self.ground.costs[contender.backbone].pass_seconds * len(self.prepared(contender).dataset)
        return Need(contender, GUESS_SECONDS + passes, cost.seconds_per_epoch, cost.epochs, cost.least_epochs)

    def _counts(self, contender: Contender) -> Mapping[Split, int]:
        """Return the examples of each split that ``contender`` uses."""
        counts: Mapping[Split, int] = self.prepared(contender).dataset.counts
        return counts

    def _allot(self, who: Sequence[Contender]) -> list[Contender]:
        """Share out the time, once, before the first run: who runs, and within what.

        A line is cut or stopped as a whole: what it is worth to train tasks together is seen from all of its arms.
        """
        if self.settings.time_limit is None:
            return list(who)
        needs = {arm: self._need(arm) for arm in who}
        whole = {line: together(line, [needs[arm] for arm in its]) for line, its in lines(who).items()}

        def make() -> dict[str, Any]:
            scores = self._by_line(self.trials)
            found = allot(list(whole.values()), scores, seeds=self.settings.seeds, left=self.left())
            cut = {}
            if found.budget is not None:
                cut = {arm.key: part_of_epochs(need, whole[line_of(arm)], found.budget) for arm, need in needs.items()}
            out = {line.key: reason for line, reason in found.stopped}
            return {"budget": found.budget, "seeds": found.seeds, "stopped": out, "epochs": cut}

        found = self.ledger.decided("allotment", make)
        self.budget = found["budget"]
        for arm, need in needs.items():
            self.shares[arm] = need.seconds / whole[line_of(arm)].seconds
            allowed = found["epochs"].get(arm.key, need.epochs)
            if allowed < need.epochs:
                self.epochs[arm] = allowed
        for line in lines(who):
            if line.key in found["stopped"]:
                self._leave_out(line, self.settings.seeds, found["stopped"][line.key])
        alive = [arm for arm in who if line_of(arm).key not in found["stopped"]]
        if self.budget is not None:
            self.reporter.say(f"  time: {found['seeds']} seeds, at most about {self.budget:.0f} s a run")
        return alive

    def _by_line(self, scores: Mapping[Contender, float]) -> dict[Contender, float]:
        """Return a score for each line: that of its shared model, or the mean of those of one task if that is more.

        Models of two of three tasks have none: two easy ones would make their line look better than it is.
        """
        found: dict[Contender, float] = {}
        for line, its in lines(scores).items():
            alone = [scores[arm] for arm in its if len(arm.tasks) < 2]
            shared = [scores[arm] for arm in its if 1 < len(arm.tasks) == len(self.ground.tasks)]
            if alone or shared:
                found[line] = max([*shared, *([mean(alone)] if alone else [])])
        return found

    def _after_round(self, seed: int, alive: list[Contender]) -> list[Contender]:
        """After each seed: stop who is hopeless, if the time left is too short for all."""
        rest = self.settings.seeds - seed - 1
        if self.settings.time_limit is None or rest < 1:
            return alive

        def make() -> dict[str, str]:
            varying = [one for one in alive if self._varies(one) and self._seconds(one)]
            needed = rest * sum(mean(self._seconds(one)) for one in varying)
            return self._hopeless(varying) if needed > self.left() else {}

        out = self.ledger.decided(f"after round {seed}", make)
        for line in lines(alive):
            if line.key in out:
                self._leave_out(line, rest, out[line.key])
        return [contender for contender in alive if line_of(contender).key not in out]

    def _hopeless(self, alive: Iterable[Contender]) -> dict[str, str]:
        scores = {one: mean(found) for one in alive if not one.control and (found := self._valid_scores(one))}
        out = hopeless(self._by_line(scores), judges(limited(self.ground.dataset, self.settings.limits, draw=0)))
        return {line.key: reason for line, reason in out.items()}

    def _seconds(self, contender: Contender) -> list[float]:
        cells = [Cell(contender, seed) for seed in range(self.settings.seeds)]
        return [self.ledger.done[cell.name] for cell in cells if cell.name in self.ledger.done]

    def _valid_scores(self, contender: Contender) -> list[float]:
        cells = [Cell(contender, seed) for seed in range(self.settings.seeds)]
        found = [self._score(cell) for cell in cells if cell.name in self.ledger.done]
        return [score for score in found if score is not None]

    # The runs

    def make(self, cells: Iterable[Cell]) -> None:
        """Make the runs of ``cells``, begun in this order; those that are finished are found, not made again.

        What fails is noted and the others go on. ``cells`` may be a generator: it is asked for the next one when that
        can begin. Raises Interrupted when the comparison is asked to stop.
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
        """Yield what is to be made of ``cells``; ``wanted`` is by the name of the job what was yielded."""
        for cell in cells:
            if self.ledger.finished(cell):
                if cell.name not in self.ledger.done:
                    self._note(cell, float(self._measured(cell).seconds))
                continue
            if self.stop.asked:  # a head that is solved never asks
                raise Interrupted("stopped between two runs", remedy="")
            number = len(self.ledger.done) + len(self.ledger.failed) + len(wanted) + 1
            self.reporter.say(f"[{self.spent():7.1f} s] run {number}: {cell.contender}, {_which(cell)}")
            wanted[cell.name] = cell
            yield self.job(cell)

    def job(self, cell: Cell) -> Job:
        """Return the run of ``cell`` as plain values: all that an executor has to know."""
        who = cell.contender
        part = Part(who.tasks, dict(self.settings.limits), draw=cell.seed)
        if cell.labels is not None:
            part = Part(draw=cell.draw, labels=cell.labels, task=self.ground.data.task)
        return Job(
            name=cell.name,
            folder=self.ledger.run_folder(cell),
            backbone=who.backbone,
            strategy=strategy_of(who),
            seed=cell.seed,
            part=part,
            random_weights=who.strategy == RANDOM_FEATURES,
            options={**self._given(cell), **self.settings.run, **ratings_of(who, self.settings)},
        )

    def _given(self, cell: Cell) -> dict[str, Any]:
        """Return the settings that differ from what the strategy derives."""
        given, usual = settings_of(cell.contender.sharing), _usual(cell.contender)
        choice = self.rates.get(usual)
        if choice is not None and choice.chosen != 1.0:
            given["lr"] = choice.chosen * self.lrs[usual]
        if cell.labels is None and usual in self.epochs:
            given["epochs"] = self.epochs[usual]
        if usual in self.lrs and self.budget is not None:
            budget = self.budget * self.shares.get(usual, 1.0)
            given["time_limit"] = max(budget / 4, min(2 * budget, self._until_the_end()))
        return given

    def _note(self, cell: Cell, seconds: float) -> None:
        self.ledger.failed.pop(cell.name, None)
        self.ledger.done[cell.name] = seconds
        self.save()
        self.reporter.progress("runs", len(self.ledger.done), max(self.total, len(self.ledger.done)))

    def save(self) -> None:
        """Write the ledger, with the time that was spent since the last time."""
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
        self.reporter.say(f"  failed: {cell.contender}, {_which(cell)}: {cause}")

    def _leave_out(self, contender: Contender, runs: int, reason: str) -> None:
        self.stopped.append(Stopped(contender, runs, reason))
        self.reporter.say(f"  left out: {contender} ({runs} run{'s' * (runs != 1)}): {reason}")

    def _measured(self, cell: Cell) -> Measured:
        costs = self.ground.costs[cell.contender.backbone]
        return measured_from(cell, self.ledger.run_folder(cell), self.ground.of(cell.contender)[0], costs)

    def _score(self, cell: Cell) -> float | None:
        """Return what the run of ``cell`` is chosen by: its mean score on valid over its tasks."""
        tasks = [data.task for data in self.ground.of(cell.contender)]
        return valid_score(self.ledger.run_folder(cell), tasks)

    def _keep_best(self, cell: Cell) -> None:
        """Remove the bundles of this contender's other seeds but for the one that is best on valid."""
        if self.settings.keep == "all":
            return
        if cell.labels is not None:
            shutil.rmtree(self.ledger.run_folder(cell) / "bundle", ignore_errors=True)
            return
        cells = [Cell(cell.contender, seed) for seed in range(self.settings.seeds)]
        there = [one for one in cells if (self.ledger.run_folder(one) / "bundle").is_dir()]
        there = [one for one in there if one.name in self.ledger.done]
        best = max(there, key=lambda one: (self._score(one) or 0.0, -one.seed))
        for one in there:
            if one != best:
                shutil.rmtree(self.ledger.run_folder(one) / "bundle", ignore_errors=True)

    # Fewer labels

    def draws(self) -> dict[tuple[int, int], Dataset]:
        """Return (labels, draw) -> data set, the same for every contender."""
        if not self.settings.labels:
            return {}
        data = self.ground.data
        found: dict[tuple[int, int], Dataset] = {}
        for draw in range(self.settings.seeds):
            drawn = nested_draws(self.ground.dataset, data.task, self.settings.labels, draw=draw)
            found |= {(labels, draw): part for labels, part in drawn.items()}
        return found

    def _on_fewer_labels(self, alive: Sequence[Contender]) -> None:
        """Make the runs on draws; with a time limit as many as fit, the first draw of everybody first."""
        who = [one for one in alive if one.strategy != RANDOM_FEATURES]
        cells = on_fewer(who, self.settings.labels, self.settings.seeds if self.settings.labels else 0)
        self.make(cell for cell in cells if not self._too_late([cell]))

    def _too_late(self, cells: Sequence[Cell]) -> bool:
        """Whether the time left is too short for these runs, as runs like them went; once it was, they stay left out.

        All of them or none: they are of one line, one seed and as many labels.
        """
        todo = [cell for cell in cells if not self.ledger.finished(cell)]
        if self.settings.time_limit is None or not todo:
            return False
        expected = sum(mean(self._like(one) or [GUESS_SECONDS]) for one in todo)
        first = todo[0]
        left = self.left() if first.labels is None else self._until_the_end()
        name = f"no time for {cells[0].name}"
        if name not in self.ledger.decisions and expected <= left:
            return False
        self.ledger.decided(name, lambda: True)
        who, seeds = {cell.contender for cell in todo}, {cell.seed for cell in todo}
        left_out = first.contender if len(who) == 1 else line_of(first.contender)
        self._leave_out(left_out, len(seeds), f"no time for {_which(first) if len(seeds) == 1 else 'its seeds'}")
        return True

    def _like(self, cell: Cell) -> list[float]:
        """Return the seconds of earlier runs: this contender's draws of as many labels, else its seeds on all.

        Of one that shares in another way, else those of the usual one.
        """
        before = [Cell(cell.contender, draw, cell.labels, draw) for draw in range(cell.draw)]
        draws = [self.ledger.done[one.name] for one in before if one.name in self.ledger.done]
        return draws or self._seconds(cell.contender) or self._seconds(_usual(cell.contender))


def _usual(contender: Contender) -> Contender:
    """Return the same model, sharing as usual."""
    return replace(contender, sharing="")


def _rate(noted: Mapping[str, Any]) -> Rate:
    """Read a trial from the ledger, whose JSON has no word for NaN."""
    values: dict[str, Any] = {name: nan if value is None else value for name, value in noted.items()}
    return Rate(**values)


def _which(cell: Cell) -> str:
    return f"seed {cell.seed}" + ("" if cell.labels is None else f", {cell.labels} labels a class")
