"""Who carries out the runs of a comparison: jobs go in, their outcomes come out in the order of completion.

A ``Job`` is one run as plain values; whoever makes it needs the prepared data besides, and nothing else of the
comparison. The driver (``running.py``) makes jobs, takes outcomes, and alone writes the ledger. An executor pulls the
next job only when it can begin it, so the driver decides as late as possible which one that is.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ghep.backbone.cached import forget_backbone, keep_backbones
from ghep.comparison.planning.draws import nested_draws
from ghep.comparison.planning.search import Bench, search
from ghep.comparison.record import Contender
from ghep.comparison.sharing.parts import limited, only
from ghep.errors import DataError, GhepError, Interrupted
from ghep.experiment.fit import fit
from ghep.experiment.folder import DECISIONS, FILES
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared
from ghep.experiment.record import forget_peak_memory
from ghep.experiment.reporter import Silent
from ghep.features.decisions import Decisions
from ghep.features.engines.cached import forget_engines
from ghep.storage.text import read_json
from ghep.training.memory import give_back_freed_memory
from ghep.training.stop import StopRequest


@dataclass(frozen=True)
class Part:
    """Which labels of the comparison's data a run uses; all of them unless something is said."""

    tasks: tuple[str, ...] = ()
    """Of several tasks, those that the run is for."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Task -> most labels it may have."""
    draw: int = 0
    """Which draw of ``limits`` or ``labels``."""
    labels: int | None = None
    """A class; None: all."""
    task: str = ""
    """The task whose labels a class are counted, where ``labels`` is a number."""

    def of(self, prepared: Prepared) -> Prepared:
        """Return this part of ``prepared``; the examples and their prepared form are shared, not copied."""
        dataset = prepared.dataset
        if self.labels is not None:
            drawn = nested_draws(dataset, self.task, [self.labels], draw=self.draw)
            return prepared.holding(drawn[self.labels])
        if not (self.tasks or self.limits):
            return prepared
        return prepared.holding(only(limited(dataset, self.limits, draw=self.draw), self.tasks))


@dataclass(frozen=True)
class SearchAsked:
    """The search for the rate of a contender."""

    contender: Contender
    confirm: bool
    """Whether a higher rate that won is tried on all of train."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the strategy, beside its rate."""


@dataclass(frozen=True)
class Job:
    """One run, or the search for a rate, as plain values that JSON can hold."""

    name: str
    """Of the run's cell, and of its folder."""
    folder: Path
    backbone: str
    strategy: str
    seed: int
    part: Part = Part()
    random_weights: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """What ``fit`` is given besides: settings of the strategy, options of the run."""
    search: SearchAsked | None = None
    """Its rate is to be searched instead; nothing is written into ``folder``."""

    @property
    def begun(self) -> bool:
        """Whether the run was cut off after a checkpoint, and goes on from there."""
        return any((self.folder / "checkpoints").glob("step-*"))

    @property
    def finished(self) -> bool:
        """Whether the run is whole on disk."""
        return (self.folder / FILES[-1]).is_file()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return plain

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Job:
        """Return the job that ``to_json`` wrote."""
        part = {**values["part"], "tasks": tuple(values["part"]["tasks"])}
        options = {name: tuple(one) if isinstance(one, list) else one for name, one in values["options"].items()}
        asked = values["search"]
        if asked is not None:
            who = {**asked["contender"], "tasks": tuple(asked["contender"]["tasks"])}
            asked = SearchAsked(**{**asked, "contender": Contender(**who)})
        plain = {"folder": Path(values["folder"]), "part": Part(**part), "options": options, "search": asked}
        return cls(**{**values, **plain})


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its cost, or why it failed."""

    job: Job
    seconds: float = 0.0
    cpu_seconds: float | None = None
    """Processor seconds of all its threads; None where the run was resumed or cannot say."""
    peak_memory_bytes: int = 0
    """Largest resident size of the process while the run lasted."""
    cause: str = ""
    """Why it failed; empty for a finished run."""
    remedy: str = ""
    rates: Sequence[Mapping[str, Any]] = ()
    """Of a search, the trials (``record.Rate`` as plain values)."""


class Executor(Protocol):
    """Carries out jobs, ``at_once`` of them at a time."""

    at_once: int

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job when it has ended; a job is pulled when it can begin.

        Raises Interrupted when the comparison is asked to stop; what is under way has then saved its training.
        """

    def close(self) -> None:
        """Free what is held: processes, memory."""


class InProcess:
    """One run after the other, in this process."""

    at_once = 1

    def __init__(self, prepared: Mapping[str, Prepared], folder: Path, stop: StopRequest) -> None:
        """``prepared`` is by backbone; ``folder`` is the comparison's."""
        self.prepared, self.folder, self.stop = prepared, folder, stop

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job, in the order they come."""
        for job in jobs:
            yield carried_out(job, self.prepared.__getitem__, self.folder, self.stop)

    def close(self) -> None:
        """Free the backbone that is kept, and what the last run left behind."""
        forget_backbone()
        forget_engines()
        clear_memory()


def carried_out(job: Job, prepared: Callable[[str], Prepared], folder: Path, stop: StopRequest) -> Outcome:
    """Make the run of ``job``, or its search, in this process; what fails becomes an outcome. Raises Interrupted alone.

    ``prepared`` gives the data for a backbone; ``folder`` is the comparison's, whose decisions (engines, number
    formats) its runs share.
    """
    begun = job.begun
    clear_memory()
    forget_peak_memory()
    decisions = Decisions(folder / DECISIONS, shared=True)
    try:
        with keep_backbones():
            if job.search is not None:
                return Outcome(job, rates=_searched(job, job.search, prepared, decisions, stop))
            run = fit(
                job.part.of(prepared(job.backbone)),
                backbone=job.backbone,
                strategy=job.strategy,
                seed=job.seed,
                reporter=Silent(),
                stop=stop,
                out=job.folder,
                resume=begun,
                overwrite=not begun,
                random_weights=job.random_weights,
                control=False,
                decisions=decisions,
                **job.options,
            )
    except Interrupted:
        raise
    except Exception as error:
        return failed(job, error)
    return Outcome(job, run.cost.seconds, run.cost.cpu_seconds, run.cost.peak_memory_bytes)


def _searched(
    job: Job, asked: SearchAsked, prepared: Callable[[str], Prepared], decisions: Decisions, stop: StopRequest
) -> list[dict[str, Any]]:
    options = RunOptions(control=False, **job.options)
    bench = Bench(job.part.of(prepared(job.backbone)), options, Silent(), stop, asked.settings, decisions)
    return [asdict(rate) for rate in search(bench, asked.contender, confirm=asked.confirm)]


def clear_memory() -> None:
    """Free what an earlier run left behind, so that neither the next run nor its measured peak has to bear it."""
    gc.collect()
    give_back_freed_memory()


def failed(job: Job, error: Exception) -> Outcome:
    """Return the outcome of a job that raised ``error``."""
    cause, remedy = cause_and_remedy(error)
    return Outcome(job, cause=cause, remedy=remedy)


def cause_and_remedy(error: Exception) -> tuple[str, str]:
    """Return what to say of ``error``, and what to do about it."""
    return (error.cause, error.remedy) if isinstance(error, GhepError) else (f"{type(error).__name__}: {error}", "")


def read_outcome(job: Job) -> Outcome:
    """Return the outcome of a run that is whole on disk; raise DataError if its metrics cannot be read."""
    cost = read_json(job.folder / "metrics.json", error=DataError, what="the run's metrics")["cost"]
    return Outcome(job, float(cost["seconds"]), cost.get("cpu_seconds"), int(cost["peak_memory_bytes"]))
