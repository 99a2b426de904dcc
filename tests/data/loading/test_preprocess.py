"""Pixels are bit-equal to timm's evaluation transform, also with settings from a bundle's file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ghep.data.image.preprocess import RESAMPLING, ImagePreprocess
from ghep.errors import BackboneError, BundleError

SIZES = [(37, 53), (53, 37), (301, 300), (20, 300), (224, 224), (1, 1), (333, 500)]  # (height, width)
NAMES = [
    "vgg16.tv_in1k",
    "resnet50.a1_in1k",
    "resnet18.a1_in1k",
    "inception_v3.tv_in1k",
    "mobilenetv2_100.ra_in1k",
    "mobilenetv3_small_050.lamb_in1k",
    "mobilenetv4_conv_small.e2400_r224_in1k",
    "efficientnet_b0.ra_in1k",
    "tf_efficientnetv2_s.in21k_ft_in1k",
    "convnext_tiny.fb_in22k",
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
    "vit_base_patch16_siglip_224.webli",  # squash
    "swin_tiny_patch4_window7_224.ms_in1k",
]


def images() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8)) for size in SIZES]


def ours(preprocess: ImagePreprocess, image: Image.Image) -> torch.Tensor:
    return preprocess.collate([preprocess.view(preprocess.prepare(image))])[0]


def assert_equals_timm(config: dict[str, Any], *, resample: bool = True) -> None:
    from timm.data import create_transform, resolve_data_config

    transform = create_transform(**resolve_data_config(pretrained_cfg=config), is_training=False)
    preprocess = ImagePreprocess.from_timm(config)
    for image in images():
        expected = transform(image)
        found = ours(preprocess, image)
        assert found.shape == expected.shape and torch.equal(found, expected), image.size


@pytest.mark.parametrize("name", NAMES)
def test_bit_equal_to_timms_transform(name: str) -> None:
    import timm

    assert_equals_timm(timm.get_pretrained_cfg(name).to_dict())


@pytest.mark.slow
def test_bit_equal_for_every_configuration_that_timm_has() -> None:
    """173 configurations in timm 1.0.31; the largest sizes are skipped for time, "border" is refused."""
    import timm

    configs: dict[tuple[Any, ...], dict[str, Any]] = {}
    keys = ("input_size", "crop_pct", "crop_mode", "interpolation", "mean", "std")
    for name in timm.list_pretrained():
        config = timm.get_pretrained_cfg(name).to_dict()
        configs.setdefault(tuple(config.get(key) for key in keys), config)
    compared = 0
    for config in configs.values():
        if config["crop_mode"] == "border":
            with pytest.raises(BackboneError, match="border"):
                ImagePreprocess.from_timm(config)
        elif config["input_size"][1] <= 288:
            assert_equals_timm(config)
            compared += 1
    assert compared > 50


def test_a_batch_equals_its_images_one_by_one() -> None:
    preprocess = ImagePreprocess(24, 24, 28)
    prepared = [preprocess.prepare(image) for image in images()]
    batch = preprocess.collate([preprocess.view(one) for one in prepared])
    assert batch.dtype == torch.float32 and batch.shape == (len(prepared), 3, 24, 24)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    for row, one in zip(batch, prepared, strict=True):
        assert torch.equal(row, preprocess.collate([preprocess.view(one)])[0])


def test_white_and_black_are_normalised_by_mean_and_std() -> None:
    preprocess = ImagePreprocess(2, 2, 2, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    black, white = (preprocess.collate([np.full((2, 2, 3), level, np.uint8)])[0, :, 0, 0] for level in (0, 255))
    assert black.tolist() == [-1.0, -1.0, 0.0] and white.tolist() == [1.0, 3.0, 0.5]


def test_a_side_shorter_than_the_crop_is_padded_with_black() -> None:
    preprocess = ImagePreprocess(8, 8, 4)
    view = preprocess.view(preprocess.prepare(Image.new("RGB", (4, 4), "white")))
    assert view.shape == (8, 8, 3) and view[2:6, 2:6].min() == 255 and view.sum() == 255 * 48


def test_extreme_shapes_never_lose_their_last_pixel() -> None:
    for size in ((1, 256), (256, 1)):
        prepared = ImagePreprocess(16, 16, 16).prepare(Image.new("RGB", size))
        assert min(prepared.shape[:2]) == 16


@pytest.mark.parametrize("interpolation", sorted(RESAMPLING))
@pytest.mark.parametrize("crop_mode", ["center", "squash"])
def test_json_round_trip(interpolation: str, crop_mode: str) -> None:
    preprocess = ImagePreprocess(20, 30, 25, interpolation, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), crop_mode)
    assert ImagePreprocess.from_json(json.loads(json.dumps(preprocess.to_json()))) == preprocess


def test_json_uses_hugging_faces_keys_and_meanings() -> None:
    config = ImagePreprocess(224, 224, 256, "bicubic").to_json()
    assert config["size"] == {"shortest_edge": 256} and config["crop_size"] == {"height": 224, "width": 224}
    assert config["resample"] == 3 and config["rescale_factor"] == 1 / 255
    assert config["image_mean"] == [0.485, 0.456, 0.406]


@pytest.mark.parametrize(
    "change",
    [
        {"interpolation": "magic"},
        {"interpolation": None},
        {"crop_size": {"height": 224}},
        {"crop_size": {"height": 0, "width": 224}},
        {"crop_size": {"height": 10**9, "width": 224}},
        {"resize_to": -1},
        {"resize_to": "many"},
        {"resize_to": float("inf")},
        {"image_mean": [0.5]},
        {"image_mean": [0.5, 0.5, float("nan")]},
        {"image_std": [0.5, 0.0, 0.5]},
        {"crop_mode": "border"},
        {"crop_mode": None},
    ],
    ids=str,
)
def test_an_invalid_file_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BundleError):
        ImagePreprocess.from_json({**ImagePreprocess(224, 224, 256).to_json(), **change})
    with pytest.raises(BundleError):
        config = ImagePreprocess(224, 224, 256).to_json()
        del config[next(iter(change))]
        ImagePreprocess.from_json(config)


def test_normalising_whole_rows_is_the_same_to_the_bit() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    views = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), dtype=np.uint8)
    expected = (views.astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    found = ImagePreprocess(5, 7, 5, mean=mean, std=std).collate(list(views)).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(found, expected)
