"""Executors make the runs of a comparison. In: jobs. Out: their outcomes, in order of completion.

A ``Job`` describes one run as plain values. An executor needs only jobs and the prepared data. The runner
(``runner.py``) makes the jobs, reads the outcomes, and is the only one that writes the ledger. An executor requests
the next job only when it can start that job, so that the scheduler can choose it as late as possible.
"""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
from ghep.features.decisions import Agreement, Decisions
from ghep.features.engines.cached import forget_engines
from ghep.messages import Message, text_of
from ghep.reporter import Silent
from ghep.storage.text import read_json
from ghep.training.memory import give_back_freed_memory
from ghep.training.stop import StopRequest

TRACEBACK = "traceback.txt"
"""File in the folder of a run that ended with an unexpected error."""


@dataclass(frozen=True)
class Part:
    """The labels of the comparison's data that a run uses; by default all."""

    tasks: tuple[str, ...] = ()
    """The tasks of the run; empty: all."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Task -> largest number of its labels."""
    draw: int = 0
    """Number of the draw by which ``limits`` or ``labels`` are chosen."""
    labels: int | None = None
    """Number of labels per class; None: all."""
    task: str = ""
    """The task whose labels are counted by ``labels``."""

    def of(self, prepared: Prepared) -> Prepared:
        """Return ``prepared`` with only the labels of this part; decoded images and tokens are shared, not copied."""
        dataset = prepared.dataset
        if self.labels is not None:
            drawn = nested_draws(dataset, self.task, [self.labels], draw=self.draw)
            return prepared.holding(drawn[self.labels])
        if not (self.tasks or self.limits):
            return prepared
        return prepared.holding(only(limited(dataset, self.limits, draw=self.draw), self.tasks))


@dataclass(frozen=True)
class RateSearch:
    """The arguments of a job that searches the learning rate of a contender."""

    contender: Contender
    confirm: bool
    """Whether a higher rate that won is confirmed on all of train."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the strategy, except its learning rate."""


@dataclass(frozen=True)
class Job:
    """One run, or one learning-rate search, as plain values that JSON can hold."""

    name: str
    """Name of the run's cell and folder."""
    folder: Path
    backbone: str
    strategy: str
    seed: int
    part: Part = Part()
    random_weights: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of ``fit``: settings of the strategy, options of the run."""
    search: RateSearch | None = None
    """If given, the job is this learning-rate search instead of a run; nothing is written into ``folder``."""

    @property
    def begun(self) -> bool:
        """Whether the run of this job has a checkpoint on disk, from which it resumes."""
        return any((self.folder / "checkpoints").glob("step-*"))

    @property
    def finished(self) -> bool:
        """Whether the run of this job is complete on disk."""
        return (self.folder / FILES[-1]).is_file()

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain values for JSON."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return plain

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Job:
        """Return the job that ``to_json`` wrote."""
        part = {**values["part"], "tasks": tuple(values["part"]["tasks"])}
        options = {name: tuple(one) if isinstance(one, list) else one for name, one in values["options"].items()}
        asked = values["search"]
        if asked is not None:
            contender = {**asked["contender"], "tasks": tuple(asked["contender"]["tasks"])}
            asked = RateSearch(**{**asked, "contender": Contender(**contender)})
        plain = {"folder": Path(values["folder"]), "part": Part(**part), "options": options, "search": asked}
        return cls(**{**values, **plain})


@dataclass(frozen=True)
class Outcome:
    """The result of a job: its cost, or why it failed."""

    job: Job
    seconds: float = 0.0
    cpu_seconds: float | None = None
    """CPU seconds of all threads of the run; None if the run was resumed or the time was not measured."""
    peak_memory_bytes: int = 0
    """Peak resident size of the process during the run."""
    cause: str = ""
    """Why the job failed; empty for a finished job."""
    remedy: str = ""
    rates: Sequence[Mapping[str, Any]] = ()
    """The trials of a search (``record.Rate`` as plain values)."""


class Executor(Protocol):
    """Makes the runs of jobs, ``at_once`` of them at a time."""

    at_once: int

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job when it ends; the next job is taken from ``jobs`` only when it can start.

        Raises Interrupted when the comparison is asked to stop, after runs in progress have saved their training state.
        """

    def close(self) -> None:
        """Free the processes and the memory of the executor."""


class InProcess:
    """An executor that makes one run at a time, in this process."""

    at_once = 1

    def __init__(self, prepared: Mapping[str, Prepared], folder: Path, stop: StopRequest) -> None:
        """``prepared``: backbone -> its data; ``folder``: the folder of the comparison."""
        self.prepared, self.folder, self.stop = prepared, folder, stop

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job, in order."""
        for job in jobs:
            yield run_job(job, self.prepared.__getitem__, self.folder, self.stop)

    def close(self) -> None:
        """Free the cached backbone, the engines and unused memory."""
        forget_backbone()
        forget_engines()
        clear_memory()


def run_job(
    job: Job,
    prepared: Callable[[str], Prepared],
    folder: Path,
    stop: StopRequest,
    agreement: Agreement | None = None,
) -> Outcome:
    """Make the run or the learning-rate search of ``job`` in this process and return its outcome.

    Errors become part of the outcome; only Interrupted is raised. ``prepared`` returns the data prepared for a
    backbone. ``folder`` is the folder of the comparison, with the decisions (engines, number formats) that all runs
    share; ``agreement`` has those of runs that cannot see this folder.
    """
    begun = job.begun
    (job.folder / TRACEBACK).unlink(missing_ok=True)
    clear_memory()
    forget_peak_memory()
    decisions = Decisions(folder / DECISIONS, shared=True, agreement=agreement)
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
    job: Job, asked: RateSearch, prepared: Callable[[str], Prepared], decisions: Decisions, stop: StopRequest
) -> list[dict[str, Any]]:
    options = RunOptions(control=False, **job.options)
    bench = Bench(job.part.of(prepared(job.backbone)), options, Silent(), stop, asked.settings, decisions)
    return [asdict(rate) for rate in search(bench, asked.contender, confirm=asked.confirm)]


def clear_memory() -> None:
    """Free memory of earlier runs, so that it does not count in the peak of the next run."""
    gc.collect()
    give_back_freed_memory()


def failed(job: Job, error: Exception) -> Outcome:
    """Return the outcome of a job that raised ``error``; the traceback of a run is saved, unless it is a GhepError."""
    cause, remedy = cause_and_remedy(error)
    if not isinstance(error, GhepError) and job.search is None:
        with suppress(OSError):
            job.folder.mkdir(parents=True, exist_ok=True)
            (job.folder / TRACEBACK).write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        remedy = text_of("run-traceback", file=TRACEBACK)
    return Outcome(job, cause=cause, remedy=remedy)


def cause_and_remedy(error: Exception) -> tuple[str, str]:
    """Return the cause and the remedy of ``error`` as texts; the remedy is empty for errors that are not ghep's."""
    if isinstance(error, GhepError):
        return error.cause, error.remedy
    return text_of("run-raised", type=type(error).__name__, text=error), ""


def read_outcome(job: Job) -> Outcome:
    """Return the outcome of a run that is complete on disk; raise DataError if its metrics cannot be read."""
    cost = read_json(job.folder / "metrics.json", error=DataError, what=Message("run-metrics"))["cost"]
    return Outcome(job, float(cost["seconds"]), cost.get("cpu_seconds"), int(cost["peak_memory_bytes"]))
