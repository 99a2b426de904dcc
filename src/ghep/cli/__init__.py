"""The command line. ``main`` is the entry point; importing this loads neither torch nor a verb."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

BRIEF = "1000"
"""Turns that a thread of GNU's OpenMP looks for work before it sleeps: with none at all (PASSIVE) a step of fine-tuning
took a tenth longer on a quiet machine, with 10,000 it took 45 % longer beside another process (docs/LOG.md)."""


def main() -> NoReturn:
    """Run the command line and exit."""
    from ghep.cli.streams import exit_code_after, prepare_streams

    _wait_briefly()
    prepare_streams()
    from ghep.cli.app import run

    _leave(exit_code_after(run()))


def _wait_briefly() -> None:
    """Have threads sleep soon after they run out of work, unless the user has said how they are to wait.

    Threads that wait for each other actively bring training to a crawl as soon as anything else runs on the machine.
    It has to be said before torch is loaded.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
        os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": BRIEF}


def _leave(code: int) -> NoReturn:
    """End the process without taking the interpreter apart: with torch and OpenVINO loaded that takes a second.

    What was registered to run at exit runs, and what was printed is out; where a thread is still at work, Python waits
    for it as usual.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        raise SystemExit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
