"""The command line. ``main`` is the entry point; importing this loads neither torch nor a command."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

BRIEF = "1000"
"""Number of turns that an idle thread of GNU's OpenMP spins before it sleeps. With 0 turns (PASSIVE), a step of
fine-tuning took a tenth longer on a quiet machine; with 10,000 it took 45 % longer next to another process
(docs/LOG.md)."""


def main() -> NoReturn:
    """Run the command line and exit."""
    from ghep.cli.streams import exit_code_after, prepare_streams

    _wait_briefly()
    prepare_streams()
    _speak()
    from ghep.cli.app import run

    _leave(exit_code_after(run()))


def _speak() -> None:
    """Use the language of ``--lang``, if it is one, before the commands are loaded with their help texts."""
    from ghep.cli.words import speak
    from ghep.languages import language_given
    from ghep.messages import LANGUAGES, use_language

    given, _ = language_given(sys.argv[1:])
    if given in LANGUAGES:
        use_language(given)
    speak()


def _wait_briefly() -> None:
    """Make idle threads sleep soon, unless the user has set how they wait.

    Threads that wait for each other by spinning make training very slow as soon as another process runs on the machine.
    The environment variables must be set before torch is loaded.
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(os.environ):
        os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": BRIEF}


def _leave(code: int) -> NoReturn:
    """End the process without tearing down the interpreter: with torch and OpenVINO loaded that takes a second.

    Exit handlers run and output is flushed; if a thread is still working, Python waits for it as usual.
    """
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        raise SystemExit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
