"""The preprocessing of images with gradients: from the pixels of a photo at its own size to the input of a network.

In: pixels in [0, 1] (N, 3, H, W) at the size of the photo. Out: what ``ImagePreprocess`` makes of that photo, float32.
Forward, resized pixels are rounded to 8 bits as Pillow rounds them; backward, rounding counts as the identity.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image

from ghep.data.image.preprocess import RESAMPLING, ImagePreprocess


def pixels_of(image: Image.Image | np.ndarray[Any, Any]) -> torch.Tensor:
    """Return the pixels of an RGB image of 8 bits, float32 (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(image, dtype=np.uint8)).permute(2, 0, 1)[None].float() / 255


def image_of(pixels: torch.Tensor) -> Image.Image:
    """Return pixels in [0, 1], (3, H, W) or (1, 3, H, W), as an RGB image, rounded to 8 bits."""
    rounded = (pixels.detach().cpu().reshape(pixels.shape[-3:]).clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(rounded.permute(1, 2, 0).numpy())


class PixelTransform:
    """The preprocessing of photos of one size, with gradients."""

    def __init__(self, preprocess: ImagePreprocess, height: int, width: int) -> None:
        self.preprocess, self.height, self.width = preprocess, height, width
        self.resized = preprocess.resized(width, height)[::-1]
        """(H, W) after resizing, before the crop."""
        filtered = preprocess.interpolation
        tall, wide = self.resized
        self._rows = _weights(height, tall, filtered) if tall != height else None
        self._columns = _weights(width, wide, filtered) if wide != width else None
        self._mean = torch.tensor(preprocess.mean).reshape(1, 3, 1, 1)
        self._std = torch.tensor(preprocess.std).reshape(1, 3, 1, 1)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the network's input (N, 3, h, w), float32, of ``pixels`` (N, 3, H, W) in [0, 1]."""
        levels = pixels * 255
        if self._columns is not None:  # Pillow resizes along rows first, and rounds after each of the two passes
            levels = _rounded(levels @ self._columns.to(pixels.device).T)
        if self._rows is not None:
            levels = _rounded(self._rows.to(pixels.device) @ levels)
        cropped = self._crop(levels)
        return (cropped / 255 - self._mean.to(pixels.device)) / self._std.to(pixels.device)

    def _crop(self, levels: torch.Tensor) -> torch.Tensor:
        (top, left), (tall, wide) = self.corner, self.resized
        height, width = self.preprocess.height, self.preprocess.width
        padding = [max(0, -left), max(0, left + width - wide), max(0, -top), max(0, top + height - tall)]
        padded = torch.nn.functional.pad(levels, padding) if any(padding) else levels
        top, left = max(0, top), max(0, left)
        return padded[..., top : top + height, left : left + width]

    @property
    def corner(self) -> tuple[int, int]:
        """(top, left) of the crop in the resized photo; negative where the photo is padded with black."""
        (tall, wide), height, width = self.resized, self.preprocess.height, self.preprocess.width
        top = round((tall - height) / 2) if tall >= height else -((height - tall) // 2)
        left = round((wide - width) / 2) if wide >= width else -((width - wide) // 2)
        return top, left

    def seen(self) -> tuple[int, int, int, int]:
        """Return (top, bottom, left, right): the part of the photo in its own pixels that the network sees."""
        (top, left), (tall, wide) = self.corner, self.resized
        bottom, right = min(tall, top + self.preprocess.height), min(wide, left + self.preprocess.width)
        down, across = self.height / tall, self.width / wide
        return (
            *(round(max(0, top) * down), round(bottom * down)),
            *(round(max(0, left) * across), round(right * across)),
        )

    def on_photo(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return a map over the network's input (h, w), of any resolution, as a map over the photo (H, W).

        Parts of the photo that the network does not see are NaN.
        """
        height, width = self.preprocess.height, self.preprocess.width
        fine = _resized(values, height, width)
        (top, left), (tall, wide) = self.corner, self.resized
        whole = np.full((tall, wide), np.nan, dtype=np.float32)
        inner = fine[max(0, -top) : max(0, -top) + tall, max(0, -left) : max(0, -left) + wide]
        top, left = max(0, top), max(0, left)
        whole[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        y0, y1, x0, x1 = self.seen()
        found = np.full((self.height, self.width), np.nan, dtype=np.float32)
        if y1 > y0 and x1 > x0:
            found[y0:y1, x0:x1] = _resized(inner, y1 - y0, x1 - x0)
        return found


def _resized(values: np.ndarray[Any, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, levels: torch.Tensor) -> torch.Tensor:
        return (levels + 0.5).floor()  # halves upwards, as Pillow

    @staticmethod
    def backward(_: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]


def _rounded(levels: torch.Tensor) -> torch.Tensor:
    """Return ``levels`` as 8-bit values in float32; the gradient passes as if there were no rounding."""
    found: torch.Tensor = _Round.apply(levels.clamp(0, 255))
    return found


@lru_cache(maxsize=16)
def _weights(length: int, new: int, interpolation: str) -> torch.Tensor:
    """Return the weights (new, length) of Pillow's filter: resizing is linear along each axis, and Pillow says how."""
    unit = Image.fromarray(np.eye(length, dtype=np.float32))  # row i is a photo with one white pixel
    return torch.from_numpy(np.array(unit.resize((new, length), RESAMPLING[interpolation])).T.copy())
