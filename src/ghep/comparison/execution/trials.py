"""The learning-rate search of all contenders: its trials, made by an executor, and the rates that they choose.

In: the lineup and an executor. Out: contender -> ``RateChoice``. ``planning/search.py`` has what a trial does, and the
rule by which a rate is chosen. Trials are saved in the ledger before a rate is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from ghep.comparison.execution.executors import Executor, Job, Part, RateSearch
from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.estimates import Estimates
from ghep.comparison.planning.lineup import Lineup, augment_of, part_for, ratings_of
from ghep.comparison.planning.search import FACTORS, choose, confirmed, judges, search_share
from ghep.comparison.planning.settings import Settings
from ghep.comparison.record import Contender, Rate, RateChoice
from ghep.data.dataset import Dataset
from ghep.messages import text_of
from ghep.reporter import Reporter


@dataclass(frozen=True)
class Trials:
    """Searches the learning rates of the contenders."""

    ground: Ground
    settings: Settings
    lineup: Lineup
    ledger: Ledger
    estimates: Estimates
    reporter: Reporter

    def contenders(self) -> list[Contender]:
        """Return the contenders whose rate is searched: those that train by gradients and have valid examples."""
        if not (self.settings.search and self.ground.dataset.valid):
            return []
        return [one for one in self.lineup.contenders if one in self.lineup.lrs and self._dataset(one).valid]

    def seconds(self, contenders: Sequence[Contender], *, confirm: bool = False) -> float:
        """Return the estimated seconds of all trials, made one after the other.

        ``confirm``: with those on all of train, if every contender needs them.
        """
        whole = 2 if confirm else 0
        return sum(
            (search_share(len(self._dataset(one).train)) + whole) * self.estimates.training(one) + len(FACTORS) + whole
            for one in contenders
        )

    def make(
        self, contenders: Sequence[Contender], executor: Executor, *, confirm: bool
    ) -> dict[Contender, RateChoice]:
        """Make the trials that are not in the ledger; return contender -> its choice, and report the choices.

        ``confirm``: whether a higher rate that wins is also tried on all of train. Failed trials are not recorded: the
        runs will fail as well.
        """
        jobs = {key_of(one): self._job(one, confirm=confirm) for one in contenders}
        todo = {key: job for key, job in jobs.items() if key not in self.ledger.decisions}
        if todo:
            seconds = self.seconds(contenders) / executor.at_once
            self.reporter.say("  " + text_of("search-announced", strategies=len(todo), seconds=seconds))
        for outcome in executor.outcomes(todo.values()):
            if outcome.cause:
                assert outcome.job.search is not None
                contender = outcome.job.search.contender
                self.reporter.say("  " + text_of("search-failed", contender=contender, cause=outcome.cause))
                continue
            self.ledger.decisions[outcome.job.name] = list(outcome.rates)
            self.ledger.save()
        found: dict[Contender, RateChoice] = {}
        for contender in contenders:
            if tried := self.ledger.decisions.get(key_of(contender)):
                dataset = self._dataset(contender)
                choice = choose(contender, [_rate(one) for one in tried], judges(dataset))
                found[contender] = confirmed(choice, len(dataset.train))
                self.reporter.say("  " + text_of("rate-of", contender=contender, choice=found[contender].reason))
        return found

    def _job(self, contender: Contender, *, confirm: bool) -> Job:
        given = augment_of(contender, self.settings)
        if contender in self.lineup.epochs:
            given["epochs"] = self.lineup.epochs[contender]
        return Job(
            name=key_of(contender),
            folder=self.ledger.folder / "search",
            backbone=contender.backbone,
            strategy=contender.strategy,
            seed=0,
            part=Part(contender.tasks, dict(self.settings.limits)),
            options={**self.settings.run, **ratings_of(contender, self.settings)},
            search=RateSearch(contender, confirm=confirm, settings=given),
        )

    def _dataset(self, contender: Contender) -> Dataset:
        return part_for(contender, self.ground, self.settings).dataset


def key_of(contender: Contender) -> str:
    """Return the key under which the ledger has the trials of ``contender``."""
    return f"search {contender.key}"


def _rate(noted: Mapping[str, Any]) -> Rate:
    """Return the trial that the ledger has as plain values, with None for NaN."""
    values: dict[str, Any] = {name: nan if value is None else value for name, value in noted.items()}
    return Rate(**values)
