"""A comparison of two tasks from table to evidence: which models are trained, on what, for how long, and read how."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep.comparison.execution.executors as executors
from ghep.comparison.compare import SharedCompared, compare
from ghep.comparison.execution.ledger import FILE
from ghep.comparison.execution.reading import FrozenCosts
from ghep.comparison.record import HOG, MAJORITY, Contender
from ghep.errors import ConfigError, Interrupted
from ghep.export.predictor import load
from ghep.reporter import Silent
from ghep.training.stop import StopRequest

TASKS = ("lie", "number")
REMEDY = "mixing=equal"
QUICK: dict[str, Any] = {
    "engine": "torch-float32",  # chosen by the clock, two runs may have two, and other digits
    **{"precision": "float32", "workers": 1, "search": False, "seeds": 2, "cache_size": 2**28, "jobs": 1},
    **{"strategies": "linear_probe,light", "remedies": REMEDY, "label_columns": list(TASKS)},
}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The striped images with two kinds of labels; a third of the rows has only one of them."""
    file = tmp_path_factory.mktemp("tasks") / "two.csv"
    rows = []
    for at, image in enumerate(sorted(photos.rglob("*.png"))):
        split, lie, number = image.parent.parent.name, image.parent.name, ("odd", "even")[at % 2]
        rows.append([str(image), "" if at % 6 == 0 else lie, "" if at % 6 == 3 else number, split])
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows([["path", *TASKS, "split"], *rows])
    return file


@pytest.fixture(scope="module")
def compared(table: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> SharedCompared:
    """One comparison that several tests look at."""
    found = compare(table, backbones=small_backbone, out=tmp_path_factory.mktemp("shared") / "out", **QUICK)
    assert isinstance(found, SharedCompared)
    return found


def folder_of(
    found: SharedCompared, strategy: str, tasks: tuple[str, ...], *, sharing: str = "", seed: int = 0
) -> Path:
    wanted = (strategy, tasks, sharing, seed)
    (folder,) = {
        model.folder
        for model in found.comparison.models
        if (model.contender.strategy, model.contender.tasks, model.contender.sharing, model.seed) == wanted
    }
    assert folder is not None
    return folder


def test_the_shared_model_is_compared_with_single_task_models(compared: SharedCompared) -> None:
    made = sorted((one.contender.strategy, one.contender.tasks, one.contender.sharing, one.seed)
                  for one in compared.comparison.models)  # fmt: skip
    arms = [*((task,) for task in TASKS), TASKS]
    probes = [("linear_probe", tasks, "", 0) for tasks in arms]  # a solved head needs one seed
    lights = [("light", tasks, "", seed) for tasks in arms for seed in (0, 1)]
    remedies = [("light", TASKS, REMEDY, seed) for seed in (0, 1)]
    assert made == sorted([*probes, *lights, *remedies])
    assert compared.comparison.remedies == (REMEDY,)


def test_every_task_is_an_ordinary_comparison_of_its_models(compared: SharedCompared) -> None:
    for task, one in compared.comparison.tasks.items():
        assert one.data.task == task and {MAJORITY, HOG} < {run.contender.strategy for run in one.runs}
        assert all(task in run.contender.tasks for run in one.runs if run.contender.strategy not in (MAJORITY, HOG))
        first = one.runs[0].answers
        assert len(first.ids) in (16, 17) and set(first.ids) == set(one.data.raw)  # of 20; the others have no label
        for run in one.runs:
            assert run.answers.ids == first.ids and np.array_equal(run.answers.targets, first.targets)


def test_with_a_frozen_backbone_shared_and_single_task_answers_are_equal(compared: SharedCompared) -> None:
    for task, one in compared.comparison.tasks.items():
        probes = {run.contender.tasks: run for run in one.runs if run.contender.strategy == "linear_probe"}
        assert np.array_equal(probes[TASKS].answers.confidence, probes[(task,)].answers.confidence)
        assert probes[TASKS].valid_score == probes[(task,)].valid_score


def test_a_shared_model_sees_no_more_examples_than_those_of_one_task_together(compared: SharedCompared) -> None:
    def planned(tasks: tuple[str, ...], sharing: str = "") -> tuple[int, int]:
        folder = folder_of(compared, "light", tasks, sharing=sharing)
        epochs = sum(stage["epochs"] for stage in json.loads((folder / "plan.json").read_text())["stages"])
        return epochs, int(json.loads((folder / "metrics.json").read_text())["examples"]["train"])

    alone, (epochs, rows) = [planned((task,)) for task in TASKS], planned(TASKS)
    together = round(sum(own * many for own, many in alone) / rows)
    assert epochs == min(together, max(own for own, _ in alone))
    assert planned(TASKS, REMEDY) == (epochs, rows)


def test_the_way_of_sharing_reaches_the_run(compared: SharedCompared) -> None:
    stages = [
        json.loads((folder_of(compared, "light", TASKS, sharing=sharing) / "plan.json").read_text())["stages"][0]
        for sharing in (REMEDY, "")
    ]
    assert stages[0]["sharing"]["mixing"] == "equal" and "equal" not in json.dumps(stages[1])
    assert {key: value for key, value in stages[0].items() if key != "sharing"} == {
        key: value for key, value in stages[1].items() if key != "sharing"
    }


def test_a_model_has_its_costs_once(compared: SharedCompared) -> None:
    models = compared.comparison.models
    assert len({model.folder for model in models}) == len(models)
    for contender in {model.contender for model in models}:
        own = [model for model in models if model.contender == contender]
        assert sum(model.weight_bytes > 10_000 for model in own) == 1  # of the seed that was kept
        assert all(model.predict_seconds is not None and model.predict_seconds > 0 for model in own)
    shared = [model for model in models if model.contender.tasks == TASKS]
    assert {model.gradients is not None for model in shared if model.contender.strategy == "light"} == {True}
    assert {model.gradients for model in shared if model.contender.strategy == "linear_probe"} == {None}


def test_a_model_is_trained_on_and_answers_the_rows_of_its_tasks(compared: SharedCompared) -> None:
    for model in compared.comparison.models:
        assert model.folder is not None
        if (model.folder / "bundle").is_dir():
            assert load(model.folder / "bundle").tasks == model.contender.tasks
        examples = json.loads((model.folder / "metrics.json").read_text())["examples"]
        assert examples == {"train": 60, "valid": 20, "test": 20} or len(model.contender.tasks) == 1
        assert examples["train"] == 50 or len(model.contender.tasks) == 2


def test_the_cost_of_a_single_task_model_includes_reading_its_rows(
    compared: SharedCompared, small_backbone: str
) -> None:
    noted = json.loads((compared.folder / FILE).read_text())["decisions"][f"costs {small_backbone}"]
    costs = FrozenCosts(noted["prices"]["read"], noted["prices"]["passes"], tuple(noted["shares"]))
    for model in compared.comparison.models:
        assert model.folder is not None
        metrics = json.loads((model.folder / "metrics.json").read_text())
        reading = costs.read_seconds * sum(metrics["examples"].values()) / 100
        assert model.saved_seconds == pytest.approx(reading + costs.saved_by(metrics["frozen_part"]))


def test_the_result_has_the_verdict_and_the_recommended_models(compared: SharedCompared) -> None:
    assert str(compared) == "\n".join(compared.lines()) and not compared.doubtful
    assert compared.evidence.message in " ".join(str(compared).split())
    assert compared.bundles.keys() == set(TASKS)
    image = next(iter(compared.comparison.tasks["lie"].data.raw.values()))
    for task, bundle in compared.bundles.items():
        assert task in {one.task for one in load(bundle).predict([image])}
    told = json.loads((compared.folder / "comparison.json").read_text())
    assert told["tasks"].keys() == set(TASKS) and told["message"] == compared.evidence.message


def test_the_same_call_again_makes_no_run_and_no_decision_again(
    compared: SharedCompared, table: Path, small_backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a finished run was made again")

    monkeypatch.setattr(executors, "fit", forbidden)
    before = json.loads((compared.folder / FILE).read_text())["decisions"]
    again = compare(table, backbones=small_backbone, out=compared.folder, **QUICK)
    assert isinstance(again, SharedCompared) and tables(again) == tables(compared)
    assert again.comparison.models == compared.comparison.models
    assert json.loads((compared.folder / FILE).read_text())["decisions"] == before
    with pytest.raises(ConfigError, match="other settings"):
        compare(table, backbones=small_backbone, out=compared.folder, **{**QUICK, "affinity": "pairs"})


def test_labels_a_class_are_refused_for_several_tasks(table: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="number of labels per class of a single task"):
        compare(table, backbones=small_backbone, out=tmp_path / "out", **QUICK, labels=[5])


@pytest.mark.slow
def test_a_comparison_stopped_between_two_runs_resumes(table: Path, small_backbone: str, tmp_path: Path) -> None:
    class Stopping(Silent):
        def say(self, text: str) -> None:
            if "of lie (" in text:
                stop.ask()

    stop = StopRequest()
    call = {**QUICK, "strategies": "linear_probe", "out": tmp_path / "out"}
    with pytest.raises(Interrupted, match="stopped"):
        compare(table, backbones=small_backbone, stop=stop, reporter=Stopping(), **call)
    assert len(list((tmp_path / "out" / "runs").glob("*/quarantine.csv"))) == 2
    found = compare(table, backbones=small_backbone, **call)
    assert isinstance(found, SharedCompared) and len(found.comparison.models) == 3


@pytest.mark.slow
def test_a_failed_model_is_reported_for_its_tasks_and_the_others_are_kept(
    table: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = executors.fit

    def failing(data: Any, **options: Any) -> Any:
        if data.dataset.tasks == ("number",):
            raise MemoryError("out of it")
        return fit(data, **options)

    monkeypatch.setattr(executors, "fit", failing)
    call = {**QUICK, "strategies": "linear_probe", "out": tmp_path / "out"}
    found = compare(table, backbones=small_backbone, **call)
    assert isinstance(found, SharedCompared) and found.doubtful
    (failure,) = found.comparison.tasks["number"].failures
    assert failure.contender == Contender("linear_probe", small_backbone, ("number",))
    assert not found.comparison.tasks["lie"].failures and len(found.comparison.models) == 2


@pytest.mark.slow
def test_each_pair_of_three_tasks_and_a_limit_with_a_draw_for_each_seed(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    file = tmp_path / "three.csv"
    with file.open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["path", "lie", "number", "third", "split"])
        for at, one in enumerate(sorted(photos.rglob("*.png"))[::2]):
            table.writerow([one, one.parent.name, at % 2, at % 3, one.parent.parent.name])
    options: dict[str, Any] = {**QUICK, "label_columns": ["lie", "number", "third"], "remedies": "none"}
    options |= {"strategies": "linear_probe,light", "affinity": "pairs", "limits": {"third": 20}}
    found = compare(file, backbones=small_backbone, out=tmp_path / "out", **options)
    assert isinstance(found, SharedCompared)
    made = {(one.contender.strategy, len(one.contender.tasks), one.seed) for one in found.comparison.models}
    assert {("light", n, seed) for n in (1, 2, 3) for seed in (0, 1)} <= made
    assert not any(strategy == "linear_probe" and n == 2 for strategy, n, _ in made)
    probes = {(one.contender.tasks, one.seed) for one in found.comparison.models if one.contender.strategy != "light"}
    assert (("third",), 1) in probes and (("lie",), 1) not in probes  # another seed draws other labels of third alone
    learnt = [
        json.loads((folder_of(found, "light", ("third",), seed=seed) / "metrics.json").read_text())["examples"]
        for seed in (0, 1)
    ]
    assert learnt == [{"train": 16, "valid": 4, "test": 10}] * 2
    (affinity,) = [one for one in found.evidence.affinities if one.source == "pairs"]
    assert affinity.values[0][1] is not None


@pytest.mark.slow
def test_a_time_limit_leaves_out_whole_lines(table: Path, small_backbone: str, tmp_path: Path) -> None:
    """Except the line that is running when time is up: its models are kept, and more time continues it."""
    call = {**QUICK, "seeds": 30, "time_limit": 10.0, "strategies": "linear_probe,light,full", "remedies": "auto"}
    found = compare(table, backbones=small_backbone, out=tmp_path / "out", **call)
    assert isinstance(found, SharedCompared)
    usual = {(one.contender.strategy, one.contender.tasks, one.seed)
             for one in found.comparison.models if not one.contender.sharing}  # fmt: skip
    made = Counter((strategy, seed) for strategy, _, seed in usual)
    assert list(made.values()).count(3) >= len(made) - 1, "one task, the other, and both"
    stopped = found.comparison.tasks["lie"].stopped
    assert stopped and all(one.reason for one in stopped)


def tables(found: SharedCompared) -> list[tuple[Any, ...]]:
    """All that must not depend on having been interrupted: every answer of every run, and what follows."""
    rows: list[tuple[Any, ...]] = [
        (task, str(run.contender), run.seed, run.answers.predicted.tolist(), run.valid_score)
        for task, one in found.comparison.tasks.items()
        for run in one.runs
    ]
    gains = [(gain.task, str(gain.together), gain.pair.interval, gain.kind)
             for one in found.evidence.verdicts for gain in one.gains]  # fmt: skip
    return [*rows, *gains, (found.evidence.kind, str(found.recommended))]


@pytest.mark.slow
def test_a_killed_comparison_resumes_and_ends_with_the_same_tables(
    compared: SharedCompared, table: Path, small_backbone: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "ghep", "compare", str(table), "--backbones", small_backbone]
    command += ["--strategies", "linear_probe,light", "--remedies", REMEDY, "--seeds", "2", "--no-search"]
    command += ["--label", TASKS[0], "--label", TASKS[1], "--precision", "float32", "--workers", "1"]
    command += [
        "--engine",
        "torch-float32",
        "--jobs",
        "1",
        "--cache-size",
        str(2**28),
        "--out",
        str(tmp_path / "killed"),
    ]
    state = tmp_path / "killed" / FILE
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    while child.poll() is None and len(_done(state)) < 5:
        time.sleep(0.02)
    time.sleep(0.5)
    child.send_signal(signal.SIGKILL)
    child.wait()
    finished = _made(state)
    assert len(finished) >= 5
    again = compare(table, backbones=small_backbone, out=tmp_path / "killed", **QUICK)
    assert isinstance(again, SharedCompared) and tables(again) == tables(compared)
    assert finished.items() <= _made(state).items(), "a finished run was made again"


def _made(state: Path) -> dict[str, float]:
    return {name: (state.parent / "runs" / name / "predictions.csv").stat().st_mtime for name in _done(state)}


def _done(state: Path) -> dict[str, float]:
    done: dict[str, float] = json.loads(state.read_text())["done"] if state.is_file() else {}
    return done
