"""Image sizes other than that of the pretraining: built, loaded, saved in the bundle, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ghep.backbone.architecture import Architecture
from ghep.backbone.catalog import load_backbone
from ghep.errors import BackboneError, ConfigError

VIT = {"patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 2, "img_size": 32}


def saved(root: Path, name: str, size: int, **arguments: Any) -> Path:
    """A weight file of a timm architecture, with its json."""
    net = Architecture("timm", name, arguments).build()
    path = root / f"{name}.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in net.state_dict().items()}, path)
    card = {"architecture": name, "model_args": arguments, "input_size": [3, size, size], "crop_pct": 0.8}
    rest = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    path.with_suffix(".json").write_text(json.dumps(card | rest))
    return path


@pytest.mark.parametrize("size", [48, 32])
@pytest.mark.parametrize(("name", "arguments"), [("vit_tiny_patch16_224", VIT), ("mobilenetv3_small_050", {})])
def test_a_backbone_takes_images_of_the_size_asked_for(
    tmp_path: Path, name: str, arguments: dict[str, Any], size: int
) -> None:
    path = saved(tmp_path, name, 32, **arguments)
    backbone = load_backbone(str(path), image_size=size)
    assert (backbone.preprocess.height, backbone.preprocess.width) == (size, size)
    assert backbone.preprocess.resize_to == size * 40 // 32, "the same share is cropped"
    assert backbone.preprocess.mean == (0.5, 0.5, 0.5) and backbone.preprocess.interpolation == "bicubic"
    assert backbone(torch.rand(2, 3, size, size)).shape == (2, backbone.feature_dim)
    codes = {finding.code for finding in backbone.findings}
    assert not {"image-size-far", "preprocessing-assumed"} & codes
    again = backbone.architecture.build()
    again.load_state_dict(backbone.net.state_dict())
    assert torch.equal(again.eval()(torch.ones(1, 3, size, size)), backbone.net.eval()(torch.ones(1, 3, size, size)))


def test_positions_of_a_vit_are_resampled_and_all_else_is_as_saved(tmp_path: Path) -> None:
    path = saved(tmp_path, "vit_tiny_patch16_224", 32, **VIT)
    native, larger = load_backbone(str(path)), load_backbone(str(path), image_size=64)
    assert native.net.pos_embed.shape == (1, 17, 24) and larger.net.pos_embed.shape == (1, 65, 24)
    grids = [net.pos_embed[0, 1:].T.reshape(24, side, side) for net, side in ((native.net, 4), (larger.net, 8))]
    assert np.corrcoef(grids[0][:, 1:3, 1:3].detach().ravel(), grids[1][:, 2:6:2, 2:6:2].detach().ravel())[0, 1] > 0.5
    for name, tensor in native.net.state_dict().items():
        assert name == "pos_embed" or torch.equal(tensor, larger.net.state_dict()[name])


@pytest.mark.parametrize(
    ("name", "arguments", "size", "said"),
    [
        ("vit_tiny_patch16_224", VIT, 36, "into patches of 8 pixels; 36 is not a multiple"),
        ("vit_tiny_patch16_224", VIT, 4, "4"),
        ("inception_v3", {}, 20, "cannot take images of 20 x 20 pixels"),
    ],
)
def test_a_size_that_a_network_cannot_take_is_refused(
    tmp_path: Path, name: str, arguments: dict[str, Any], size: int, said: str
) -> None:
    with pytest.raises(BackboneError, match=said) as caught:
        if name == "inception_v3":
            load_backbone(f"timm/{name}", image_size=size, random_weights=True)
        else:
            load_backbone(str(saved(tmp_path, name, 32, **arguments)), image_size=size)
    assert caught.value.remedy


@pytest.mark.slow
def test_a_size_far_from_the_pretrained_one_is_a_finding() -> None:
    (found,) = (one for one in load_backbone("seedling", image_size=200).findings if one.code == "image-size-far")
    assert (
        found.severity == "warning"
        and "to 200 x 200 px, but seedling was pretrained with images of 96 x 96 px" in found.message
    )
    assert "from 48 to 192" in found.remedy
    near = load_backbone("seedling", image_size=64)
    assert near.preprocess.height == 64 and not [one for one in near.findings if one.code == "image-size-far"]
    random = load_backbone("seedling", image_size=200, random_weights=True)
    assert random.preprocess.height == 200 and not random.findings


def test_texts_have_no_image_size(tmp_path: Path) -> None:
    vectors = tmp_path / "glove.txt"
    vectors.write_text("\n".join(f"word{at} 0.{at} 0.5 0.1" for at in range(1, 9)) + "\n")
    with pytest.raises(ConfigError, match="reads texts and has no image_size"):
        load_backbone(str(vectors), image_size=64)
