"""The doctor on poor features: healthy ones pass with their numbers, planted ones are named, earlier blocks tried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep
from ghep.experiment.doctor import poor_features
from ghep.experiment.doctor.diagnosis import Examination
from ghep.guards.features import FeatureCheck, check_features
from ghep.storage.text import plain


def examined(photos: Path, backbone: str, **options: Any) -> Examination:
    (found,) = [one for one in ghep.doctor(photos, backbone=backbone, **options).examinations if one.name == "features"]
    return found


def test_healthy_features_pass_with_their_numbers(photos: Path) -> None:
    found = examined(photos, "seedling")
    assert found.findings == () and found.tried == ()
    assert "effective rank" in found.summary and "random weights" in found.summary and "BatchNorm" in found.summary
    facts = json.loads(json.dumps(plain(found.facts)))
    assert [one["control"] for one in facts["controls"]] == ["random", "majority"]
    assert facts["controls"][0]["examples"] == 80, "train and valid, no test"


def test_poor_features_are_named_and_earlier_blocks_are_tried(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def constant(features: np.ndarray, *, name: str) -> FeatureCheck:
        return check_features(np.repeat(features[:1], len(features), axis=0), name=name)

    monkeypatch.setattr(poor_features, "check_features", constant)
    found = examined(photos, "seedling")
    assert "features-constant" in {one.code for one in found.findings}
    assert len(found.tried) >= 1 and all("--boundary" in one for one in found.tried)


def test_random_weights_that_are_meant_have_no_random_control(photos: Path, small_backbone: str) -> None:
    assert [one["control"] for one in examined(photos, small_backbone).facts["controls"]] == ["majority"]


def test_a_run_on_an_earlier_block_is_examined_there(photos: Path, tmp_path: Path, small_backbone: str) -> None:
    run = ghep.fit(photos, backbone=small_backbone, boundary="layer1", out=tmp_path / "run", workers=1)
    diagnosis = ghep.doctor(run.folder)
    (found,) = [one for one in diagnosis.examinations if one.name == "features"]
    assert found.facts["features"]["dims"] == 8
