"""The command line leaves quickly: what runs at exit still runs, and nothing that was printed is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import atexit, sys, threading, time
import ghep.cli, ghep.cli.app
atexit.register(lambda: print("registered"))
class Kept:
    def __del__(self): print("taken apart")
kept = Kept()
{before}
ghep.cli.app.run = lambda: (print("done"), 7)[1]
ghep.cli.main()
"""


def left(before: str = "") -> tuple[int, list[str]]:
    code = CODE.format(before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split("\n")[:-1]


def test_the_exit_code_the_output_and_what_was_registered_come_through() -> None:
    assert left() == (7, ["done", "registered"])


@pytest.mark.slow
def test_a_thread_at_work_is_waited_for() -> None:
    thread = "threading.Thread(target=lambda: (time.sleep(0.3), print('thread'))).start()"
    code, printed = left(thread)
    assert code == 7 and "thread" in printed and "registered" in printed


@pytest.mark.slow
def test_a_closed_pipe_is_no_crash() -> None:
    run = [sys.executable, "-m", "ghep", "--help"]
    with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
