"""Preprocessing with gradients: forward it is what Pillow does, backward it has a gradient."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from ghep.data.image.differentiable import PixelTransform, image_of, pixels_of
from ghep.data.image.preprocess import RESAMPLING, ImagePreprocess

PREPROCESS = ImagePreprocess(32, 40, 44)


def photo(height: int, width: int, seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("size", [(97, 130), (130, 97), (44, 44), (20, 300), (33, 21)])
@pytest.mark.parametrize("interpolation", RESAMPLING)
@pytest.mark.parametrize("crop_mode", ["center", "squash"])
def test_it_equals_the_preprocessing_of_the_photo(size: tuple[int, int], interpolation: str, crop_mode: str) -> None:
    preprocess = dataclasses.replace(PREPROCESS, interpolation=interpolation, crop_mode=crop_mode)
    image = photo(*size)
    expected = preprocess.collate([preprocess.view(preprocess.prepare(image))])
    found = PixelTransform(preprocess, *size)(pixels_of(image))
    levels = (found - expected).abs() * 255 * torch.tensor(preprocess.std).reshape(1, 3, 1, 1)
    assert found.shape == expected.shape
    assert levels.max() < 1.01, "at most one level of 8 bits, where Pillow's fixed-point sum is at a tie"
    assert (levels < 0.01).float().mean() > 0.85


def test_the_gradient_is_that_of_the_same_steps_without_rounding() -> None:
    pixels = (0.3 + 0.4 * pixels_of(photo(60, 70))).requires_grad_(True)  # nothing is clipped
    weights = torch.randn(1, 3, 32, 40, generator=torch.Generator().manual_seed(0))
    transform = PixelTransform(PREPROCESS, 60, 70)
    (slope,) = torch.autograd.grad((transform(pixels) * weights).sum(), pixels)
    step = torch.zeros_like(pixels)
    step[:, :, 20:40, 25:45] = 0.2  # large against the rounding
    with torch.no_grad():
        change = (transform(pixels + step) - transform(pixels - step)) * weights
    assert float((slope * step).sum() * 2) == pytest.approx(float(change.sum()), rel=0.02, abs=0.2)


@pytest.mark.parametrize("size", [(97, 130), (130, 97), (33, 21)])
def test_a_map_lies_on_the_photo_where_the_network_saw_it(size: tuple[int, int]) -> None:
    """A white square in the photo, as the network sees it, comes back to its place."""
    image = np.zeros((*size, 3), dtype=np.uint8)
    y, x = size[0] // 2 - 4, size[1] // 2 - 3
    image[y : y + 8, x : x + 6] = 255
    transform = PixelTransform(PREPROCESS, *size)
    seen = transform(pixels_of(image))[0].mean(0).numpy()
    found = transform.on_photo(seen)
    assert found.shape == size
    top, bottom, left, right = transform.seen()
    inside = np.zeros(size, dtype=bool)
    inside[top:bottom, left:right] = True
    assert np.array_equal(np.isfinite(found), inside)
    bright = np.argwhere(np.nan_to_num(found, nan=-9) > np.nanmin(found) + 0.5 * np.ptp(found[inside]))
    assert np.abs(bright.mean(0) - (y + 3.5, x + 2.5)).max() < 1


def test_pixels_and_image_are_inverse() -> None:
    image = photo(12, 17)
    assert np.array_equal(np.asarray(image_of(pixels_of(image))), np.asarray(image))
