"""Who carries out runs: jobs are plain values, and are pulled only when they can begin."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ghep.comparison.execution.executors as executors
from ghep.comparison.execution.executors import InProcess, Job, Part
from ghep.errors import ConfigError, Interrupted
from ghep.training.stop import StopRequest


def job(tmp_path: Path, name: str = "a", **more: Any) -> Job:
    return Job(name=name, folder=tmp_path / "runs" / name, backbone="seedling", strategy="light", seed=1, **more)


def test_a_job_is_the_same_after_a_journey_as_json(tmp_path: Path) -> None:
    part = Part(("x", "y"), {"x": 20}, draw=1)
    one = job(tmp_path, part=part, random_weights=True, options={"lr": 1e-3, "ratings": ("x",), "cache_dir": "/cache"})
    assert Job.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.slow
def test_jobs_are_pulled_one_at_a_time_and_a_failure_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []

    def fit(_: Any, **options: Any) -> Any:
        events.append(f"made {options['out'].name}")
        if options["out"].name == "b":
            raise ConfigError("no such layer", remedy="name another")
        return SimpleNamespace(cost=SimpleNamespace(seconds=2.0, cpu_seconds=1.5, peak_memory_bytes=7))

    def jobs() -> Any:
        for name in "abc":
            events.append(f"pulled {name}")
            yield job(tmp_path, name)

    monkeypatch.setattr(executors, "fit", fit)
    prepared: Any = SimpleNamespace(dataset=None)
    found = list(InProcess({"seedling": prepared}, tmp_path, StopRequest()).outcomes(jobs()))
    assert events == [f"{what} {name}" for name in "abc" for what in ("pulled", "made")]
    assert [(one.job.name, one.cause, one.remedy) for one in found] == [
        ("a", "", ""),
        ("b", "no such layer", "name another"),
        ("c", "", ""),
    ]
    assert (found[0].seconds, found[0].cpu_seconds, found[0].peak_memory_bytes) == (2.0, 1.5, 7)


def test_an_interrupt_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(_: Any, **__: Any) -> Any:
        raise Interrupted("asked", remedy="")

    monkeypatch.setattr(executors, "fit", fit)
    prepared: Any = SimpleNamespace(dataset=None)
    with pytest.raises(Interrupted):
        list(InProcess({"seedling": prepared}, tmp_path, StopRequest()).outcomes([job(tmp_path)]))
