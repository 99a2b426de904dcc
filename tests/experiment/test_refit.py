"""Heads solved again on train and valid: the deployed one is, what valid said stays that of the one it chose."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from ghep.errors import ConfigError
from ghep.experiment.fit import fit
from ghep.features.probes import LinearHead, solve_head
from ghep.strategy import solve

QUICK: dict[str, Any] = {"workers": 1, "engine": "torch-float32"}


def rows(folder: Path, split: str) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["split"] == split]


def test_the_deployed_head_has_seen_valid_and_the_score_on_valid_is_of_the_one_before(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved: list[tuple[int, dict[str, Any], LinearHead]] = []

    def watched(features: np.ndarray, *arguments: Any, **options: Any) -> LinearHead:
        solved.append((len(features), options, solve_head(features, *arguments, **options)))
        return solved[-1][2]

    monkeypatch.setattr(solve, "solve_any_head", watched)
    given = {"backbone": small_backbone, **QUICK}
    plain = fit(photos, **given, out=tmp_path / "plain")
    again = fit(photos, **given, out=tmp_path / "again", refit=True)
    (_, _, first), (num_train, _, chosen), (num_both, options, last) = solved
    assert num_both == num_train + again.result("valid").score("accuracy").n
    assert options["strengths"] == (chosen.strength,) == (first.strength,) == (last.strength,)
    assert rows(plain.folder, "valid") == rows(again.folder, "valid")
    assert rows(plain.folder, "test") != rows(again.folder, "test")
    assert again.history[0].valid_score == plain.history[0].valid_score
    tensors = load_file(again.bundle / "model.safetensors")
    (weight,) = (tensor for name, tensor in tensors.items() if name.startswith("heads.") and name.endswith("weight"))
    np.testing.assert_array_equal(weight.numpy(), last.weight)
    assert "refitted" in {finding.code for finding in again.findings}
    assert "refitted" not in {finding.code for finding in plain.findings}


def test_what_trains_by_gradients_is_not_refitted(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="light trains by gradients"):
        fit(photos, backbone=small_backbone, strategy="light", refit=True, out=tmp_path / "run", **QUICK)
    assert not (tmp_path / "run" / "bundle").exists()
