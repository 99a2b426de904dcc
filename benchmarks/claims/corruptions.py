"""Corruptions of photos that training has not seen: Gaussian noise, blur, and less contrast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter


def noise(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return ``image`` with Gaussian noise of standard deviation 0.15 of the range."""
    values = np.asarray(image, dtype=np.float32)
    noisy = values + 0.15 * 255 * rng.standard_normal(values.shape, dtype=np.float32)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def blur(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Return ``image`` after a Gaussian blur of radius 3 pixels."""
    return image.filter(ImageFilter.GaussianBlur(3))


def contrast(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Return ``image`` with 0.3 of its contrast, around its mean."""
    values = np.asarray(image, dtype=np.float32)
    return Image.fromarray((values.mean() + 0.3 * (values - values.mean())).clip(0, 255).astype(np.uint8))


CORRUPTIONS: Mapping[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "noise": noise,
    "blur": blur,
    "contrast": contrast,
}
"""The noise is drawn by the caller, so that every model sees the same photos."""
