"""A run that keeps what its backbone knew: what is refused, what is recorded, what is deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ghep.backbone.architecture import Architecture
from ghep.errors import ConfigError
from ghep.experiment.fit import fit

ARGUMENTS = {"widths": [8, 16], "depths": [1, 1], "stem_stride": 2, "shortcut": "project"}
NUMBERS = {"input_size": [3, 32, 32], "crop_pct": 1.0, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
QUICK = {"precision": "float32", "workers": 1, "control": False}
TRAINED = {"epochs": 3, "batch_size": 8, "lr": 5e-3, "augment": "none"}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two files of weights, ``headed`` with the classifier of five source classes and ``bare`` without one."""
    folder = tmp_path_factory.mktemp("weights")
    generator = torch.Generator().manual_seed(0)
    head = {"fc.weight": torch.randn(5, 16, generator=generator), "fc.bias": torch.zeros(5)}
    for name, more in (("headed", head), ("bare", {})):
        state = Architecture("small-resnet", "small", ARGUMENTS).build(seed=1).state_dict()
        save_file({**state, **more}, folder / f"{name}.safetensors")
        card = {"builder": "small-resnet", "name": "small", "arguments": ARGUMENTS, **NUMBERS}
        (folder / f"{name}.json").write_text(json.dumps(card))
    return {name: str(folder / f"{name}.safetensors") for name in ("headed", "bare")}


def test_wise_records_alpha_with_its_scores_and_deploys_what_it_chose(
    photos: Path, pretrained: dict[str, str], tmp_path: Path
) -> None:
    run = fit(photos, backbone=pretrained["bare"], strategy="full+wise", out=tmp_path / "run", **QUICK, **TRAINED)
    metrics = json.loads((run.folder / "metrics.json").read_text())
    rows, alpha = metrics["interpolated"]["valid"], metrics["interpolated"]["alpha"]
    assert [row["alpha"] for row in rows] == [step / 10 for step in range(11)]
    chosen = next(row for row in rows if row["alpha"] == alpha)
    assert chosen["score"] == pytest.approx(metrics["scores"]["valid"]["label"]["accuracy"]["value"])
    kept = [row["kept"] for row in rows]
    assert kept[0] == pytest.approx(1.0) and min(kept) < 1.0, "measured at every alpha"
    if alpha > 0:
        assert chosen["kept"] == pytest.approx(metrics["forgetting"]["kept"])
    assert "wise" in {finding.code for finding in run.findings}
    plan = json.loads((run.folder / "plan.json").read_text())
    assert plan["interpolation"] == {"alpha": None, "class_weights": False}


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_both_ends_are_deployed_and_proved(
    alpha: float, photos: Path, pretrained: dict[str, str], tmp_path: Path
) -> None:
    settings = {**QUICK, **TRAINED, "backbone": pretrained["bare"], "deterministic": True}
    kept = fit(photos, strategy="full", keep="wise", keep_alpha=alpha, out=tmp_path / "kept", **settings)
    free = {name: value for name, value in settings.items() if alpha or name not in TRAINED}
    end = fit(photos, strategy="full" if alpha else "linear_probe", out=tmp_path / "end", **free)
    one, other = (load_file(run.bundle / "model.safetensors") for run in (kept, end))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert set(kept.proof.values()) == ({"moved"} if alpha else {"frozen"})
    assert "thawed-but-still" not in {finding.code for finding in kept.findings}


def test_lwf_needs_the_classifier_of_the_source(photos: Path, pretrained: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="classifier that small was pretrained with") as refused:
        fit(photos, backbone=pretrained["bare"], strategy="full", keep="lwf", out=tmp_path / "run", **QUICK)
    assert "keep=wise" in refused.value.remedy
    run = fit(photos, backbone=pretrained["headed"], strategy="full+lwf", out=tmp_path / "run", **QUICK, **TRAINED)
    plan = json.loads((run.folder / "plan.json").read_text())
    assert plan["stages"][0]["keep"] == {"method": "lwf", "weight": 1.0}


def test_a_backbone_with_random_weights_has_nothing_to_keep(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="random"):
        fit(photos, backbone=small_backbone, strategy="full", keep="wise", out=tmp_path / "run", **QUICK)


@pytest.mark.parametrize(
    ("strategy", "settings", "said"),
    [
        ("full+ewc", {}, "unknown variant"),
        ("full+wise", {"keep": "l2sp"}, "contradicts"),
        ("linear_probe+wise", {}, "changes no pretrained weight"),
    ],
)
def test_a_variant_that_cannot_be_is_refused(
    strategy: str, settings: dict[str, str], said: str, photos: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        fit(photos, strategy=strategy, out=tmp_path / "run", **settings)
    assert refused.value.remedy
