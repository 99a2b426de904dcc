"""Several runs at once on this machine, in worker processes, each a fresh interpreter (``worker.py``).

In: jobs. Out: their outcomes. When the driver ends for any reason, its workers exit.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ghep.comparison.execution.executors import Job
from ghep.comparison.execution.handover import Handover, hand_over
from ghep.comparison.execution.parallel import POLL_SECONDS, Answer, Lost, ParallelRuns, Stopped
from ghep.experiment.prepared import Prepared
from ghep.messages import Message
from ghep.training.stop import StopRequest

END_SECONDS = 5.0
"""A worker that was asked to end is killed after this time."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class LocalProcesses(ParallelRuns["_Worker"]):
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
        super().__init__(stop, at_once)
        self.prepared, self.folder = prepared, folder
        self.threads, self.options = threads, options
        self._handover: Handover | None = None

    def close(self) -> None:
        """End the workers."""
        self._end_idle()
        if self._handover is not None:
            self._handover.close()
            self._handover = None

    def _has_room(self) -> bool:
        return len(self._busy) < self.at_once

    def _started(self) -> _Worker:
        if self._handover is None:
            self._handover = hand_over(self.prepared, self.options)
        worker = _Worker(self._handover.descriptors, self.threads)
        descriptor = self._handover.file.fileno()
        worker.send({"open": {"descriptor": descriptor, "folder": str(self.folder), "threads": self.threads}})
        return worker

    def _answers(self) -> Iterator[tuple[_Worker, Answer]]:
        with selectors.DefaultSelector() as selector:
            for worker in self._busy:
                selector.register(worker.answers, selectors.EVENT_READ, worker)
            ready: list[_Worker] = [key.data for key, _ in selector.select(POLL_SECONDS)]
        for worker in ready:
            message = worker.received()
            if message is None:
                yield worker, Lost(worker.end())
            elif message:
                yield worker, message.get("outcome", Stopped)


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

    def begin(self, job: Job) -> None:
        """Start the run of ``job``."""
        self.send({"job": job.to_json()})

    def ask_to_stop(self) -> None:
        """Request that the run in progress is saved and stops."""
        self.send({"stop": True})

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
