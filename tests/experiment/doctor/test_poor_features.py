"""The doctor on poor features: healthy ones pass with their numbers, planted ones are named, earlier blocks tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep
from ghep.experiment.doctor import guards
from ghep.experiment.doctor.diagnosis import Examination
from ghep.guards.features import FeatureCheck, check_features
from ghep.storage.text import plain


def examined(photos: Path, backbone: str, **options: Any) -> dict[str, Examination]:
    return {one.name: one for one in ghep.doctor(photos, backbone=backbone, **options).examinations}


@pytest.mark.slow
def test_healthy_features_pass_with_their_numbers(photos: Path) -> None:
    found = examined(photos, "seedling")
    for name, said in {"features": "effective rank", "probe": "random features", "preprocessing": "BatchNorm"}.items():
        # Stripes do not look like photos, so the probe tries re-estimated BatchNorm statistics, as information.
        assert {one.code for one in found[name].findings} <= {"batch-norm-tried"} and said in found[name].summary
        assert json.loads(json.dumps(plain(found[name].facts)))
    assert found["weights"].state == "ok" and found["domain"].state == "warning"


@pytest.mark.slow
def test_poor_features_are_named_and_earlier_blocks_are_tried(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def constant(features: np.ndarray, *, name: str) -> FeatureCheck:
        return check_features(np.repeat(features[:1], len(features), axis=0), name=name)

    monkeypatch.setattr(guards, "check_features", constant)
    monkeypatch.setattr("ghep.guards.poor_features.check_features", constant)
    found = examined(photos, "seedling")
    assert "features-constant" in {one.code for one in found["features"].findings}
    assert any(" block" in one for one in found["probe"].tried)


@pytest.mark.slow
def test_random_weights_that_are_meant_are_not_checked(photos: Path, small_backbone: str) -> None:
    found = examined(photos, small_backbone)
    assert found["weights"].skipped and found["preprocessing"].skipped and not found["features"].skipped


def test_a_run_on_an_earlier_block_is_examined_there(photos: Path, tmp_path: Path, small_backbone: str) -> None:
    run = ghep.fit(photos, backbone=small_backbone, boundary="layer1", out=tmp_path / "run", workers=1)
    found = {one.name: one for one in ghep.doctor(run.folder).examinations}
    assert found["features"].facts["dims"] == 8 and found["probe"].skipped
