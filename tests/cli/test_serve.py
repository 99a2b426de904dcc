"""``ghep serve`` as a process: it listens, answers, stops with 0, and fails quickly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.experiment.fit import fit
from serving import TIMEOUT, ask, until


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("served") / "stripes"
    fit(photos, backbone=small_backbone, out=out, precision="float32", workers=1)
    return out / "bundle"


class Process:
    """``ghep serve`` as a process; its log goes to a file, because a full pipe would stop it."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        paths = {"PYTHONPATH": str(Path(ghep.__file__).parents[1])}
        with log.open("w") as written:
            self.started = subprocess.Popen(
                [sys.executable, "-m", "ghep", "serve", *arguments, "--port", "0"],
                stderr=written,
                env={**os.environ, **paths},
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.started.kill()
        self.started.wait()

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> str:
        until(lambda: "\n" in self.said)
        return self.said.partition("\n")[0].partition(" at ")[2].split()[0]

    def wait_until_ready(self) -> None:
        until(lambda: ask(self, "GET", "/readyz").status == 200)


@pytest.mark.slow
def test_it_answers_logs_and_stops(bundle: Path, photos: Path, tmp_path: Path) -> None:
    with Process(tmp_path / "log", str(bundle), "--drain-delay", "0") as server:
        assert ask(server, "GET", "/healthz").status == 200, "it is alive while the model is loaded"
        server.wait_until_ready()
        raw = (photos / "test" / "rows" / "000.png").read_bytes()
        reply = ask(server, "POST", "/predict?secret=1", raw, {"X-Request-ID": "r-1"})
        (expected,) = ghep.load(bundle).predict([raw])
        (entry,) = reply.json["predictions"]
        assert entry["label"] == expected.label
        assert entry["probability"] == pytest.approx(expected.probability, abs=2e-5)
        assert re.fullmatch(r"[0-9a-f]{12}", reply.json["model"]["version"])
        server.started.send_signal(signal.SIGTERM)
        assert server.started.wait(TIMEOUT) == 0
    first, *rest = server.said.splitlines()
    assert first.startswith("serving stripes at ")
    lines = [json.loads(line) for line in rest]
    assert [line["event"] for line in lines if line["event"] != "request"] == ["ready", "stopping", "stopped"]
    (line,) = [line for line in lines if line.get("request_id") == "r-1"]
    assert (line["route"], line["status"], line["inputs"]) == ("/predict", 200, 1)
    assert "secret" not in server.said


@pytest.mark.slow
def test_a_second_signal_leaves_at_once(bundle: Path, tmp_path: Path) -> None:
    with Process(tmp_path / "log", str(bundle), "--drain-delay", "60") as server:
        server.wait_until_ready()
        server.started.send_signal(signal.SIGTERM)
        until(lambda: ask(server, "GET", "/readyz").status == 503)
        assert ask(server, "GET", "/healthz").status == 200
        server.started.send_signal(signal.SIGTERM)
        assert server.started.wait(TIMEOUT) == 143


@pytest.mark.slow
def test_a_bundle_that_cannot_be_loaded_ends_the_server(tmp_path: Path) -> None:
    with Process(tmp_path / "log", str(tmp_path)) as server:
        assert server.started.wait(TIMEOUT) == 2
        assert "error: " in server.said and "fix: " in server.said and "Traceback" not in server.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "there is no token"),
        (["--token", "x", "--no-token"], "and --no-token"),
        (["--queue", "0"], "queue=0 (a whole number from 1)"),
        (["--host", "256.0.0.1", "--no-token"], "cannot listen on 256.0.0.1"),
        (["--max-body", "many"], "is not a size"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_loaded(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GHEP_TOKEN", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert run(["serve", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_an_export_has_its_own_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "export.json").write_text("{}", encoding="utf-8")
    assert run(["serve", str(tmp_path), "--engine", "torch-float32"]) == 2
    assert "is an export, which has its own engine" in capsys.readouterr().err


def test_a_port_in_use_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["serve", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
