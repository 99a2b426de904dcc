"""A worker process, which makes the runs that the driver of a comparison requests, one after the other.

    python -m ghep.comparison.execution.worker

It reads lines of JSON from the driver and writes lines of JSON to it. From the driver: first ``{"open": {...}}``, then
``{"job": {...}}`` for each run, and ``{"stop": true}`` to save and stop the run in progress. To the driver:
``{"outcome": {...}}``, or ``{"interrupted": cause}``. Output of libraries goes to stderr. When the driver ends, its
pipe closes and this process exits at once; an unfinished run is resumed from its checkpoint later.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from ghep.errors import Interrupted
from ghep.training.stop import StopRequest


def main() -> None:
    """Make the runs that the driver requests, until the driver's pipe closes."""
    for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to all its processes; the driver decides
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)
    stop, messages = StopRequest(), SimpleQueue[Mapping[str, Any]]()
    threading.Thread(target=_listen, args=(messages, stop), daemon=True).start()

    from ghep.comparison.execution.executors import Job, run_job
    from ghep.comparison.execution.handover import taken_over
    from ghep.comparison.planning.threads import fixed_threads

    opening = messages.get()["open"]
    data, folder = taken_over(opening["descriptor"]), Path(opening["folder"])
    with fixed_threads(opening["threads"]):
        while True:
            job = Job.from_json(messages.get()["job"])
            try:
                outcome = run_job(job, data.of, folder, stop)
            except Interrupted as error:
                _send(answers, {"interrupted": error.cause})
            else:
                _send(answers, {"outcome": {**asdict(outcome), "job": job.name}})


def _listen(messages: SimpleQueue[Mapping[str, Any]], stop: StopRequest) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "stop" in message:
            stop.ask()
        else:
            messages.put(message)
    os._exit(0)  # the driver has ended: another process may use this run's folder soon


def _send(answers: IO[str], message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
