"""Runs in experiment trackers: the real packages, offline, hold what the run folder holds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import ghep
from ghep.errors import ConfigError, Interrupted
from ghep.experiment import trackers
from ghep.experiment.record import Run
from ghep.training.stop import StopRequest

QUICK = {"strategy": "light", "epochs": 2, "batch_size": 8, "augment": "none", "precision": "float32", "workers": 1}
noisy = pytest.mark.filterwarnings("ignore")  # raised inside the packages, about their own insides


class Lines:
    """A reporter that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def progress(self, phase: str, done: int, total: int) -> None:
        pass

    def epoch(self, row: Any) -> None:
        pass


def losses_of(run: Run) -> dict[int, float]:
    return {row.epoch: row.train_loss for row in run.history if row.epoch}


@noisy
def test_tensorboard_holds_epochs_scores_and_settings(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run", report_to="tensorboard", **QUICK)
    events = EventAccumulator(str(run.folder / "tensorboard")).Reload()
    assert {one.step: one.value for one in events.Scalars("train/loss")} == pytest.approx(losses_of(run))
    (accuracy,) = events.Scalars("test/accuracy")
    assert accuracy.value == pytest.approx(run.accuracy.value) and accuracy.step == 2
    low, high = (events.Scalars(f"test/accuracy_{end}")[0].value for end in ("low", "high"))
    assert run.accuracy.interval is not None
    assert (low, high) == pytest.approx((run.accuracy.interval.low, run.accuracy.interval.high))
    assert "settings.epochs | 2" in events.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode()


@pytest.mark.slow
@noisy
def test_mlflow_holds_the_same_under_one_id(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the slim package has no database
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{tmp_path}/mlruns")
    monkeypatch.chdir(tmp_path)
    run = ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run", report_to=["mlflow"], **QUICK)
    client = mlflow.MlflowClient(tracking_uri=f"file:{tmp_path}/mlruns")
    kept = client.get_run(json.loads((run.folder / "trackers.json").read_text())["mlflow"])
    assert kept.info.status == "FINISHED" and kept.info.run_name == "run"
    assert kept.data.params["strategy"] == "light" and kept.data.params["settings.epochs"] == "2"
    assert kept.data.metrics["test/accuracy"] == pytest.approx(run.accuracy.value)
    steps = {one.step: one.value for one in client.get_metric_history(kept.info.run_id, "train/loss")}
    assert steps == pytest.approx(losses_of(run))
    assert mlflow.active_run() is None


@pytest.mark.slow
@noisy
def test_weights_and_biases_offline_goes_on_after_a_stop(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    out, stop = tmp_path / "run", StopRequest()

    class StopsAfterOne(Lines):
        def epoch(self, row: Any) -> None:
            if row.epoch == 1:
                stop.ask()

    settings = {**QUICK, "backbone": small_backbone, "out": out, "report_to": "wandb"}
    with pytest.raises(Interrupted):
        ghep.fit(photos, reporter=StopsAfterOne(), stop=stop, **settings)
    name = json.loads((out / "trackers.json").read_text())["wandb"]
    ghep.fit(photos, resume=True, **settings)
    assert json.loads((out / "trackers.json").read_text())["wandb"] == name
    files = sorted((out / "wandb").glob(f"offline-run-*-{name}/run-{name}.wandb"))
    assert len(files) == 2
    until = time.monotonic() + 30  # a process of its own writes them
    while b"test/accuracy" not in files[-1].read_bytes() and time.monotonic() < until:
        time.sleep(0.1)
    assert b"test/accuracy" in files[-1].read_bytes() and b"test/accuracy" not in files[0].read_bytes()


def test_a_tracker_that_fails_costs_no_run(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        id = "full"

        def __init__(self, *_: Any) -> None:
            pass

        def log(self, *_: Any) -> None:
            raise OSError("no space left\non the server")

    monkeypatch.setattr(trackers, "_MADE", {"tensorboard": Full})
    monkeypatch.setattr(trackers, "is_installed", lambda name: True)
    lines = Lines()
    run = ghep.fit(
        photos, backbone=small_backbone, out=tmp_path / "run", report_to="tensorboard", reporter=lines, **QUICK
    )
    assert run.bundle.is_dir()
    assert [one.code for one in run.findings if one.severity == "warning"].count("tracker-failed") == 1
    assert [one for one in lines.said if "tensorboard failed" in one] == [
        "warning: tensorboard failed and is no longer used: no space left"
    ]


def test_one_that_cannot_begin_is_refused_before_training(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_login(*_: Any) -> Any:
        raise RuntimeError("api_key not configured")

    monkeypatch.setattr(trackers, "_MADE", {"wandb": no_login})
    monkeypatch.setattr(trackers, "is_installed", lambda name: True)
    with pytest.raises(ConfigError, match="cannot start wandb: api_key not configured"):
        ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run", report_to="wandb", **QUICK)
    assert not (tmp_path / "run" / "bundle").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [("neptune", "tensorboard, mlflow, wandb"), (3, "tensorboard, mlflow, wandb"), ("wandb", "pip install wandb")],
)
def test_unknown_and_missing_ones_are_refused_with_the_way_out(
    given: Any, said: str, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "is_installed", lambda name: False)
    with pytest.raises(ConfigError, match=said):
        ghep.fit(photos, report_to=given)


@pytest.mark.slow
def test_none_is_imported_unless_asked_for(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    code = (
        f"import sys, ghep; ghep.fit({str(photos)!r}, backbone={small_backbone!r}, out={str(tmp_path / 'run')!r}); "
        "assert not {'tensorboard', 'mlflow', 'wandb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not (tmp_path / "run" / "trackers.json").exists()
