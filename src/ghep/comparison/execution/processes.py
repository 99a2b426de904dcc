"""Several runs at once on this machine, in worker processes, each a fresh interpreter (``worker.py``).

In: jobs. Out: their outcomes. If a worker is killed, by the system for lack of memory or by the user, the comparison
continues: the run is repeated once, with no other run at the same time, and fails if its worker is killed again. When
the driver ends for any reason, its workers exit.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ghep.comparison.execution.executors import Job, Outcome, read_outcome
from ghep.comparison.execution.handover import Handover, hand_over
from ghep.errors import DataError, Interrupted
from ghep.experiment.prepared import Prepared
from ghep.messages import Message, remedy_of, text_of
from ghep.training.stop import StopRequest

POLL_SECONDS = 0.2
"""Interval between checks whether the comparison is asked to stop."""
END_SECONDS = 5.0
"""A worker that was asked to end is killed after this time."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class LocalProcesses:
    """An executor that makes up to ``at_once`` runs in as many worker processes, with ``threads`` threads each.

    A worker is started when it is first needed and keeps its data and its last backbone between runs.
    """

    def __init__(
        self,
        prepared: Mapping[str, Prepared],
        folder: Path,
        stop: StopRequest,
        *,
        at_once: int,
        threads: int,
        options: Mapping[str, Any],
    ) -> None:
        """``prepared``: backbone -> its data; ``folder``: the comparison's folder; ``options``: those of its runs."""
        self.at_once = at_once
        self.prepared, self.folder, self.stop = prepared, folder, stop
        self.threads, self.options = threads, options
        self._handover: Handover | None = None
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, Job] = {}
        self._again: deque[Job] = deque()
        """Jobs to repeat because their worker was killed."""
        self._second: set[str] = set()
        """Names of jobs in their second attempt."""

    def outcomes(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each job when it ends; the next job is taken from ``jobs`` when a worker is free."""
        todo, stopping = iter(jobs), False
        try:
            with self.stop.heard():
                while self._begin(todo):
                    if self.stop.asked and not stopping:
                        stopping = True
                        for worker in self._busy:
                            worker.send({"stop": True})
                    yield from self._ended()
            if self.stop.asked and (stopping or self._again or next(todo, None) is not None):
                raise Interrupted("comparison-interrupted")
        finally:
            for worker in list(self._busy):
                worker.kill()
            if stopping:  # they would stop their next run as well
                self._end_idle()
            self._busy.clear()
            self._again.clear()

    def close(self) -> None:
        """End the workers."""
        self._end_idle()
        if self._handover is not None:
            self._handover.close()
            self._handover = None

    def _end_idle(self) -> None:
        for worker in self._idle:
            worker.end()
        self._idle.clear()

    def _begin(self, todo: Iterator[Job]) -> bool:
        """Start jobs while workers are free; return whether any job is in progress.

        Jobs to repeat come first, with no other job at the same time: memory may have been too small for several.
        """
        while not self.stop.asked and len(self._busy) < self.at_once:
            if self._busy and (self._again or any(job.name in self._second for job in self._busy.values())):
                break
            try:
                job = self._again.popleft() if self._again else next(todo, None)
            except Interrupted:
                if not self._busy:
                    raise
                break
            if job is None:
                break
            worker = self._idle.pop() if self._idle else self._started()
            self._busy[worker] = job
            worker.send({"job": job.to_json()})
        return bool(self._busy)

    def _started(self) -> _Worker:
        if self._handover is None:
            self._handover = hand_over(self.prepared, self.options)
        worker = _Worker(self._handover.descriptors, self.threads)
        descriptor = self._handover.file.fileno()
        worker.send({"open": {"descriptor": descriptor, "folder": str(self.folder), "threads": self.threads}})
        return worker

    def _ended(self) -> Iterator[Outcome]:
        """Wait up to ``POLL_SECONDS`` for workers and yield the outcomes of runs that have ended."""
        with selectors.DefaultSelector() as selector:
            for worker in self._busy:
                selector.register(worker.answers, selectors.EVENT_READ, worker)
            ready: list[_Worker] = [key.data for key, _ in selector.select(POLL_SECONDS)]
        for worker in ready:
            message = worker.received()
            if message is None:
                outcome = self._killed(worker, self._busy.pop(worker))
            elif message and "outcome" in message:
                job = self._busy.pop(worker)
                self._idle.append(worker)
                self._second.discard(job.name)
                outcome = Outcome(**{**message["outcome"], "job": job})
            elif message:  # interrupted: its training state is saved
                del self._busy[worker]
                self._idle.append(worker)
                outcome = None
            else:
                continue
            if outcome is not None:
                yield outcome

    def _killed(self, worker: _Worker, job: Job) -> Outcome | None:
        """Return the outcome of ``job`` after its worker was killed; None if the job will be repeated."""
        how = worker.end()
        with suppress(DataError):
            if job.finished:
                return read_outcome(job)
        if job.name not in self._second:
            self._second.add(job.name)
            self._again.append(job)
            return None
        self._second.discard(job.name)
        return Outcome(
            job, cause=text_of("worker-ended-twice", how=how), remedy=remedy_of("worker-ended-twice", how=how)
        )


class _Worker:
    """One worker process and its pipes."""

    def __init__(self, descriptors: tuple[int, ...], threads: int) -> None:
        root = str(Path(__file__).resolve().parents[3])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
        self._errors = tempfile.TemporaryFile(prefix="ghep-worker-")  # noqa: SIM115 - read when the worker has ended
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ghep.comparison.execution.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            pass_fds=descriptors,
            env=environment,
        )
        self._line = b""

    @property
    def pid(self) -> int:
        """Return the process id of the worker."""
        return self._process.pid

    @property
    def answers(self) -> IO[bytes]:
        """Return the pipe on which the worker sends its messages."""
        assert self._process.stdout is not None
        return self._process.stdout

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message to the worker. A worker that has ended causes no error here, only in ``received``."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def received(self) -> dict[str, Any] | None:
        """Return the worker's next message; empty while its line is incomplete, None if the worker has ended.

        Blocks until there is input.
        """
        found = os.read(self.answers.fileno(), 2**16)
        if not found:
            return None
        self._line += found
        if not self._line.endswith(b"\n"):
            return {}
        line, self._line = self._line, b""
        message: dict[str, Any] = json.loads(line)
        return message

    def end(self) -> Message:
        """Close the worker's pipes, wait for the worker to end, and return a message on how it ended."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.answers.close()
        self._errors.seek(0)
        last = self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()[-1:]
        self._errors.close()
        if code < 0:
            with suppress(ValueError):
                return Message("worker-killed", {"signal": signal.Signals(-code).name})
        return Message("worker-exited", {"code": code, "line": last[0] if last else "none"})

    def kill(self) -> None:
        """Kill the worker and close its pipes."""
        self._process.kill()
        self.end()
