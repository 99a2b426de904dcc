"""A comparison from folder to report: what is made, once each, on which split, and what becomes of what fails."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep.comparison.execution.executors as executors
import ghep.experiment.graft as grafting
import ghep.experiment.score_run as experiment
from ghep.comparison.compare import Compared, compare
from ghep.comparison.execution.executors import TRACEBACK
from ghep.comparison.execution.ledger import FILE
from ghep.comparison.record import HOG, MAJORITY, RANDOM_FEATURES, SCRATCH
from ghep.errors import ConfigError, Interrupted
from ghep.export.predictor import load
from ghep.reporter import Silent
from ghep.training.stop import StopRequest

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1, "search": False, "seeds": 2, "jobs": 1}
ALONE: dict[str, Any] = {**QUICK, "controls": False}
FIXED: dict[str, Any] = {"labels": [5], "engine": "torch-float32"}  # an engine chosen by the clock has other digits


@pytest.fixture(scope="module")
def compared(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """One comparison that several tests look at."""
    out = tmp_path_factory.mktemp("comparison") / "out"
    return compare(photos, backbones=small_backbone, strategies="linear_probe,light", out=out, **FIXED, **QUICK)


@pytest.mark.slow
def test_all_runs_are_there_with_the_controls_beside_them(compared: Compared) -> None:
    runs = compared.comparison.runs
    on_all = sorted((run.contender.strategy, run.seed) for run in runs if run.labels is None)
    twice = [(name, seed) for name in ("light", RANDOM_FEATURES, SCRATCH) for seed in (0, 1)]
    assert on_all == sorted([(MAJORITY, 0), (HOG, 0), ("linear_probe", 0), *twice])  # a solved head needs one seed
    on_five = {(run.contender.strategy, run.draw) for run in runs if run.labels == 5}
    assert on_five == {(name, draw) for name in (HOG, "linear_probe", "light", SCRATCH) for draw in (0, 1)}
    assert not compared.comparison.failures and not compared.comparison.stopped
    (hog,) = [run for run in runs if run.contender.strategy == HOG and run.labels is None]
    assert hog.contender.control and hog.seconds > 0 and HOG in compared.report.read_text(encoding="utf-8")
    assert "no-zero-shot" not in {finding.code for finding in compared.comparison.findings}


@pytest.mark.slow
def test_all_answer_the_same_test_examples(compared: Compared) -> None:
    first = compared.comparison.runs[0].answers
    assert len(first.ids) == 20 and set(compared.comparison.data.raw) == set(first.ids)
    for run in compared.comparison.runs:
        assert run.answers.ids == first.ids
        assert np.array_equal(run.answers.targets, first.targets)


@pytest.mark.slow
def test_the_folder_tells_everything(compared: Compared) -> None:
    folder = compared.folder
    assert {path.name for path in folder.iterdir()} >= {"report.html", "comparison.json", "runs", "figures", FILE}
    assert json.loads((folder / "comparison.json").read_text())
    bundles = [run.contender.strategy for run in compared.comparison.full_runs if run.bundle is not None]
    assert sorted(bundles) == sorted(["linear_probe", "light", RANDOM_FEATURES, SCRATCH])  # the best seed of each
    assert not list(folder.glob("runs/*/checkpoints"))
    tables_of_figures = sorted((folder / "figures").glob("*.csv"))
    assert tables_of_figures
    for file in tables_of_figures:
        with file.open(encoding="utf-8", newline="") as lines:
            assert list(csv.reader(lines))
    light = next(
        run.bundle for run in compared.comparison.full_runs if run.bundle and run.contender.strategy == "light"
    )
    raw = compared.comparison.data.raw[compared.comparison.runs[0].answers.ids[0]]
    assert len(load(light).predict([raw])) == 1


@pytest.mark.slow
def test_what_a_run_by_itself_would_take_counts_what_the_store_saved(compared: Compared) -> None:
    light = [run for run in compared.comparison.full_runs if run.contender.strategy == "light"]
    assert all(run.saved_seconds > 0 for run in light)


@pytest.mark.slow
def test_the_same_call_again_makes_no_run_again(
    compared: Compared, photos: Path, small_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a finished run was made again")

    monkeypatch.setattr(executors, "fit", forbidden)
    options = {"strategies": "linear_probe,light", **FIXED, **QUICK}
    again = compare(photos, backbones=small_backbone, out=compared.folder, **options)
    assert tables(again) == tables(compared)
    with pytest.raises(ConfigError, match="other settings"):
        compare(photos, backbones=small_backbone, out=compared.folder, **{**options, "seeds": 3})


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_ends_with_the_same_tables(
    compared: Compared, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    """Among the first runs and near the end."""
    flags = ["--backbones", small_backbone, "--strategies", "linear_probe,light", "--labels", "5", "--seeds", "2"]
    command = [sys.executable, "-m", "ghep", "compare", str(photos), *flags, "--out", str(tmp_path / "killed")]
    command += ["--precision", "float32", "--workers", "1", "--no-search", "--engine", "torch-float32", "--jobs", "1"]
    rng = np.random.default_rng(0)
    state, finished = tmp_path / "killed" / FILE, dict[str, float]()
    for done in (2, 9):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
        while child.poll() is None and len(_done(state)) < done:
            time.sleep(0.02)
        time.sleep(float(rng.uniform(0, 1.0)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        for name in finished:
            made = (tmp_path / "killed" / "runs" / name / "predictions.csv").stat().st_mtime
            assert made == finished[name], f"{name} was made again"
        finished = {
            name: (tmp_path / "killed" / "runs" / name / "predictions.csv").stat().st_mtime for name in _done(state)
        }
    assert 9 <= len(finished) < len(compared.comparison.runs)
    call = {"strategies": "linear_probe,light", "out": tmp_path / "killed", **FIXED, **QUICK}
    assert tables(compare(photos, backbones=small_backbone, **call)) == tables(compared)
    for name, made in finished.items():
        assert (tmp_path / "killed" / "runs" / name / "predictions.csv").stat().st_mtime == made


@pytest.mark.slow
def test_each_model_is_scored_on_test_once_and_trials_never_are(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[str] = []
    results = experiment.results

    def counting(model: Any, logits: Any, splits: Any, *rest: Any, **more: Any) -> Any:
        scored.extend(splits)
        return results(model, logits, splits, *rest, **more)

    monkeypatch.setattr(experiment, "results", counting)
    monkeypatch.setattr("ghep.comparison.planning.search.beyond_reach", lambda *_: False)
    options = {**QUICK, "search": True, "seeds": 1}
    found = compare(photos, backbones=small_backbone, strategies="light", out=tmp_path / "out", **options)
    made = [run for run in found.comparison.runs if run.folder is not None]
    assert scored.count("test") == len(made) == 3
    assert found.comparison.touches == len(found.comparison.runs)
    (light, scratch) = found.comparison.rates
    assert [rate.factor for rate in light.tried if rate.rung == 0] == [1.0, 1 / 3, 3.0]
    assert scratch.contender.strategy == SCRATCH


@pytest.mark.slow
def test_without_a_test_split_valid_judges_and_does_not_choose(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    data = tmp_path / "photos"
    data.mkdir()
    for split in ("train", "valid"):
        (data / split).symlink_to(photos / split)
    found = compare(data, backbones=small_backbone, strategies="linear_probe", out=tmp_path / "out", **ALONE)
    assert found.comparison.data.headline == "test"
    assert all(name.startswith("valid/") for name in found.comparison.data.raw)
    assert "valid-as-test" in {finding.code for finding in found.comparison.findings}
    (probe,) = [run for run in found.comparison.runs if run.contender.strategy == "linear_probe"]
    assert probe.num_train == 48


@pytest.mark.slow
def test_a_run_that_fails_is_reported_and_the_others_are_not_lost(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = executors.fit

    def failing(*given: Any, **options: Any) -> Any:
        if options["strategy"] == "light" and options["seed"] == 1:
            raise MemoryError("out of it")
        return fit(*given, **options)

    monkeypatch.setattr(executors, "fit", failing)
    call: dict[str, Any] = {"strategies": "linear_probe,light", "out": tmp_path / "out", **ALONE}
    found = compare(photos, backbones=small_backbone, **call)
    (failure,) = found.comparison.failures
    assert (failure.contender.strategy, failure.seed, failure.cause) == ("light", 1, "MemoryError: out of it")
    (kept,) = (tmp_path / "out" / "runs").glob(f"light*/{TRACEBACK}")
    assert "MemoryError: out of it" in kept.read_text(encoding="utf-8") and TRACEBACK in failure.remedy
    made = [(run.contender.strategy, run.seed) for run in found.comparison.full_runs if run.folder is not None]
    assert sorted(made) == [("light", 0), ("linear_probe", 0)]
    monkeypatch.setattr(executors, "fit", fit)
    assert not compare(photos, backbones=small_backbone, **call).comparison.failures  # mended, and tried again
    assert not kept.exists()


@pytest.mark.slow
def test_a_strategy_that_cannot_be_used_here_is_left_out_or_fails_if_it_was_named(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of a network whose convolutions are all depthwise, or standardise their weights.
    monkeypatch.setattr(grafting, "linear_layers", lambda backbone: ((),) * len(backbone.blocks()))
    named = compare(photos, backbones=small_backbone, strategies="linear_probe,lora", out=tmp_path / "a", **ALONE)
    assert [failure.contender.strategy for failure in named.comparison.failures] == ["lora"]
    assert "matched no layer" in named.comparison.failures[0].cause


@pytest.mark.slow
def test_a_stop_that_is_asked_for_is_answered_and_the_same_call_goes_on(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    class Stopping(Silent):
        def say(self, text: str) -> None:
            if "scratch" in text:
                stop.ask()

    stop = StopRequest()
    call: dict[str, Any] = {"strategies": "linear_probe", "out": tmp_path / "out", **QUICK}
    with pytest.raises(Interrupted) as caught:
        compare(photos, backbones=small_backbone, stop=stop, reporter=Stopping(), **call)
    assert "same command" in caught.value.remedy
    assert len(compare(photos, backbones=small_backbone, **call).comparison.full_runs) == 2 + 1 + 2 + 2


@pytest.mark.slow
def test_a_time_limit_is_shared_out_and_what_is_left_out_is_said(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    options = {**QUICK, "seeds": 40}
    began = time.perf_counter()
    found = compare(
        photos,
        backbones=small_backbone,
        strategies="linear_probe,light",
        out=tmp_path / "out",
        time_limit=8,
        **options,
    )
    assert time.perf_counter() - began < 60  # a slow machine, and another beside it
    left = [stopped.contender for stopped in found.comparison.stopped]
    assert left and len(left) == len(set(left)) and all(stopped.reason for stopped in found.comparison.stopped)
    made = [run.contender.strategy for run in found.comparison.full_runs]
    assert "linear_probe" in made and len(made) < 40
    limit, more = found.comparison.seconds, found
    for _ in range(4):  # reading the data anew may take all that a little more time gives
        limit = 1.5 * limit + 4
        call = {"strategies": "linear_probe,light", "out": tmp_path / "out", "time_limit": limit, **options}
        more = compare(photos, backbones=small_backbone, **call)
        if len(more.comparison.full_runs) > len(made):
            break
    assert len(more.comparison.full_runs) > len(made), "with more time it goes on"


def tables(found: Compared) -> list[tuple[Any, ...]]:
    """All that must not depend on having been interrupted: every answer of every run, and what follows."""
    rows: list[tuple[Any, ...]] = [
        (str(run.contender), run.seed, run.labels, run.draw, run.answers.predicted.tolist(), run.valid_score)
        for run in found.comparison.runs
    ]
    places = [(str(place.contender), place.accuracy, place.interval) for place in found.evidence.leaderboard]
    return [*rows, *places, (found.evidence.verdict.kind, str(found.evidence.verdict.best))]


def _done(state: Path) -> dict[str, float]:
    if not state.is_file():
        return {}
    done: dict[str, float] = json.loads(state.read_text())["done"]
    return done
