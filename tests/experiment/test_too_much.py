"""A run whose rates do harm says so and trains again at lower ones; a rate that does none is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ghep.experiment.fit import fit
from ghep.experiment.record import Run

SETTINGS: dict[str, Any] = {"epochs": 8, "batch_size": 8, "precision": "float32", "workers": 1, "cache": False}


def warnings(run: Run) -> list[str]:
    return [one.code for one in run.findings if one.severity != "info"]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["light", "full", "lp_ft", "progressive"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_rate_that_does_harm_is_noticed_and_remedied(
    strategy: str, optimizer: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    given = {"backbone": small_backbone, "strategy": strategy, "optimizer": optimizer, **SETTINGS}
    lr = {"adamw": 1.0, "sgd": 30.0}[optimizer]
    run = fit(photos, lr=lr, head_lr=lr, out=tmp_path / "fast", **given)
    undone = fit(photos, lr=lr, head_lr=lr, out=tmp_path / "undone", on_divergence="stop", **given)
    noticed = {"learning-rate-too-high", "diverged"} & {*warnings(run)}
    assert noticed or undone.accuracy.value >= 0.9, "not noticed, though it does harm"
    assert run.accuracy.value >= undone.accuracy.value - 0.05
    assert run.accuracy.value >= 0.7
    healthy = fit(photos, out=tmp_path / "healthy", **given)
    assert not {"learning-rate-too-high", "diverged", "predictions-collapsed"} & {*warnings(healthy)}
