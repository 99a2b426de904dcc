"""Runs in worker processes: the numbers of one process, and what becomes of runs whose worker or driver is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghep.comparison.compare import Compared, compare
from ghep.comparison.execution.executors import Job, Outcome
from ghep.comparison.execution.ledger import FILE
from ghep.comparison.execution.processes import LocalProcesses
from ghep.comparison.planning.threads import threads_of_a_run, workers_that_pay
from ghep.errors import Interrupted
from ghep.reporter import Silent
from ghep.training.stop import StopRequest

QUICK: dict[str, Any] = {
    "deterministic": True,
    "workers": 1,
    "search": True,
    "seeds": 3,
    "threads": 1,
    "controls": False,
}
RUNS = 6  # with three seeds: light on 5 labels and on all


def predictions(folder: Path) -> dict[str, str]:
    return {file.parent.name: file.read_text() for file in sorted(folder.glob("runs/*/predictions.csv"))}


def times(folder: Path) -> dict[str, int]:
    return {file.parent.name: file.stat().st_mtime_ns for file in sorted(folder.glob("runs/*/predictions.csv"))}


@pytest.fixture(scope="module")
def alone(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """One comparison in this process."""
    out = tmp_path_factory.mktemp("alone") / "out"
    call = {"backbones": small_backbone, "strategies": "light", "labels": [5], **QUICK}
    return compare(photos, out=out, jobs=1, **call)


@pytest.mark.slow
def test_two_workers_give_the_predictions_of_one_process(
    alone: Compared, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    call = {"backbones": small_backbone, "strategies": "light", "labels": [5], **QUICK}
    found = compare(photos, out=tmp_path / "out", jobs=2, **call)
    assert len(predictions(alone.folder)) == RUNS and predictions(found.folder) == predictions(alone.folder)
    assert found.evidence.verdict.kind == alone.evidence.verdict.kind and not found.comparison.failures
    trials, expected = (
        [replace(rate, seconds=0.0) for choice in one.comparison.rates for rate in choice.tried]
        for one in (found, alone)
    )
    assert trials and trials == expected
    metrics = [json.loads(file.read_text()) for file in found.folder.glob("runs/*/metrics.json")]
    assert all(one["environment"]["threads"] == 1 and one["cost"]["cpu_seconds"] > 0 for one in metrics)


@pytest.mark.slow
def test_killed_with_its_workers_it_ends_with_the_same_tables(
    alone: Compared, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ghep", "compare", str(photos), "--backbones", small_backbone, "--out", str(out)]
    command += ["--strategies", "light", "--labels", "5", "--seeds", "3", "--search", "--threads", "1", "--no-controls"]
    command += ["--deterministic", "--workers", "1", "--jobs", "2"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None and len(times(out)) < 2:
        time.sleep(0.02)
    os.kill(workers_of(child.pid)[0], signal.SIGKILL)  # its run is made again, unless the driver dies first
    time.sleep(0.5)
    workers = workers_of(child.pid)
    assert child.poll() is None and workers
    child.kill()
    child.wait()
    deadline = time.monotonic() + 10
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, workers)), "a worker outlived its driver"
    finished = {name: at for name, at in times(out).items() if (out / "runs" / name / "quarantine.csv").is_file()}
    assert 0 < len(finished) < RUNS
    call = {"backbones": small_backbone, "strategies": "light", "labels": [5], **QUICK}
    found = compare(photos, out=out, jobs=1, **call)
    assert predictions(out) == predictions(alone.folder) and finished.items() <= times(out).items()
    assert found.evidence.verdict.kind == alone.evidence.verdict.kind and not found.comparison.failures


def workers_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


class Scripted(LocalProcesses):
    """Workers that do what the seed of their job says, without any data."""

    script = """
import json, os, signal, sys, time
for line in sys.stdin:
    message = json.loads(line)
    if "job" in message:
        job = message["job"]
        mark = os.path.join(job["folder"], "begun")
        again = os.path.exists(mark)
        os.makedirs(job["folder"], exist_ok=True)
        open(mark, "w").close()
        if job["seed"] == 9 or (job["seed"] == 8 and not again):
            os.kill(os.getpid(), signal.SIGKILL)
        if job["seed"] == 7:
            stopped = json.loads(sys.stdin.readline())
            print(json.dumps({"interrupted": "asked"}), flush=True)
            continue
        time.sleep(job["seed"] / 10)
        print(json.dumps({"outcome": {"job": job["name"], "seconds": job["seed"]}}), flush=True)
"""


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Scripted, StopRequest]]:
    plain = subprocess.Popen

    def started(command: list[str], **options: Any) -> Any:
        return plain([command[0], "-c", Scripted.script], **options)

    monkeypatch.setattr("ghep.comparison.execution.processes.subprocess.Popen", started)
    stop = StopRequest()
    executor = Scripted({}, tmp_path, stop, at_once=2, threads=1, options={})
    yield executor, stop
    executor.close()


def jobs(tmp_path: Path, *seeds: int) -> Iterator[Job]:
    for number, seed in enumerate(seeds):
        yield Job(f"{number}", tmp_path / f"run-{number}", "a", "light", seed)


def told(outcomes: list[Outcome]) -> list[tuple[str, float]]:
    return [(one.job.name, one.seconds) for one in outcomes]


@pytest.mark.slow
def test_outcomes_come_in_the_order_of_completion(scripted: tuple[Scripted, StopRequest], tmp_path: Path) -> None:
    assert told(list(scripted[0].outcomes(jobs(tmp_path, 6, 1, 1)))) == [("1", 1), ("2", 1), ("0", 6)]
    assert told(list(scripted[0].outcomes(jobs(tmp_path, 0)))) == [("0", 0)]  # by a worker that is still there


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_is_made_once_more_and_then_fails(
    scripted: tuple[Scripted, StopRequest], tmp_path: Path
) -> None:
    found = {one.job.name: one for one in scripted[0].outcomes(jobs(tmp_path, 8, 9, 2))}
    assert sorted(found) == ["0", "1", "2"]
    assert (found["0"].cause, found["0"].seconds, found["2"].cause) == ("", 8, "")
    assert "killed by SIGKILL" in found["1"].cause


def test_a_stop_is_passed_on_and_what_has_ended_is_told_first(
    scripted: tuple[Scripted, StopRequest], tmp_path: Path
) -> None:
    executor, stop = scripted
    found: list[Outcome] = []
    with pytest.raises(Interrupted):
        for outcome in executor.outcomes(jobs(tmp_path, 7, 1, 3, 1)):
            found.append(outcome)
            stop.ask()
    assert told(found)[0] == ("1", 1) and "0" not in dict(told(found)) and "3" not in dict(told(found))
    assert not executor._idle  # none that would stop its next run


@pytest.mark.parametrize("seeds", [(0, 0), (0,)])
def test_a_stop_between_two_runs_is_an_interrupt_only_if_there_is_another(
    seeds: tuple[int, ...], scripted: tuple[Scripted, StopRequest], tmp_path: Path
) -> None:
    executor, stop = scripted
    executor.at_once, found = 1, []
    with pytest.raises(Interrupted) if len(seeds) > 1 else nullcontext():
        for outcome in executor.outcomes(jobs(tmp_path, *seeds)):
            found.append(outcome)
            stop.ask()
    assert told(found) == [("0", 0)]


def test_workers_have_to_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.comparison.planning.threads.cores", lambda: 2)
    monkeypatch.setattr("ghep.comparison.planning.threads.free_bytes", lambda: 16 * 2**30)
    assert threads_of_a_run() == 1
    assert workers_that_pay(threads=1, runs=20, seconds=300) == 2
    assert workers_that_pay(threads=1, runs=20, seconds=20) == 1
    assert workers_that_pay(threads=2, runs=20, seconds=300) == 1
    monkeypatch.setattr("ghep.comparison.planning.threads.free_bytes", lambda: 5 * 2**30)
    assert workers_that_pay(threads=1, runs=20, seconds=300) == 1
    monkeypatch.setattr("ghep.comparison.planning.threads.cores", lambda: 16)
    assert threads_of_a_run() == 4


@pytest.mark.slow
def test_a_stop_saves_what_workers_are_making_and_the_same_call_goes_on(
    alone: Compared, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    class Stopping(Silent):
        def progress(self, phase: str, done: int, total: int) -> None:
            if phase == "runs" and done == 3:
                stop.ask()

    stop, out = StopRequest(), tmp_path / "out"
    call = {"backbones": small_backbone, "strategies": "light", "labels": [5], **QUICK}
    with pytest.raises(Interrupted, match="stopped"):
        compare(photos, out=out, jobs=2, stop=stop, reporter=Stopping(), **call)
    before = times(out)
    assert 3 <= len(json.loads((out / FILE).read_text())["done"]) < RUNS
    compare(photos, out=out, jobs=1, **call)
    assert predictions(out) == predictions(alone.folder) and before.items() <= times(out).items()
