"""P12: NaN or divergence stops or recovers as configured: noticed in one step, best weights untouched, cause named.

``tests/training/test_divergence.py`` shows it for a stage, step by step; here a run, from the folder to the bundle.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import ghep.training.loop as loop
from ghep.cli.app import run
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.types import Finding

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {"epochs": 4, "batch_size": 8, "precision": "float32", "workers": 1, "cache": False}


def diverged(done: Run) -> list[Finding]:
    return [finding for finding in done.findings if finding.code == "diverged"]


def finite(done: Run) -> bool:
    return all(torch.isfinite(tensor).all() for tensor in load_file(done.bundle / "model.safetensors").values())


def nan_in_step(monkeypatch: pytest.MonkeyPatch, *steps: int) -> None:
    """The loss of these steps of the run, counted from 1, is NaN."""
    plain, count = loop.check_loss, iter(range(1, 10_000))

    def check_loss(loss: torch.Tensor, *arguments: Any, **more: Any) -> float:
        return plain(loss * float("nan") if next(count) in steps else loss, *arguments, **more)

    monkeypatch.setattr(loop, "check_loss", check_loss)


@pytest.mark.parametrize(
    "strategy",
    ["light", *(pytest.param(name, marks=pytest.mark.slow) for name in ("full", "progressive", "lp_ft", "scratch"))],
)
def test_a_rate_of_1e9_comes_down(strategy: str, photos: Path, small_backbone: str, tmp_path: Path) -> None:
    done = fit(photos, backbone=small_backbone, strategy=strategy, lr=1e9, out=tmp_path, **SETTINGS)
    told = diverged(done)
    assert 1 <= len(told) <= 5 and {finding.severity for finding in told} == {"warning"}
    assert "step 2 of stage" in told[0].message and "--lr" in told[0].remedy
    assert finite(done)
    epochs = [(row.stage, row.epoch) for row in done.history]
    assert len(epochs) == len(set(epochs)), "a rolled-back epoch is not in the history twice"
    assert done.accuracy.value >= 0.5


def test_it_stops_if_that_is_wanted(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 steps an epoch: the weights of two epochs are those of a run whose third one breaks."""
    arguments = {"backbone": small_backbone, "strategy": "full", "schedule": "constant", "warmup": 0.0, **SETTINGS}
    two = fit(photos, out=tmp_path / "two", **{**arguments, "epochs": 2})
    nan_in_step(monkeypatch, 20)
    done = fit(photos, out=tmp_path / "stopped", on_divergence="stop", **arguments)
    (finding,) = diverged(done)
    assert finding.severity == "error" and "epoch 3, step 4" in finding.message and "NaN" in finding.message
    assert [row.epoch for row in done.history] == [1, 2]
    weights, expected = (load_file(one.bundle / "model.safetensors") for one in (done, two))
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_an_injected_nan_recovers_and_says_so(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan_in_step(monkeypatch, 20)
    done = fit(photos, backbone=small_backbone, strategy="full", out=tmp_path, **SETTINGS)
    (finding,) = diverged(done)
    assert finding.severity == "warning" and "continues with all learning rates times" in finding.message
    assert finding.params["scale"] == pytest.approx(0.1)
    assert [row.epoch for row in done.history] == [1, 2, 3, 4] and finite(done)


@pytest.mark.slow
def test_the_exit_code_tells_a_recovery_from_an_end(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fit", str(photos), "-b", small_backbone, "-s", "full", "--lr", "1e9", "--epochs", "2", "--no-cache"]
    assert run([*command, "-o", str(tmp_path / "a"), "--precision", "float32"]) == 0
    assert "diverged: the loss" in capsys.readouterr().err, "said while it happens"
    stop = ["--on-divergence", "stop"]
    assert run([*command, "-o", str(tmp_path / "b"), "--precision", "float32", *stop]) == 1
    assert run([*command, "-o", str(tmp_path / "c"), "--on-divergence", "pray"]) == 2
    assert "retry or stop" in capsys.readouterr().err


@pytest.mark.slow
def test_healthy_runs_raise_no_alarm_and_rates_that_are_far_too_high_end_none(small_backbone: str) -> None:
    """Two hundred of a larger network by hand: scripts/bench divergence."""
    file = str(ROOT / "benchmarks" / "divergence.py")
    words = [sys.executable, file, "--runs", "12", "--seed", "5", "--backbone", small_backbone]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=900)
    assert "healthy: 0 false alarms in 12 runs" in done.stdout, done.stdout + done.stderr
    assert "ended: {'to the end': 4}" in done.stdout, done.stdout
