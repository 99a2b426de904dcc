"""Trained weights are told from the same numbers in random order, without data and whatever the network."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.guards.weight_structure import UNTRAINED, check_weights, excess_of
from ghep.storage.text import plain


@pytest.fixture
def trained() -> Backbone:
    return load_backbone("seedling")


def shuffle(backbone: Backbone, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in (*backbone.net.parameters(), *backbone.net.buffers()):
            order = torch.randperm(tensor.numel(), generator=generator)
            tensor.copy_(tensor.flatten()[order].reshape(tensor.shape))


def test_trained_weights_are_not_doubted(trained: Backbone) -> None:
    check = check_weights(trained)
    assert check.findings == () and check.excess > 3 * UNTRAINED and check.matrices >= 4
    assert "seedling" in check.summary and json.dumps(plain(check.to_json()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_weights_are_named(trained: Backbone, seed: int) -> None:
    shuffle(trained, seed)
    (finding,) = check_weights(trained).findings
    assert finding.code == "weights-without-structure" and len(finding.items) > 3 and finding.remedy


def test_random_weights_that_pass_for_pretrained_are_named() -> None:
    random = load_backbone("seedling", random_weights=True)
    assert check_weights(random).findings == (), "they are meant to be random"
    random.card = dataclasses.replace(random.card, pretrained=True)
    assert [finding.code for finding in check_weights(random).findings] == ["weights-without-structure"]


def test_networks_too_small_to_judge_are_not() -> None:
    from tiny import tiny_backbone

    check = check_weights(tiny_backbone())
    assert check.findings == () and np.isnan(check.excess) and "not judged" in check.summary


def test_nothing_is_changed(trained: Backbone) -> None:
    before = trained.fingerprints()
    check_weights(trained)
    assert trained.fingerprints() == before


def test_excess_is_that_of_the_largest_direction() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(200, 100))
    assert abs(excess_of(noise, rng)) < UNTRAINED
    planted = noise + 5 * np.outer(rng.normal(size=200), rng.normal(size=100)) / 10
    assert excess_of(planted, rng) > 10 * UNTRAINED
    assert excess_of(planted + 7, rng) == pytest.approx(excess_of(planted, rng), abs=0.05), "the mean does not count"
    assert np.isnan(excess_of(np.ones((20, 20)), rng))
