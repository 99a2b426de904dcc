"""P10: a damaged checkpoint or bundle is never used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.errors import BackboneError, BundleError
from ghep.experiment.fit import fit
from ghep.reporter import Silent
from ghep.storage.folder import _host

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


class CutOffError(Exception):
    pass


class CutsOff(Silent):
    """Ends the run when its second epoch is reported, before that is saved."""

    def epoch(self, row: object) -> None:
        if row.epoch == 2:  # type: ignore[attr-defined]
            raise CutOffError


@pytest.fixture(scope="module")
def cut_off(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(a run that was cut off, with two checkpoints; the same one never stopped)."""
    out = tmp_path_factory.mktemp("run")
    whole = fit(photos, **arguments(small_backbone, out / "whole"))
    with pytest.raises(CutOffError):
        fit(photos, reporter=CutsOff(), **arguments(small_backbone, out / "cut"))
    assert [path.name for path in sorted((out / "cut" / "checkpoints").iterdir())] == ["step-00000007", "step-00000008"]
    return out / "cut", whole.folder


def arguments(backbone: str, out: Path) -> dict[str, object]:
    settings = {"strategy": "full", "epochs": 2, "batch_size": 15, "checkpoint_seconds": 0}
    return {"backbone": backbone, "out": out, **settings, **QUICK}


def weights(run: Path) -> bytes:
    return (run / "bundle" / "model.safetensors").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flipped bit", "truncated", "deleted"])
@pytest.mark.parametrize("name", ["state.safetensors", "state.json", "MANIFEST.json"])
def test_of_a_damaged_checkpoint_the_one_before_is_used_and_the_damage_named(
    name: str, damage: object, cut_off: tuple[Path, Path], photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    shutil.copytree(cut_off[0], tmp_path / "run")
    damage(tmp_path / "run" / "checkpoints" / "step-00000008" / name)  # type: ignore[operator]
    again = fit(photos, resume=True, **arguments(small_backbone, tmp_path / "run"))
    told = {finding.code: finding for finding in again.findings}
    skipped = told["checkpoint-skipped"]
    assert skipped.severity == "warning" and "step-00000008" in skipped.message
    # A wrong hash in a manifest is a wrong file to whoever compares the two.
    assert name in skipped.message or (name == "MANIFEST.json" and "state.safetensors" in skipped.message)
    assert "epoch 1, step 3" in told["resumed"].message
    assert weights(again.folder) == weights(cut_off[1])


@pytest.mark.slow
def test_if_all_are_damaged_the_run_begins_again_and_says_so(
    cut_off: tuple[Path, Path], photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    shutil.copytree(cut_off[0], tmp_path / "run")
    for checkpoint in (tmp_path / "run" / "checkpoints").iterdir():
        flip(checkpoint / "state.safetensors")
    again = fit(photos, resume=True, **arguments(small_backbone, tmp_path / "run"))
    skipped = [finding for finding in again.findings if finding.code == "checkpoint-skipped"]
    assert len(skipped) == 2 and all("from the beginning" in finding.remedy for finding in skipped)
    assert len(again.history) == 2 and weights(again.folder) == weights(cut_off[1])


def test_a_half_written_checkpoint_is_not_there(
    cut_off: tuple[Path, Path], photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    """What a killed writer leaves: a folder by another name. It is swept."""
    checkpoints = tmp_path / "run" / "checkpoints"
    shutil.copytree(cut_off[0], tmp_path / "run")
    litter = checkpoints / f".step-00000009.tmp-{dead_process()}-{_host()}00000000"
    shutil.copytree(checkpoints / "step-00000008", litter)
    again = fit(photos, resume=True, **arguments(small_backbone, tmp_path / "run"))
    assert "checkpoint-skipped" not in {finding.code for finding in again.findings}
    assert [path.name for path in checkpoints.iterdir()] == ["step-00000008"], "the last one, of the weights alone"
    assert weights(again.folder) == weights(cut_off[1])


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    return child.pid


def test_a_finished_run_that_is_resumed_is_the_same_run_again(
    cut_off: tuple[Path, Path], photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    shutil.copytree(cut_off[1], tmp_path / "run")
    (checkpoint,) = (tmp_path / "run" / "checkpoints").iterdir()
    size = (checkpoint / "state.safetensors").stat().st_size
    assert size < 1.2 * len(weights(tmp_path / "run")), "the weights alone"
    again = fit(photos, resume=True, **arguments(small_backbone, tmp_path / "run"))
    assert "resumed after the last stage" in [finding.message for finding in again.findings]
    assert [row.epoch for row in again.history] == [1, 2] and weights(again.folder) == weights(cut_off[1])
