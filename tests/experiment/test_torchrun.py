"""``torchrun -m ghep fit``: one result of several processes, one writer, and an end with its cause."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ghep.cli.app import run
from small_bert import reviews, small_bert, write_table

LIMIT = 600.0
pytestmark = pytest.mark.slow


def command(size: int, *arguments: str, restarts: int = 0) -> list[str]:
    """Return the command line of ``size`` processes; a size of 0 is one without torchrun."""
    if size == 0:
        return [sys.executable, "-m", "ghep", *arguments]
    options = ["--standalone", f"--nproc-per-node={size}", f"--max-restarts={restarts}"]
    return [sys.executable, "-m", "torch.distributed.run", *options, "-m", "ghep", *arguments]


def started(size: int, *arguments: str, restarts: int = 0) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    call = command(size, *arguments, restarts=restarts)
    return subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    printed, _ = process.communicate(timeout=LIMIT)
    return process.returncode, printed


def fitted(size: int, *arguments: str) -> str:
    """Fit with ``size`` processes and return what they print; with 0 in this process, which prints to the test."""
    if size == 0:
        assert run(["fit", *arguments]) == 0
        return ""
    code, printed = ended(started(size, "fit", *arguments))
    assert code == 0, printed
    return printed


def worker(process: subprocess.Popen[str], rank: int) -> int:
    """Return the id of the process with number ``rank`` that torchrun has started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        if f"\0RANK={rank}\0".encode() in b"\0" + Path(f"/proc/{child}/environ").read_bytes():
            return int(child)
    raise AssertionError(f"no process {rank} among {children}")


def when(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until ``condition`` holds."""
    until = time.monotonic() + LIMIT
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.02)


def steps_of(out: Path) -> list[int]:
    return sorted(int(one.name.partition("-")[2]) for one in (out / "checkpoints").glob("step-????????"))


def history_of(out: Path) -> list[list[float]]:
    with (out / "history.csv").open() as file:
        names = ("train_loss", "valid_loss", "valid_score")
        return [[float(row[name]) for name in names] for row in csv.DictReader(file)]


def answers_of(out: Path) -> dict[tuple[str, str, str], float]:
    with (out / "predictions.csv").open() as file:
        return {(r["split"], r["id"], r["task"]): float(r["label_probability"]) for r in csv.DictReader(file)}


def assert_same_run(one: Path, other: Path) -> None:
    for row, same in zip(history_of(one), history_of(other), strict=True):
        assert row == pytest.approx(same, abs=1e-4)
    answers = [answers_of(out) for out in (one, other)]
    assert answers[0].keys() == answers[1].keys()
    for example, probability in answers[0].items():
        assert probability == pytest.approx(answers[1][example], abs=1e-3), example
    assert (other / "bundle" / "MANIFEST.json").is_file()


@pytest.fixture(scope="module")
def full(photos: Path, small_backbone: str) -> list[str]:
    return [str(photos), "--backbone", small_backbone, "--strategy", "full", "--checkpoint-seconds", "0"]


@pytest.fixture(scope="module")
def whole(full: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one process, without an interruption."""
    out = tmp_path_factory.mktemp("whole") / "run"
    fitted(0, *full, "--epochs", "3", "--out", str(out))
    return out


def test_two_processes_write_the_run_of_one(full: list[str], whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "two"
    printed = fitted(2, *full, "--epochs", "3", "--out", str(out))
    assert_same_run(whole, out)
    assert json.loads((out / "metrics.json").read_text())["environment"]["processes"] == 2
    assert [printed.count(text) for text in ("2 processes share each batch", "epoch 3", "\n  accuracy ")] == [1, 1, 2]


def test_texts_and_two_tasks_on_stored_activations(tmp_path: Path) -> None:
    """A BERT with dropout, whose last layer is trained: the masks are those of one process."""
    texts, labels = reviews(80)
    table = write_table(tmp_path / "reviews.csv", text=texts, mood=labels, length=[str(len(t) > 40) for t in texts])
    backbone = small_bert(tmp_path / "bert")
    given = [str(table), "--text", "text", "--label", "mood", "--label", "length", "--backbone", backbone]
    given += ["--strategy", "light", "--epochs", "3"]
    for size, name in ((0, "one"), (2, "two")):
        fitted(size, *given, "--cache-dir", str(tmp_path / f"cache-{name}"), "--out", str(tmp_path / name))
    assert_same_run(tmp_path / "one", tmp_path / "two")


@pytest.fixture(scope="module")
def killed(full: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two processes of which the second was killed after ten steps."""
    out = tmp_path_factory.mktemp("killed") / "run"
    process = started(2, "fit", *full, "--epochs", "3", "--out", str(out))
    when(lambda: steps_of(out) and steps_of(out)[-1] >= 10, process)
    os.kill(worker(process, 1), signal.SIGKILL)
    began = time.monotonic()
    code, printed = ended(process)
    assert code != 0 and time.monotonic() - began < 60 and not (out / "bundle").exists()
    assert printed.count("another process of this training has ended") <= 1 and "bug" not in printed
    return out


@pytest.mark.parametrize("size", [0, 3])
def test_after_a_killed_process_others_continue(
    full: list[str], whole: Path, killed: Path, tmp_path: Path, size: int
) -> None:
    out = tmp_path / "run"
    shutil.copytree(killed, out)
    fitted(size, *full, "--epochs", "3", "--out", str(out), "--resume")
    assert_same_run(whole, out)


def test_torchrun_starts_a_killed_run_again_and_it_continues(full: list[str], whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started(2, "fit", *full, "--epochs", "3", "--out", str(out), restarts=1)
    when(lambda: steps_of(out) and steps_of(out)[-1] >= 10, process)
    os.kill(worker(process, 0), signal.SIGKILL)
    code, printed = ended(process)
    assert code == 0, printed
    assert_same_run(whole, out)
    findings = json.loads((out / "findings.json").read_text())
    assert any(finding["code"] == "resumed" for finding in findings)


def test_a_run_that_is_refused_is_not_continued_by_a_restart(full: list[str], whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    code, printed = ended(started(2, "fit", *full, "--epochs", "3", "--out", str(out), restarts=1))
    assert code != 0 and printed.count("error: ") == 2, printed
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_signal_to_torchrun_saves_once(full: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started(2, "fit", *full, "--epochs", "300", "--out", str(out))
    when(lambda: len(steps_of(out)) > 1, process)
    process.send_signal(signal.SIGTERM)
    code, printed = ended(process)
    assert code != 0 and printed.count("training was stopped on request") == 1, printed
    assert "resume" in printed and "bug" not in printed
    fitted(0, *full, "--epochs", "300", "--time-limit", "1", "--out", str(out), "--resume")


def test_a_script_fits_twice_and_every_process_has_both_runs(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, ghep\n"
        "for seed in (0, 1):\n"
        "    run = ghep.fit(sys.argv[1], backbone=sys.argv[2], strategy='full', epochs=1, seed=seed, control=False)\n"
        "    sys.stdout.write(f'run {seed} {run.accuracy.value} {run.folder}\\n')\n"  # one write: lines stay whole
        "    sys.stdout.flush()\n"
    )
    call = command(2, str(photos), small_backbone)
    call[call.index("-m", 2) :] = [str(script), str(photos), small_backbone]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("run ")]
    assert len(told) == 4 and len(set(told)) == 2 and len(list((tmp_path / "runs").iterdir())) == 2


def test_an_error_is_printed_once_with_its_cause(full: list[str], tmp_path: Path) -> None:
    code, printed = ended(started(2, "fit", str(tmp_path / "missing"), *full[1:], "--out", str(tmp_path / "run")))
    assert code != 0 and printed.count("error: ") == 1 and "missing" in printed, printed


def test_only_fit_is_for_torchrun(full: list[str]) -> None:
    environment = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for verb, fix in (("compare", "--ray auto"), ("predict", "in one process")):
        call = [*command(0, verb, *full[:1])]
        done = subprocess.run(call, capture_output=True, text=True, env={**os.environ, **environment})
        assert done.returncode == 2 and fix in done.stderr and verb in done.stderr, done.stderr
