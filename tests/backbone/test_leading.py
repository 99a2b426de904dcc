"""The first blocks of a backbone are a backbone: their features are the pooled activation, and a bundle holds them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.leading import boundary_named, last_block, leading, middle
from ghep.errors import BackboneError, ConfigError
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from small_bert import small_bert
from tiny import ARCHITECTURE, BLOCKS, tiny_backbone, tiny_tasks

POOLED = ("resnet10t", "test_efficientnet", "test_vit", "test_convnext", "test_byobnet")


def saved_and_loaded(backbone: Backbone, folder: Path) -> Backbone:
    model = TransferModel(backbone, tiny_tasks())
    save_bundle(folder, model, calibration={}, training={}, metrics={}, card="")
    return load_bundle(folder).model.backbone


@pytest.mark.parametrize("boundary", range(1, BLOCKS))
def test_features_are_the_mean_of_the_activation(boundary: int) -> None:
    whole, pixels = tiny_backbone(), torch.randn(4, 3, 16, 16)
    part = leading(whole, boundary)
    with torch.no_grad():
        expected = whole.eval().forward_to(pixels, boundary).mean((2, 3))
        torch.testing.assert_close(part.eval()(pixels), expected)
    assert part.feature_dim == expected.shape[1] and last_block(part) == whole.blocks()[boundary - 1].name
    assert last_block(whole) == whole.blocks()[-1].name


@pytest.mark.slow
@pytest.mark.parametrize("name", POOLED)
def test_other_families_end_in_the_middle_too(name: str, tmp_path: Path) -> None:
    whole = load_backbone(f"timm/{name}", random_weights=True)
    pixels = whole.preprocess.sample(2, 0)
    assert middle(whole), "there is a middle"
    for boundary in middle(whole):
        part = leading(whole, boundary).eval()
        with torch.no_grad():
            activation, found = whole.eval().forward_to(pixels, boundary), part(pixels)
        assert found.shape == (2, part.feature_dim) and torch.isfinite(found).all()
        if activation.ndim == 4 and name != "test_convnext":
            torch.testing.assert_close(found, activation.mean((2, 3)), atol=1e-5, rtol=1e-4)
        assert 1 <= len(part.blocks()) <= len(whole.blocks())
    again = saved_and_loaded(part, tmp_path / "bundle")
    with torch.no_grad():
        assert torch.equal(again(pixels), part(pixels))


def test_the_last_boundary_is_the_backbone_itself_and_the_whole_is_unchanged() -> None:
    whole = tiny_backbone()
    before = whole.fingerprints()
    assert leading(whole, BLOCKS) is whole
    part = leading(whole, 1)
    with torch.no_grad():
        next(part.parameters()).add_(1)
    assert whole.fingerprints() == before, "a network of its own"


def test_a_part_of_a_part_is_a_part_of_the_whole() -> None:
    whole, pixels = tiny_backbone(), torch.randn(4, 3, 16, 16)
    twice, once = leading(leading(whole, 2), 1), leading(whole, 1)
    with torch.no_grad():
        assert torch.equal(twice.eval()(pixels), once.eval()(pixels))
    assert twice.architecture.arguments["of"] == ARCHITECTURE.to_json()


def test_random_weights_of_a_part_depend_on_the_seed() -> None:
    architecture = leading(tiny_backbone(), 1).architecture
    one, same, other = (next(architecture.build(seed=seed).parameters()) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_an_architecture_of_parts_of_parts_is_refused() -> None:
    architecture = leading(tiny_backbone(), 1).architecture
    nested = Architecture(architecture.builder, "x", {"of": architecture.to_json(), "replaced": []})
    with pytest.raises(BackboneError, match="first blocks of the first blocks"):
        nested.build()


def test_texts_have_fewer_layers(tmp_path: Path) -> None:
    whole = load_backbone(small_bert(tmp_path / "bert"))
    part, inputs = leading(whole, 2), whole.preprocess.sample(3, 7)
    with torch.no_grad():
        activation, found = whole.eval().forward_to(inputs, 2), part.eval()(inputs)
    mask = activation.mask[..., None]
    torch.testing.assert_close(found, (activation.values * mask).sum(1) / mask.sum(1))
    assert len(part.blocks()) == 2 and part.architecture.builder == "transformers"
    with pytest.raises(BackboneError, match="embeddings"):
        leading(whole, 1)


def test_blocks_have_names_and_numbers() -> None:
    whole = tiny_backbone()
    assert [boundary_named(whole, name) for name in ("conv1", "layer2", "1", "3")] == [1, 3, 1, 3]
    for wrong in ("0", "4", "layer9", "-1", " "):
        with pytest.raises(ConfigError, match="conv1, layer1 and layer2"):
            boundary_named(whole, wrong)


def test_word_vectors_have_no_earlier_block(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\n")
    whole = load_backbone(str(tmp_path / "v.txt"))
    assert leading(whole, 1) is whole and middle(whole) == ()


def test_modes_and_device_are_kept() -> None:
    whole = tiny_backbone()
    part = leading(copy.deepcopy(whole), 2)
    assert next(part.parameters()).device == next(whole.parameters()).device
