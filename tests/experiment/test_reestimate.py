"""Re-estimated BatchNorm statistics: before anything else, part of every proof, key and file, and tried by advice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import ghep
from ghep.backbone.architecture import Architecture
from ghep.backbone.batch_norm import norm_layers
from ghep.backbone.catalog import load_backbone
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import ConfigError, Interrupted
from ghep.experiment.fit import fit
from ghep.strategy.catalog import strategy_named
from ghep.training.stop import StopRequest

QUICK: dict[str, Any] = {"workers": 1, "engine": "torch-float32"}
ARGUMENTS = {"widths": [8, 16], "depths": [1, 1], "stem_stride": 2, "shortcut": "project"}
NUMBERS = {"input_size": [3, 32, 32], "crop_pct": 1.0, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}


@pytest.fixture(scope="module")
def of_dark(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights whose BatchNorm statistics are of dark, smooth images: photos of stripes do not look like them."""
    folder = tmp_path_factory.mktemp("weights")
    net = Architecture("small-resnet", "small", ARGUMENTS).build(seed=1)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for _ in range(40):
            net.train()(torch.randn(32, 3, 32, 32, generator=generator) * 0.05 - 1.5)
    save_file(net.state_dict(), folder / "dark.safetensors")
    card = {"builder": "small-resnet", "name": "small", "arguments": ARGUMENTS, **NUMBERS}
    (folder / "dark.json").write_text(json.dumps(card))
    return str(folder / "dark.safetensors")


def statistics(file: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in load_file(file).items() if ".running_" in name}


def codes(run: ghep.Run) -> set[str]:
    return {finding.code for finding in run.findings}


@pytest.mark.slow
def test_the_bundle_has_the_statistics_of_the_training_images(photos: Path, of_dark: str, tmp_path: Path) -> None:
    plain = fit(photos, backbone=of_dark, out=tmp_path / "plain", **QUICK)
    run = fit(photos, backbone=of_dark, batch_norm="reestimate", out=tmp_path / "run", **QUICK)
    before, after = (statistics(one.bundle / "model.safetensors") for one in (plain, run))
    assert before.keys() == after.keys() and not any(torch.equal(before[name], after[name]) for name in before)
    assert set(run.proof.values()) == {"frozen"}, "the proof compares with the re-estimated state"
    assert "domain-mismatch" in codes(plain) and "domain-mismatch" not in codes(run)
    assert "batch-norm-reestimated" in codes(run) and "settings-unused" not in codes(run)
    assert "BatchNorm statistics of 60 training images" in (run.bundle / "README.md").read_text(encoding="utf-8")
    # The first layer's mean is that of the convolved training images.
    backbone = load_backbone(of_dark)
    assert isinstance(backbone.preprocess, ImagePreprocess)
    files = sorted((photos / "train").rglob("*.png"))
    pixels = [backbone.preprocess.view(backbone.preprocess.decode(file), None, None) for file in files]
    with torch.no_grad():
        maps = backbone.net.get_submodule("conv1")(backbone.preprocess.collate(pixels))
    name, _ = next(iter(norm_layers(backbone).items()))
    assert torch.allclose(after[f"backbone.{name}.running_mean"], maps.mean((0, 2, 3)), atol=1e-4)


@pytest.mark.slow
def test_stored_activations_are_of_the_statistics(photos: Path, of_dark: str, tmp_path: Path) -> None:
    given = {"backbone": of_dark, "cache_dir": tmp_path / "store", **QUICK}
    computed = {}
    for name, batch_norm in (("plain", "auto"), ("one", "reestimate"), ("two", "reestimate")):
        run = fit(photos, batch_norm=batch_norm, out=tmp_path / name, **given)
        computed[name] = sum(one["computed"] for one in run.frozen_part["passes"])
    assert computed["one"] == computed["plain"] > 0 == computed["two"], "a second run finds those of the first"


class AskedAt(StopRequest):
    """Asked for after the k-th step."""

    def __init__(self, k: int) -> None:
        self.left = k
        super().__init__()

    @property
    def asked(self) -> bool:
        self.left -= 1
        return self.left < 0

    @asked.setter
    def asked(self, value: bool) -> None: ...


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(photos: Path, of_dark: str, tmp_path: Path) -> None:
    given = {"backbone": of_dark, "strategy": "light+reestimate", "epochs": 2, "batch_size": 16, "deterministic": True}
    given |= {**QUICK, "checkpoint_seconds": 0.0, "cache_dir": tmp_path / "store"}
    whole = fit(photos, out=tmp_path / "whole", **given)
    with pytest.raises(Interrupted):
        fit(photos, out=tmp_path / "run", stop=AskedAt(3), **given)
    resumed = fit(photos, out=tmp_path / "run", resume=True, **given)
    one, other = (load_file(run.bundle / "model.safetensors") for run in (whole, resumed))
    assert "resumed" in codes(resumed)
    assert all(torch.equal(one[name], other[name]) for name in one)
    kinds = list(resumed.proof.values())
    assert kinds[0] == "frozen" and kinds[-1] == "moved"


def test_a_name_with_reestimate_is_the_strategy_with_the_setting() -> None:
    assert strategy_named("light+reestimate") == strategy_named("light", batch_norm="reestimate")
    assert strategy_named("probe+reestimate", epochs=None) == strategy_named("linear_probe", batch_norm="reestimate")
    with pytest.raises(ConfigError, match="batch_norm=keep"):
        strategy_named("light+reestimate", batch_norm="keep")
    with pytest.raises(ConfigError, match="lighter"):
        strategy_named("lighter+reestimate")


@pytest.mark.slow
def test_advice_tries_it_where_the_images_do_not_look_like_the_source_data(
    photos: Path, of_dark: str, tmp_path: Path
) -> None:
    advice = ghep.advise(photos, backbones=[of_dark], shipped=False, cache_dir=tmp_path / "store", **QUICK)
    by_name = {one.name: one for one in advice.candidates}
    assert set(by_name) == {"dark", "dark +reestimate"}
    assert "domain-mismatch" in {one.code for one in by_name["dark"].findings}
    (tried,) = (one for one in advice.findings if one.code == "batch-norm-tried")
    assert f"{by_name['dark +reestimate'].probe.accuracy:.3f} instead of" in tried.message
    best = advice.candidates[0]
    assert advice.strategy.endswith("+reestimate") == (best.batch_norm == "reestimate")
    run = fit(
        photos,
        backbone=of_dark,
        strategy="linear_probe+reestimate",
        out=tmp_path / "run",
        **QUICK,
        cache_dir=tmp_path / "store",
    )
    assert sum(one["computed"] for one in run.frozen_part["passes"]) == 0, "a run finds the features of the advice"


def test_texts_and_networks_without_batch_norm_report_that_it_has_no_effect() -> None:
    from ghep.strategy.derive import Situation

    situation = Situation(24, ("a", "b", "c"), batch_norm=False, has_valid=True)
    for name in ("linear_probe", "full"):
        plan = strategy_named(name, batch_norm="reestimate").plan(situation)
        assert [one.code for one in plan.findings] == ["settings-unused"]
        assert "batch_norm" in plan.findings[0].message
