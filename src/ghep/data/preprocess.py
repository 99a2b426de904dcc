"""From one decoded image to the numbers a backbone was trained on; it travels in the bundle.

Three steps, split where work can be shared: ``prepare`` (resize, once per image: what the pixel store keeps),
``view`` (crop, plain or augmented, once per epoch) and ``collate`` (stack and normalise, once per batch).
A text preprocess has the same three steps (tokenise, cut, pad), so the loader knows no modality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from PIL import Image

from ghep.data.augment import Augment, augmented_crop
from ghep.data.image import load_image
from ghep.errors import BackboneError, BundleError, did_you_mean
from ghep.types import Raw

if TYPE_CHECKING:
    import torch

Pixels = np.ndarray
"""uint8 (H, W, 3), RGB."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

REVISION = 2
"""Of the way from file to pixels: raised when the same settings give other numbers, for what was stored of them."""
MAX_SIDE = 4096
"""Pixels of an edge; four times the largest that timm's networks take."""

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


class Preprocess(Protocol):
    """What the loader asks of a preprocess, image or text."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Turn one raw example into its prepared form."""

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:
        """Return what one epoch sees of it."""

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor:
        """Make the model's input of a batch of views."""

    def to_json(self) -> dict[str, Any]:
        """Write everything that decides what it does, in plain values."""


@dataclass(frozen=True, slots=True)
class ImagePreprocess:
    """Resize the shorter edge (or squash), crop the centre, scale to [0, 1], subtract the mean, divide by the std.

    Bit-equal to timm's evaluation transform of the same settings (tested).
    """

    height: int
    width: int
    resize_to: int
    """Shorter edge after ``prepare``, in pixels: floor(size / crop_pct)."""
    interpolation: str = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    crop_mode: Literal["center", "squash"] = "center"

    @classmethod
    def from_timm(cls, config: Mapping[str, Any]) -> ImagePreprocess:
        """Read timm's keys (``input_size``, ``crop_pct``, ``crop_mode``, ``interpolation``, ``mean``, ``std``)."""
        try:
            channels, height, width = config.get("input_size", (3, 224, 224))
            if channels != 3:
                raise ValueError(f"input_size is 3 channels (RGB), height, width; came {channels} channels")
            # "none (images are 32x32)" and "random" name no filter; any does for images of the right size.
            interpolation = str(config.get("interpolation") or "bilinear").split()[0]
            return _possible(
                cls(
                    height=int(height),
                    width=int(width),
                    resize_to=floor(min(height, width) / (config.get("crop_pct") or 0.875)),
                    interpolation=interpolation if interpolation in RESAMPLING else "bilinear",
                    mean=_triple(config.get("mean", IMAGENET_MEAN)),
                    std=_triple(config.get("std", IMAGENET_STD)),
                    crop_mode=config.get("crop_mode") or "center",
                )
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise BackboneError(
                f"the card's preprocessing cannot be used: {error}",
                remedy="correct input_size, crop_pct, crop_mode, interpolation, mean or std in the json",
            ) from error

    @property
    def at_least(self) -> int | None:
        """Shorter side in pixels to which ``load_image`` may reduce a JPEG on the way to ``prepare``.

        Twice what resizing makes of it, so that the filter still has pixels to average over; None for "nearest", which
        averages nothing. What this changes, and what not, is in docs/decisions/0007-reduced-decode.md.
        """
        longest = self.resize_to if self.crop_mode == "center" else max(self._squashed())
        return None if self.interpolation == "nearest" else 2 * longest

    def decode(self, raw: Raw) -> Pixels:
        """Load a path, bytes, PIL image or array with the one loader, and ``prepare`` it."""
        return self.prepare(load_image(raw, at_least=self.at_least))

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize to the shorter edge ``resize_to`` (squash: to both edges); uint8 (H', W', 3)."""
        width, height = image.size
        if self.crop_mode == "squash":
            new = self._squashed()
        elif width <= height:
            new = (self.resize_to, max(1, int(self.resize_to * height / width)))
        else:
            new = (max(1, int(self.resize_to * width / height)), self.resize_to)
        resized = image if new == image.size else image.resize(new, RESAMPLING[self.interpolation])
        return np.asarray(resized, dtype=np.uint8)

    def _squashed(self) -> tuple[int, int]:
        shorter = min(self.width, self.height)
        return self.resize_to * self.width // shorter, self.resize_to * self.height // shorter

    def view(self, prepared: Pixels, augment: Augment | None = None, rng: np.random.Generator | None = None) -> Pixels:
        """Return uint8 (H, W, 3): the centre, or with ``augment`` a random crop drawn from ``rng``."""
        if augment is None or rng is None:
            return _centre_crop(prepared, self.height, self.width)
        return augmented_crop(prepared, self.height, self.width, augment, rng)

    def collate(self, views: Sequence[Pixels]) -> torch.Tensor:
        """Stack N views and normalise: float32 (N, 3, H, W), in channels-last memory.

        In numpy: the same three operations in torch took 50 times longer inside a loader thread, where its own threads
        compete with those of the training step.
        """
        import torch

        pixels = np.stack(views).astype(np.float32)
        pixels /= 255
        pixels -= np.asarray(self.mean, dtype=np.float32)
        pixels /= np.asarray(self.std, dtype=np.float32)
        return torch.from_numpy(pixels).permute(0, 3, 1, 2)

    def to_json(self) -> dict[str, Any]:
        """Write ``preprocessor_config.json`` with the keys of Hugging Face image processors."""
        size = (
            {"shortest_edge": self.resize_to}
            if self.crop_mode == "center"
            else {"height": self.height, "width": self.width}
        )
        return {
            "image_processor_type": "ghep.ImagePreprocess",
            "do_convert_rgb": True,
            "do_resize": True,
            "size": size,
            "resize_to": self.resize_to,
            "resample": int(RESAMPLING[self.interpolation]),
            "interpolation": self.interpolation,
            "do_center_crop": self.crop_mode == "center",
            "crop_mode": self.crop_mode,
            "crop_size": {"height": self.height, "width": self.width},
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": list(self.mean),
            "image_std": list(self.std),
        }

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> ImagePreprocess:
        """Read what ``to_json`` wrote; raise BundleError when a key is missing or cannot be."""
        try:
            interpolation = config["interpolation"]
            if interpolation not in RESAMPLING:
                raise BundleError(
                    f'unknown interpolation "{interpolation}"', remedy=did_you_mean(interpolation, RESAMPLING)
                )
            return _possible(
                cls(
                    height=int(config["crop_size"]["height"]),
                    width=int(config["crop_size"]["width"]),
                    resize_to=int(config["resize_to"]),
                    interpolation=interpolation,
                    mean=_triple(config["image_mean"]),
                    std=_triple(config["image_std"]),
                    crop_mode=config["crop_mode"],
                )
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError(
                f"preprocessor_config.json cannot be read ({type(error).__name__}: {error})",
                remedy="copy the bundle again; nothing was loaded",
            ) from error


def _possible(preprocess: ImagePreprocess) -> ImagePreprocess:
    """Return it, or raise ValueError: the numbers come from files, and a size out of all proportion is a bomb."""
    sizes = (preprocess.height, preprocess.width, preprocess.resize_to)
    if not all(1 <= size <= MAX_SIDE for size in sizes):
        raise ValueError(f"sizes are 1 to {MAX_SIDE} pixels; came {sizes}")
    if not all(isfinite(number) for number in (*preprocess.mean, *preprocess.std)) or min(preprocess.std) <= 0:
        raise ValueError(f"mean {preprocess.mean} and std {preprocess.std} have to be numbers, std above 0")
    if preprocess.crop_mode not in ("center", "squash"):
        raise ValueError(f'crop_mode is "center" or "squash", not "{preprocess.crop_mode}"')
    return preprocess


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _centre_crop(pixels: Pixels, height: int, width: int) -> Pixels:
    """Crop the centre; a side that is too short is padded with black first, as torchvision does."""
    tall, wide = pixels.shape[:2]
    if tall < height or wide < width:
        top, left = max(0, (height - tall) // 2), max(0, (width - wide) // 2)
        bottom, right = max(0, (height - tall + 1) // 2), max(0, (width - wide + 1) // 2)
        pixels = np.pad(pixels, ((top, bottom), (left, right), (0, 0)))
        tall, wide = pixels.shape[:2]
    top, left = round((tall - height) / 2), round((wide - width) / 2)
    return pixels[top : top + height, left : left + width]
