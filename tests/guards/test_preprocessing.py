"""Wrong preprocessing is named, with the way that fits; unusual images alone are no reason for doubt."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from ghep.backbone.base import Backbone
from ghep.data.image.preprocess import IMAGENET_MEAN, IMAGENET_STD, ImagePreprocess
from ghep.data.loading.batches import LabelledExamples
from ghep.guards.preprocessing import CLEARLY, check_preprocessing
from ghep.storage.text import plain
from tiny import SIZE, tiny_backbone
from tiny_transformer import tiny_transformer

TRUE = ImagePreprocess(SIZE, SIZE, SIZE, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def photos(n: int = 40, *, seed: int = 0) -> LabelledExamples:
    """Coarse patches, warmer than cold: colours are not exchangeable."""
    from ghep.types import Example

    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (n, 4, 4, 3)) * 50 + rng.normal(0, 30, (n, 1, 1, 1)) + np.array([160, 120, 70])
    pixels = np.clip(np.kron(coarse, np.ones((1, SIZE // 4, SIZE // 4, 1))), 0, 255).astype(np.uint8)
    examples = tuple(Example(f"{place}", raw, {}) for place, raw in enumerate(pixels))
    return LabelledExamples(examples, {}, lambda example: np.asarray(example.raw), TRUE)


@pytest.fixture(scope="module")
def pretrained() -> Backbone:
    """A network whose statistics are of such photos, prepared with ImageNet's mean and standard deviation."""
    backbone = tiny_backbone()
    backbone.preprocess = TRUE
    data = photos(64, seed=9)
    inputs = TRUE.collate([data.prepared(one) for one in data.examples])
    with torch.no_grad():
        for _ in range(40):
            backbone.net.train()(inputs)
    return backbone


def found(backbone: Backbone, *, mean: float, std: float) -> list[tuple[str, object]]:
    wrong = dataclasses.replace(TRUE, mean=(mean,) * 3, std=(std,) * 3)
    before, backbone.preprocess = backbone.preprocess, wrong
    check = check_preprocessing(backbone, dataclasses.replace(photos(), preprocess=wrong))
    backbone.preprocess = before
    return [(finding.code, finding.params["closest"]["params"]["way"]) for finding in check.findings]


def test_the_right_preprocessing_is_not_doubted(pretrained: Backbone) -> None:
    check = check_preprocessing(pretrained, photos())
    assert check.findings == () and check.distances["given"] < 0.2
    assert "tiny" in check.summary and json.dumps(plain(check.to_json()))


def test_wrong_preprocessing_is_named_with_the_way_that_fits(pretrained: Backbone) -> None:
    expected = [("preprocessing-does-not-fit", "imagenet")]
    assert found(pretrained, mean=0.0, std=1 / 255) == expected, "from 0 to 255"
    assert found(pretrained, mean=0.0, std=1.0) == expected, "from 0 to 1"


def test_exchanged_colours_are_named(pretrained: Backbone) -> None:
    """As weights of a network that was trained on blue, green, red."""
    with torch.no_grad():
        first = pretrained.net.conv1.weight
        first.copy_(first.flip(1))
        check = check_preprocessing(pretrained, photos())
        first.copy_(first.flip(1))
    (finding,) = check.findings
    assert finding.code == "preprocessing-does-not-fit" and "blue, green, red" in finding.message
    assert check.colour_ratio < CLEARLY < check_preprocessing(pretrained, photos()).colour_ratio


def test_noise_is_strange_but_no_preprocessing_would_help(pretrained: Backbone) -> None:
    rng, data = np.random.default_rng(0), photos()
    noise = {one.id: rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8) for one in data.examples}
    strange = dataclasses.replace(data, prepared=lambda example: noise[example.id])
    assert check_preprocessing(pretrained, strange).findings == ()


def test_without_statistics_nothing_is_said() -> None:
    backbone = tiny_transformer().backbone
    check = check_preprocessing(backbone, photos())
    assert check.findings == () and check.distances == {} and "not judged" in check.summary


def test_nothing_is_changed(pretrained: Backbone) -> None:
    before = pretrained.fingerprints()
    check_preprocessing(pretrained, photos())
    assert pretrained.fingerprints() == before
