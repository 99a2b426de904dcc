"""Judges: found by name, independent of the model, and of weights that are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import ghep
from ghep.errors import ConfigError
from ghep.explanation.ideal import judging
from ghep.explanation.ideal.judging import judge_for
from ghep.explanation.subject import Subject
from tiny import tiny_backbone

WEIGHTS = Path(__file__).parents[4] / "shared" / "weights"
V2, V1 = (WEIGHTS / f"{name}.imagenet.safetensors" for name in ("mobilenetv2_100", "mobilenetv1_075"))


def subject(seed: int, labels: tuple[str, ...]) -> Subject:
    backbone = tiny_backbone(seed)
    return Subject(f"model {seed}", backbone, torch.nn.Linear(backbone.feature_dim, len(labels)), labels)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, Subject]:
    known = {
        "cats": subject(1, ("tabby, tabby cat", "tiger cat", "dog")),
        "birds": subject(2, ("crane", "crane", "kite, hawk")),
    }
    monkeypatch.setattr(judging, "subject_of", lambda name, task=None: known[str(name)])
    return known


def test_labels_are_matched_by_synonym_and_never_by_chance(models: dict[str, Subject]) -> None:
    mine = subject(0, ("Tabby", "cat", "hawk", "crane"))
    judge, findings = judge_for(mine, mine.labels, "cats")
    assert judge is not None and judge.indexes == {"Tabby": 0}
    assert [one.code for one in findings] == ["ideal-judge-lacks-labels"]
    judge, _ = judge_for(mine, mine.labels, "birds")
    assert judge is not None and judge.indexes == {"hawk": 2, "crane": 0}
    with pytest.raises(ConfigError, match="has no class called cat"):
        judge_for(mine, ["cat"], "cats")
    assert len(models) == 2


def test_a_judge_with_the_same_weights_is_refused_and_one_with_some_is_reported(models: dict[str, Subject]) -> None:
    mine = subject(1, ("tabby", "dog"))
    with pytest.raises(ConfigError, match="same backbone weights"):
        judge_for(mine, ["dog"], "cats")
    tuned = subject(1, ("tabby", "dog"))
    with torch.no_grad():
        tuned.backbone.net.layer2[0].conv1.weight.mul_(1.01)
    judge, (said,) = judge_for(tuned, ["dog"], "cats")
    assert judge is not None and said.code == "ideal-judge-shares-weights" and 0 < said.params["share"] < 1
    assert replace(judge, subject=models["birds"]).name == "model 2"


@pytest.mark.slow
@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="needs the shared weights")
def test_another_network_recognises_the_zebra_of_fourier_only() -> None:
    """The central claim: the model is certain of all its images, and an independent network only of the good way's."""
    good = ghep.ideal(V2, "zebra", ways="fourier", judge=V1, device="cpu")
    others = ghep.ideal(V2, "zebra", ways="pixels_tv", steps=64, judge=V1, device="cpu")
    images = (*good.images, *others.images)
    assert all(one.own.value > 0.95 and one.own.top for one in images)
    judged = {one.way: one.judged for one in images}
    assert judged["fourier"].top and judged["fourier"].value > 0.3
    assert judged["pixels_tv"].value < 0.05
