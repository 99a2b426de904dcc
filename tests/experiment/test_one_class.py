"""A split that holds one class cannot be scored: a model that always gives that answer would be right every time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ghep.comparison.execution.ground import data_of
from ghep.data.check import prepare
from ghep.errors import ConfigError, DataError
from ghep.experiment.fit import fit


@pytest.fixture
def lopsided(photos: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(photos, tmp_path / "photos")
    for folder in sorted((root / "test").iterdir())[1:]:
        shutil.rmtree(folder)
    return root


def test_a_test_split_of_one_class_has_no_score(lopsided: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(lopsided, backbone=small_backbone, out=tmp_path / "run", precision="float32", workers=1)
    assert {one.split for one in run.results} == {"valid"}
    (said,) = [finding for finding in run.findings if finding.code == "one-class-split"]
    assert said.severity == "warning" and said.message.startswith("test holds only one class")
    with pytest.raises(DataError, match="no result on split test"):
        run.result("test")


def test_nothing_is_compared_on_one_class(lopsided: Path) -> None:
    with pytest.raises(ConfigError, match="test split holds only one class of label"):
        data_of(prepare(lopsided))
