"""P10: a damaged checkpoint or bundle is never used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.errors import BackboneError, BundleError
from ghep.experiment.fit import fit

QUICK = {"precision": "float32", "workers": 1}
FILES = ("model.safetensors", "config.json", "preprocessor_config.json", "labels.json", "metrics.json", "README.md")


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(photos, backbone=small_backbone, out=tmp_path_factory.mktemp("run"), **QUICK).bundle


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flipped bit", "truncated", "deleted"])
@pytest.mark.parametrize("name", [*FILES, "MANIFEST.json"])
def test_a_damaged_bundle_is_refused_by_name(name: str, damage: object, bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(bundle, copy)
    damage(copy / name)  # type: ignore[operator]
    with pytest.raises(BundleError) as refused:
        ghep.load(copy)
    assert name in str(refused.value) or name == "MANIFEST.json"
    with pytest.raises((BackboneError, BundleError)):
        load_backbone(str(copy))


def test_weights_of_another_bundle_are_refused(bundle: Path, photos: Path, small_backbone: str, tmp_path: Path) -> None:
    other = fit(photos, backbone=small_backbone, seed=1, out=tmp_path / "other", **QUICK).bundle
    copy = tmp_path / "bundle"
    shutil.copytree(bundle, copy)
    shutil.copy(other / "model.safetensors", copy / "model.safetensors")
    with pytest.raises(BundleError, match=r"model\.safetensors"):
        ghep.load(copy)


def test_a_damaged_checkpoint_is_skipped_with_a_warning_that_names_it(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    arguments = {"backbone": small_backbone, "strategy": "full", "epochs": 2, "out": tmp_path / "run", **QUICK}
    fit(photos, **arguments)
    flip(tmp_path / "run" / "checkpoints" / "last" / "state.safetensors")
    again = fit(photos, resume=True, **arguments)
    skipped = [finding for finding in again.findings if finding.code == "checkpoint-skipped"]
    assert skipped and "state.safetensors" in skipped[0].message
    assert len(again.history) == 2, "the run was made again from the beginning"
