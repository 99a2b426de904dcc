"""Standard streams as callers leave them: closed, broken, full, of another encoding; and signals they ignore."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ghep.cli.streams import prepare_streams

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
NAME = os.fsdecode(b"caf\xe9\xff.png")
"""Latin-1: no UTF-8."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders "noir" and "été", one file name that is no UTF-8 and one with a character outside of latin-1."""
    folder = tmp_path_factory.mktemp("données")
    for place, label in enumerate(("noir", "été")):
        (folder / label).mkdir()
        for at in range(12):
            Image.new("RGB", (16, 16), (at * 20, place * 200, 7)).save(folder / label / f"{at}.png")
    (folder / "noir" / NAME).write_bytes(b"no image")
    (folder / "noir" / "😀.png").write_bytes(b"no image")
    return folder


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    ghep = f"{sys.executable} -m ghep"
    variables = {**os.environ, **environment}
    return subprocess.run(
        ["bash", "-c", line.replace("ghep", ghep, 1)], env=variables, capture_output=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_json_is_valid_in_every_encoding_and_names_every_file(data: Path, encoding: str) -> None:
    done = shell(f"ghep check {data} --json", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    told = json.loads(done.stdout.decode(encoding))
    assert {bad["id"] for bad in told["quarantined"]} == {f"noir/{NAME}", "noir/😀.png"}
    assert set(told["classes"]["label"]["train"]) == {"noir", "été"}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_text_escapes_what_the_encoding_lacks(data: Path, encoding: str) -> None:
    done = shell(f"ghep check {data}", PYTHONIOENCODING=encoding)
    assert done.returncode == 1, done.stderr
    assert b"\\U0001f600.png" in done.stdout
    assert "été".encode(encoding, "backslashreplace") in done.stdout


@pytest.mark.slow
def test_an_error_message_survives_any_encoding() -> None:
    done = shell("ghep check 'nulle part/été 😀'", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"error: " in done.stderr and b"bug" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        (">&-", 1, b""),
        ("2>&-", 1, b""),
        (">&- 2>&- <&-", 1, b""),
        ("> /dev/full", 1, os.strerror(errno.ENOSPC).encode()),
        ("| true; exit ${PIPESTATUS[0]}", 141, b""),
        ("2>&1 | true; exit ${PIPESTATUS[0]}", 141, b""),
    ],
)
def test_a_stream_that_cannot_be_written_to_is_no_crash(data: Path, end: str, code: int, told: bytes) -> None:
    done = shell(f"ghep check {data} {end}")
    assert done.returncode == code, done.stderr
    assert told in done.stderr and b"Traceback" not in done.stderr and b"Exception" not in done.stderr


def test_a_full_stdout_alone_is_an_error(data: Path, tmp_path: Path) -> None:
    done = shell("ghep --version > /dev/full")
    assert done.returncode == 2
    assert b"the results were not printed" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_the_caller_ignores_stays_ignored(number: signal.Signals) -> None:
    """As under nohup, and in the background jobs of a script."""
    code = (
        "import signal\nfrom ghep.cli.signals import stopping\n"
        "with stopping() as stop, stop.heard():\n"
        f"    signal.raise_signal({int(number)})\n"
        "    assert not stop.asked\n"
    )
    line = f"trap '' {number.name.removeprefix('SIG')}; exec {sys.executable} -c \"$CODE\""
    done = subprocess.run(["bash", "-c", line], env={**os.environ, "CODE": code}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_streams_that_another_program_has_put_in_their_place_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "own").open("w") as own:
        monkeypatch.setattr(sys, "stdout", own)
        monkeypatch.setattr(sys, "stderr", own)
        prepare_streams()
        assert sys.stdout is own and sys.stderr is own
        own.write("still open")
