"""A run on the features of an earlier block: named, numbered or chosen on valid; its bundle is like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import ghep
from ghep.backbone.installed import SEEDLING
from ghep.cli.app import run as command
from ghep.errors import ConfigError
from ghep.experiment.evaluation import evaluate
from ghep.export.runtime import load
from ghep.model.bundle import load_bundle


def fitted(photos: Path, backbone: str, folder: Path, **options: object) -> ghep.Run:
    return ghep.fit(photos, backbone=backbone, out=folder, engine="torch-float32", **options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_named_block_and_its_number_are_the_same(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    named = fitted(photos, small_backbone, tmp_path / "named", boundary="layer1")
    numbered = fitted(photos, small_backbone, tmp_path / "numbered", boundary=2)
    assert list(named.proof) == ["conv1", "layer1"]
    one, other = (ghep.load(run.bundle) for run in (named, numbered))
    files = sorted((photos / "test").rglob("*.png"))
    assert [p.probability for p in one.predict(files)] == [p.probability for p in other.predict(files)]
    assert load_bundle(Path(named.bundle)).model.backbone.feature_dim == 8, "not the 16 of the last block"


@pytest.mark.slow
def test_auto_takes_the_block_that_is_best_on_valid(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fitted(photos, small_backbone, tmp_path / "run", boundary="auto")
    (finding,) = [one for one in run.findings if one.code == "boundary-chosen"]
    scores = {name: float(score) for name, score in (item.rsplit(": ", 1) for item in finding.items)}
    assert set(scores) == {"layer1", "layer2"} and scores[finding.params["block"]] == max(scores.values())
    again = fitted(photos, small_backbone, tmp_path / "again", boundary=finding.params["block"])
    assert again.accuracy == run.accuracy


@pytest.mark.slow
def test_a_bundle_of_an_earlier_block_is_a_bundle(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fitted(photos, small_backbone, tmp_path / "run", boundary="layer1")
    config = json.loads((Path(run.bundle) / "config.json").read_text(encoding="utf-8"))
    assert config["backbone"]["card"]["details"]["features_of"] == "layer1"
    assert evaluate(run.bundle, photos).results[0].score("accuracy").value == run.accuracy.value
    tuned = fitted(photos, str(run.bundle), tmp_path / "tuned", strategy="full", epochs=1)
    assert set(tuned.proof.values()) == {"moved"} and list(tuned.proof) == ["conv1", "layer1"]


@pytest.mark.slow
def test_it_exports_and_explains(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fitted(photos, small_backbone, tmp_path / "run", boundary="layer1")
    files = sorted((photos / "test").rglob("*.png"))[:4]
    ghep.export_bundle(run.bundle, "onnx", out=tmp_path / "onnx", data=photos)
    one, other = ghep.load(run.bundle).predict(files), load(tmp_path / "onnx").predict(files)
    assert [p.label for p in one] == [p.label for p in other]
    np.testing.assert_allclose([p.probability for p in one], [p.probability for p in other], atol=1e-5)
    assert command(["explain", str(run.bundle), str(files[0]), "--out", str(tmp_path / "explained")]) == 0


def test_what_cannot_be_is_refused(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="conv1, layer1 and layer2") as found:
        fitted(photos, small_backbone, tmp_path / "run", boundary="layer9")
    assert found.value.code == "boundary-unknown" and not (tmp_path / "run" / "bundle").exists()
    for wrong in (0, -1, 1.5, "", True):
        with pytest.raises(ConfigError, match="boundary="):
            fitted(photos, small_backbone, tmp_path / "run", boundary=wrong)


def test_auto_needs_valid(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    images = {"train": sorted((photos / "train").rglob("*.png"))[::20]}
    data = {"train": {"path": list(map(str, images["train"])), "label": [p.parent.name for p in images["train"]]}}
    with pytest.raises(ConfigError) as found:
        fitted(data, small_backbone, tmp_path / "run", boundary="auto", path_column="path", label_columns=["label"])  # type: ignore[arg-type]
    assert found.value.code == "boundary-needs-valid"


@pytest.mark.slow
def test_healthy_runs_have_no_such_findings(photos: Path, tmp_path: Path) -> None:
    run = fitted(photos, "seedling", tmp_path / "run")
    poor = [one for one in run.findings if one.code.startswith(("features-", "weights-", "preprocessing-does"))]
    assert poor == []


@pytest.mark.slow
def test_shuffled_weights_are_named_by_the_run(photos: Path, tmp_path: Path) -> None:
    """The real path: a weight file in which every tensor is there, with its entries in another order."""
    state = load_file(SEEDLING / "model.safetensors")
    generator = torch.Generator().manual_seed(0)
    for name, tensor in state.items():
        order = torch.randperm(tensor.numel(), generator=generator)
        state[name] = tensor.flatten()[order].reshape(tensor.shape).contiguous()
    config = json.loads((SEEDLING / "config.json").read_text(encoding="utf-8"))["backbone"]["architecture"]
    state = {name.removeprefix("backbone."): one for name, one in state.items() if name.startswith("backbone.")}
    save_file(state, tmp_path / "w.safetensors")
    (tmp_path / "w.json").write_text(json.dumps(config))
    run = fitted(photos, str(tmp_path / "w.safetensors"), tmp_path / "run")
    assert "weights-without-structure" in {one.code for one in run.findings}
