"""The model under study: the logits of a bundle or of a backbone's own classifier, from pixels, with gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ghep
from ghep.data.image.differentiable import pixels_of
from ghep.errors import ConfigError
from ghep.explanation.subject import subject_of

WEIGHTS = Path(__file__).parents[3] / "shared" / "weights"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subject")
    rng = np.random.default_rng(0)
    for label, level in (("dark", 60), ("light", 180)):
        (folder / "photos" / label).mkdir(parents=True)
        for i in range(12):
            pixels = (rng.integers(0, 60, (40, 50, 3)) + level).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / label / f"{i}.png")
    run = ghep.fit(folder / "photos", backbone="seedling", out=folder / "run", cache_dir=folder / "cache")
    return Path(run.bundle)


@pytest.mark.slow
def test_probabilities_are_those_of_predict(bundle: Path) -> None:
    photos = sorted((bundle.parents[1] / "photos").rglob("*.png"))[:6]
    expected = ghep.load(bundle).predict_proba(photos)
    subject = subject_of(bundle)
    transform = subject.transform(40, 50)
    with subject.in_use():
        inputs = torch.cat([transform(pixels_of(Image.open(one))) for one in photos])
        found = subject.probabilities(subject.logits(inputs))
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-3)
    assert subject.classes == subject.labels == ("dark", "light")


def test_the_model_is_left_as_it_was(bundle: Path) -> None:
    subject = subject_of(bundle)
    subject.backbone.train()
    before = subject.backbone.fingerprints()
    wanted = [parameter.requires_grad for parameter in subject.backbone.parameters()]
    with pytest.raises(KeyError), subject.in_use() as backbone:
        assert not backbone.training and not any(one.requires_grad for one in subject.head.parameters())
        raise KeyError
    assert subject.backbone.training and subject.backbone.fingerprints() == before
    assert [parameter.requires_grad for parameter in subject.backbone.parameters()] == wanted


def test_labels_are_found_by_name(bundle: Path) -> None:
    subject = subject_of(bundle)
    assert (subject.index_of("light"), subject.index_of("Dark")) == (1, 0)
    with pytest.raises(ConfigError, match='no class called "lihgt"'):
        subject.index_of("lihgt")


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="needs the shared weights")
def test_a_backbone_has_the_classifier_of_its_pretraining() -> None:
    subject = subject_of(WEIGHTS / "mobilenetv2_100.imagenet.safetensors")
    assert len(subject.labels) == 1000
    assert subject.labels[subject.index_of("zebra")] == "zebra"
    assert "tiger cat" in subject.labels[subject.index_of("tiger cat")]
