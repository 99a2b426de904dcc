"""No stop-watch changes the model where ``deterministic`` is asked for; elsewhere what it said is kept to."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import ghep.comparison.execution.executors as carrying_out
import ghep.features.engines.choose as choose
import ghep.training.precision as precision
from ghep.comparison.compare import compare
from ghep.errors import ConfigError, Interrupted
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.features.decisions import Decisions
from ghep.reporter import Silent
from ghep.training.stop import StopRequest

STRATEGIES = {
    "linear_probe": {},
    "light": {"frozen_blocks": 1, "epochs": 6, "views": 2},
    "lp_ft": {"epochs": 2},
}


class StopWatch:
    """A clock gone mad: whatever was said to be fast is slow to another ``favourite``, and time jumps in between."""

    def __init__(self, favourite: str) -> None:
        self.favourite = favourite
        self.random = random.Random(favourite)
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.random.expovariate(1.0) ** 8
        return self.now

    def engine(self, candidate: Any, *arguments: Any) -> Any:
        ran, _ = RUN(candidate, *arguments)
        return choose._Ran(ran.engine, ran.activations, 1e9 if self.favourite in candidate.name else 1e-9), 0.0

    def milliseconds(self, one: precision.Precision, *_: Any) -> float:
        return 1.0 if one.name.startswith(self.favourite) else 9.0


RUN = choose._run


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def use(favourite: str) -> None:
        found = StopWatch(favourite)
        monkeypatch.setattr(choose, "_run", found.engine)
        monkeypatch.setattr(choose, "_not_worth_it", lambda *_: "")
        monkeypatch.setattr(precision, "_milliseconds", found.milliseconds)
        monkeypatch.setattr(time, "perf_counter", found)

    yield use
    monkeypatch.undo()


class EndsAfter(Silent):
    """Asks for a stop when the given number of epochs is over."""

    def __init__(self, epochs: int, stop: StopRequest) -> None:
        self.left, self.stop = epochs, stop

    def epoch(self, row: Any) -> None:
        self.left -= 1
        if not self.left:
            self.stop.ask()


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.bundle / "model.safetensors")


def same(one: Run, other: Run) -> bool:
    tensors, others = weights(one), weights(other)
    answers = [(run.folder / "predictions.csv").read_bytes() for run in (one, other)]
    return answers[0] == answers[1] and all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


def decided(folder: Path) -> dict[str, Any]:
    """Return what was decided by subject: engine of training rows, engine of scored rows, number format, stages."""
    found = json.loads((folder / "decisions.json").read_text(encoding="utf-8"))
    return {
        name.partition(",")[0]: next(one[key] for key in ("engine", "name", "stored") if key in one)
        for name, one in found.items()
    }


SLOW = [pytest.param(name, marks=[pytest.mark.slow] * (name != "light")) for name in STRATEGIES]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", SLOW)
def test_deterministic_is_the_same_bits_by_any_clock_and_with_any_store(
    strategy: str, photos: Path, small_backbone: str, tmp_path: Path, watch: Any
) -> None:
    def run(name: str, **more: Any) -> Run:
        given = {**STRATEGIES[strategy], "workers": 1, "control": False, "deterministic": True, **more}
        return fit(photos, backbone=small_backbone, strategy=strategy, out=tmp_path / name, **given)

    runs = [run("quiet", cache_dir=tmp_path / "store")]
    watch("bfloat16")
    runs.append(run("busy", cache_dir=tmp_path / "another"))
    watch("float32")
    fit(photos, backbone=small_backbone, out=tmp_path / "other", cache_dir=tmp_path / "store", seed=1)
    runs.append(run("busy-again", cache_dir=tmp_path / "store"))
    assert all(same(runs[0], other) for other in runs[1:])
    assert runs[0].environment["precision"] in ("float32", "float32-channels_last")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", SLOW[1:])
def test_what_was_measured_is_written_down_before_the_first_step_and_kept_when_resumed(
    strategy: str, photos: Path, small_backbone: str, tmp_path: Path, watch: Any
) -> None:
    given = {**STRATEGIES[strategy], "workers": 1, "control": False, "cache": False}

    def run(name: str, **more: Any) -> Run:
        return fit(photos, backbone=small_backbone, strategy=strategy, out=tmp_path / name, **{**given, **more})

    watch("bfloat16")
    whole, stop = run("whole"), StopRequest()
    with pytest.raises(Interrupted):
        run("cut", stop=stop, reporter=EndsAfter(1, stop))
    begun = decided(tmp_path / "cut")
    assert begun == decided(tmp_path / "whole") and begun["number format"] == "bfloat16"
    assert begun.get("engine of training rows", "bfloat16").endswith("bfloat16")
    watch("float32")
    resumed = run("cut", resume=True)
    assert same(whole, resumed) and decided(tmp_path / "cut") == begun
    other = run("other")
    assert not same(whole, other), "another clock, another model: that is what is written down"


@pytest.mark.slow
def test_a_run_that_was_killed_before_its_first_checkpoint_keeps_to_what_was_decided(
    photos: Path, small_backbone: str, tmp_path: Path, watch: Any
) -> None:
    given = {**STRATEGIES["lp_ft"], "strategy": "lp_ft", "backbone": small_backbone, "workers": 1, "control": False}
    watch("bfloat16")
    whole = fit(photos, out=tmp_path / "whole", cache_dir=tmp_path / "s", **given)
    for name in ("config.json", "plan.json", "decisions.json"):
        (tmp_path / "cut").mkdir(exist_ok=True)
        (tmp_path / "cut" / name).write_bytes((tmp_path / "whole" / name).read_bytes())
    watch("float32")
    resumed = fit(photos, out=tmp_path / "cut", resume=True, cache_dir=tmp_path / "s2", **given)
    assert same(whole, resumed) and decided(tmp_path / "cut") == decided(tmp_path / "whole")
    anew = fit(photos, out=tmp_path / "cut", overwrite=True, cache_dir=tmp_path / "s3", **given)
    assert not same(whole, anew), "what is replaced decides nothing"


def test_a_time_limit_cannot_be_deterministic(photos: Path) -> None:
    with pytest.raises(ConfigError, match="time_limit together with deterministic"):
        fit(photos, deterministic=True, time_limit=60.0)
    with pytest.raises(ConfigError, match="time_limit together with deterministic"):
        compare(photos, deterministic=True, time_limit=60.0)


def test_a_number_format_that_is_named_is_taken(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    given = {"strategy": "light", "epochs": 1, "workers": 1, "control": False, "precision": "bfloat16"}
    run = fit(photos, backbone=small_backbone, out=tmp_path / "r", deterministic=True, **given)
    assert run.environment["precision"] == "bfloat16"


@pytest.mark.slow
def test_runs_that_share_their_decisions_train_in_one_format_by_one_engine(
    photos: Path, small_backbone: str, tmp_path: Path, watch: Any
) -> None:
    shared = Decisions(tmp_path / "shared.json")
    given = {"strategy": "lp_ft", "epochs": 1, "workers": 1, "control": False, "cache": False, "decisions": shared}
    for seed, favourite in enumerate(("bfloat16", "float32")):
        watch(favourite)
        given["batch_size"] = 8 * (1 + seed)  # as a comparison has it on fewer labels
        run = fit(photos, backbone=small_backbone, out=tmp_path / str(seed), seed=seed, **given)
        assert run.environment["precision"] == "bfloat16"
        assert decided(run.folder)["engine of training rows"].endswith("bfloat16")
        engines = {one["what"]: one["engine"].split("/")[0] for one in run.frozen_part["passes"]}
        assert engines["train"].endswith("bfloat16") and not engines["valid"].endswith("bfloat16")


@pytest.mark.slow
def test_a_comparison_measures_once_for_all_runs_of_a_kind(
    photos: Path, small_backbone: str, tmp_path: Path, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    plain = carrying_out.fit

    def by_another_clock(*arguments: Any, **options: Any) -> Run:
        made.append("float32" if len(made) % 2 else "bfloat16")
        watch(made[-1])
        return plain(*arguments, **options)

    watch("bfloat16")
    monkeypatch.setattr(carrying_out, "fit", by_another_clock)
    given = {
        "strategies": "light",
        "seeds": 3,
        "search": False,
        "controls": False,
        "cache": False,
        "workers": 1,
        "jobs": 1,
    }
    found = compare(photos, backbones=small_backbone, out=tmp_path / "c", **given)
    runs = sorted((found.folder / "runs").iterdir())
    formats = [
        json.loads((one / "metrics.json").read_text(encoding="utf-8"))["environment"]["precision"] for one in runs
    ]
    assert len(made) == len(runs) == 3 and formats == ["bfloat16"] * 3
