"""Several runs at once, each in a worker: who works on what, and what becomes of runs whose worker is lost.

In: jobs. Out: their outcomes. ``processes.py`` has the workers of this machine, ``ray_runs.py`` those of a cluster. If
a worker is killed, by the system for lack of memory or by the user, the comparison continues: the run is repeated once,
with no other run at the same time, and fails if its worker is killed again. A run whose whole machine was lost is
repeated like any other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from ghep.comparison.execution.executors import Job, Outcome, read_outcome
from ghep.errors import DataError, Interrupted
from ghep.messages import Message, remedy_of, text_of
from ghep.training.stop import StopRequest

POLL_SECONDS = 0.2
"""Interval between checks whether the comparison is asked to stop."""
MOST_MACHINES = 3
"""Machines that may be lost during one run; from then on the run itself counts as the cause."""


class Worker(Protocol):
    """A process that makes one run at a time."""

    def begin(self, job: Job) -> None:
        """Start the run of ``job``. A worker that has ended causes no error here, only an answer."""

    def ask_to_stop(self) -> None:
        """Request that the run in progress saves its training state and stops."""

    def end(self) -> Any:
        """End the worker, which has no run in progress."""

    def kill(self) -> None:
        """Kill the worker with its run."""


@dataclass(frozen=True)
class Lost:
    """The answer for a worker that ended before its run did."""

    how: Message
    with_machine: bool = False
    """Whether the whole machine was lost, which is not the fault of the run."""


Stopped = None
"""The answer of a worker whose run was asked to stop: its training state is saved."""
Answer = Mapping[str, Any] | Lost | None
"""The fields of an ``Outcome`` except its job, or what happened instead."""
W = TypeVar("W", bound=Worker)


class ParallelRuns(ABC, Generic[W]):
    """An executor whose runs are made by workers, up to ``at_once`` at a time."""

    def __init__(self, stop: StopRequest, at_once: int) -> None:
        self.stop, self.at_once = stop, at_once
        self._idle: list[W] = []
        self._busy: dict[W, Job] = {}
        self._again: deque[Job] = deque()
        """Jobs to repeat alone because their worker was killed."""
        self._second: set[str] = set()
        """Names of jobs in their second attempt."""
        self._moved: deque[Job] = deque()
        """Jobs to repeat because their machine was lost."""
        self._machines: Counter[str] = Counter()
        """Name of a job -> the number of machines lost during it."""

    @abstractmethod
    def _has_room(self) -> bool:
        """Whether one more run can start now."""

    @abstractmethod
    def _started(self) -> W:
        """Start a worker."""

    @abstractmethod
    def _answers(self) -> Iterator[tuple[W, Answer]]:
        """Wait up to ``POLL_SECONDS`` for the busy workers, and yield the answers of those that are done."""

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job when it ends; the next job is taken from ``jobs`` when a worker is free."""
        todo, stopping = iter(jobs), False
        try:
            with self.stop.heard():
                while self._begin(todo):
                    if self.stop.asked and not stopping:
                        stopping = True
                        for worker in self._busy:
                            worker.ask_to_stop()
                    yield from self._ended()
            if self.stop.asked and (stopping or self._waiting or next(todo, None) is not None):
                raise Interrupted("comparison-interrupted")
        finally:
            for worker in list(self._busy):
                worker.kill()
            if stopping:  # they would stop their next run as well
                self._end_idle()
            self._busy.clear()
            self._again.clear()
            self._moved.clear()

    @property
    def _waiting(self) -> bool:
        return bool(self._again or self._moved)

    def _end_idle(self) -> None:
        for worker in self._idle:
            worker.end()
        self._idle.clear()

    def _begin(self, todo: Iterator[Job]) -> bool:
        """Start jobs while there is room; return whether to wait, for a job in progress or for room.

        Jobs to repeat alone come first, with no other job at the same time: memory may have been too small for several.
        """
        while not self.stop.asked:
            if self._busy and (self._again or any(job.name in self._second for job in self._busy.values())):
                break
            if not self._has_room():
                return True
            try:
                job = self._next(todo)
            except Interrupted:
                if not self._busy:
                    raise
                break
            if job is None:
                break
            worker = self._idle.pop() if self._idle else self._started()
            self._busy[worker] = job
            worker.begin(job)
        return bool(self._busy)

    def _next(self, todo: Iterator[Job]) -> Job | None:
        for repeated in (self._again, self._moved):
            if repeated:
                return repeated.popleft()
        return next(todo, None)

    def _ended(self) -> Iterator[Outcome]:
        """Yield the outcomes of the runs that have ended."""
        for worker, answer in self._answers():
            job = self._busy.pop(worker)
            if isinstance(answer, Lost):
                outcome = self._after_loss(job, answer)
                if outcome is not None:
                    yield outcome
                continue
            self._idle.append(worker)
            if answer is not Stopped:
                self._second.discard(job.name)
                yield Outcome(**{**answer, "job": job})

    def _after_loss(self, job: Job, lost: Lost) -> Outcome | None:
        """Return the outcome of ``job`` after its worker was lost; None if the job will be repeated."""
        with suppress(DataError):
            if job.finished:
                return read_outcome(job)
        if lost.with_machine and self._machines[job.name] + 1 < MOST_MACHINES:
            self._machines[job.name] += 1
            self._moved.append(job)
            return None
        if job.name not in self._second:
            self._second.add(job.name)
            self._again.append(job)
            return None
        self._second.discard(job.name)
        how = lost.how
        return Outcome(
            job, cause=text_of("worker-ended-twice", how=how), remedy=remedy_of("worker-ended-twice", how=how)
        )
