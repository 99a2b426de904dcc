"""One writer per folder at a time; a killed process holds no lock."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ghep.errors import ConfigError
from ghep.storage.lock import FILE, locked, one_at_a_time

HOLD = """
import sys, time
from ghep.storage.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_a_killed_one_does_not_block(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with (
            pytest.raises(ConfigError, match=f"another process is writing to .*process {holder.pid} on"),
            locked(tmp_path),
        ):
            pass
        assert holder.poll() is None and (tmp_path / FILE).exists(), "the lock of the other was left alone"
    finally:
        holder.kill()
        holder.communicate()
    assert (tmp_path / FILE).exists(), "what a killed process leaves"
    with locked(tmp_path) as said:
        assert said == ()
    assert not (tmp_path / FILE).exists()


def test_another_thread_is_refused_too(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(ConfigError, match="choose another --out"), locked(tmp_path):
        pass


def test_one_at_a_time_though_each_removes_its_file(tmp_path: Path) -> None:
    """The locked file must be the current one: it may have been removed and created again in between."""
    inside, most, taken = 0, 0, 0

    def work() -> None:
        nonlocal inside, most, taken
        for _ in range(200):
            try:
                with locked(tmp_path):
                    inside += 1
                    most = max(most, inside)
                    time.sleep(0)
                    inside -= 1
                    taken += 1
            except ConfigError:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1 and taken > 0


def test_a_failing_block_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_a_file_system_without_locks_is_used_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with locked(tmp_path) as (said,):
        assert (said.code, said.severity) == ("folder-not-locked", "warning")
        assert "No locks available" in said.message and str(tmp_path) in said.message


def test_work_is_waited_for_unless_the_worker_was_killed(tmp_path: Path) -> None:
    code = HOLD.replace("locked", "one_at_a_time").replace("sys.argv[1])", "__import__('pathlib').Path(sys.argv[1]))")
    path = tmp_path / "work"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        threading.Timer(0.3, holder.kill).start()
        began = time.monotonic()
        with one_at_a_time(path) as waited:
            assert waited and time.monotonic() - began > 0.2
    with one_at_a_time(path) as waited:
        assert not waited
    assert not path.exists()
    with one_at_a_time(tmp_path / "no folder" / "work") as waited:
        assert not waited
