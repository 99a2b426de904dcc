"""Preprocessing of images. In: a file, bytes or an image. Out: the input of a backbone, float32 (N, 3, H, W).

The result is bit-equal to timm's evaluation transform.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import PIL
from PIL import Image

from ghep.data.image.augment import Augment, augmented_crop
from ghep.data.image.control import ImageControls
from ghep.data.image.levels import NOMINAL, Extent, Levels, level_findings
from ghep.data.image.loader import load
from ghep.data.image.pixels import PixelStore
from ghep.data.loading.preprocess import FitsControl, PreparedStore
from ghep.errors import BackboneError, BundleError, did_you_mean
from ghep.messages import text_of
from ghep.types import Example, Finding, Modality, Raw

if TYPE_CHECKING:
    import torch

    from ghep.data.dataset import Dataset

Pixels = np.ndarray
"""uint8 (H, W, 3), RGB."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

REVISION = 2
"""Revision of the preprocessing code: raised when the same settings give other numbers, to invalidate caches."""
MAX_SIDE = 4096
"""Maximum side in pixels; four times the largest input of timm's networks."""

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


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
    levels: Levels = NOMINAL
    """Black and white of images of more than 8 bits, as measured by the audit of the training data."""

    modality: ClassVar[Modality] = "image"
    input_names: ClassVar[tuple[str, ...]] = ("pixels",)
    has_views: ClassVar[bool] = True
    blends: ClassVar[bool] = True
    pairs: ClassVar[bool] = False
    embeds_class_names: ClassVar[bool] = False
    control_in_fit: ClassVar[bool] = False  # it takes as long as a frozen backbone's head on the same images

    @classmethod
    def from_timm(cls, config: Mapping[str, Any]) -> ImagePreprocess:
        """Return the preprocessing in timm's ``config``.

        Keys: ``input_size``, ``crop_pct``, ``crop_mode``, ``interpolation``, ``mean``, ``std``.
        """
        try:
            channels, height, width = config.get("input_size", (3, 224, 224))
            if channels != 3:
                raise ValueError(text_of("image-channels", channels=channels))
            # "none (images are 32x32)" and "random" name no filter; any works for images of the right size.
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
            raise BackboneError("image-card-invalid", cause=error) from error

    def to_timm(self) -> dict[str, Any]:
        """Return the settings under timm's keys, as ``from_timm`` takes them; levels have none."""
        shorter = min(self.height, self.width)
        share = shorter / self.resize_to
        # The quotient of the two sizes is rounded and may lie just above: a share of 0.29 makes floor(29 / 0.29) 100,
        # but 29 / 100 can also be the neighbour that gives 99.
        share = share if floor(shorter / share) == self.resize_to else shorter / (self.resize_to + 0.5)
        return {
            "input_size": [3, self.height, self.width],
            "crop_pct": share,
            "crop_mode": self.crop_mode,
            "interpolation": self.interpolation,
            "mean": list(self.mean),
            "std": list(self.std),
        }

    @property
    def at_least(self) -> int | None:
        """Shorter side in pixels to which ``load_image`` may reduce a JPEG before ``prepare``.

        This is twice the side after resizing, so that the resizing filter still has pixels to average. It is None for
        the filter "nearest", which does not average. See docs/decisions/0007-reduced-decode.md for the effects.
        """
        longest = self.resize_to if self.crop_mode == "center" else max(self._squashed())
        return None if self.interpolation == "nearest" else 2 * longest

    def decode(self, raw: Raw) -> Pixels:
        """Return the pixels, uint8 (H', W', 3), of a path, bytes, PIL image or array: loaded, then ``prepare``."""
        return self.decode_measured(raw)[0]

    def decode_measured(self, raw: Raw) -> tuple[Pixels, Extent | None]:
        """Return the result of ``decode``, and for an image of more than 8 bits the range of its values (else None)."""
        loaded = load(raw, at_least=self.at_least, levels=self.levels)
        assert loaded.image is not None  # because levels are set
        return self.prepare(loaded.image), loaded.extent

    def findings_of(self, extents: Mapping[str, Extent]) -> list[Finding]:
        """Return findings on the value ranges of several images; ``extents``: name of an image -> range."""
        return level_findings(extents, self.levels, count=len(extents), given=True)

    def prepare(self, image: Image.Image) -> Pixels:
        """Return the image resized, uint8 (H', W', 3): the shorter edge becomes ``resize_to`` (squash: both edges)."""
        new = self.resized(*image.size)
        resized = image if new == image.size else image.resize(new, RESAMPLING[self.interpolation])
        return np.asarray(resized, dtype=np.uint8)

    def resized(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) after resizing of an image that is ``width`` x ``height`` pixels."""
        if self.crop_mode == "squash":
            return self._squashed()
        if width <= height:
            return self.resize_to, max(1, int(self.resize_to * height / width))
        return max(1, int(self.resize_to * width / height)), self.resize_to

    def _squashed(self) -> tuple[int, int]:
        shorter = min(self.width, self.height)
        return self.resize_to * self.width // shorter, self.resize_to * self.height // shorter

    def view(self, prepared: Pixels, augment: Augment | None = None, rng: np.random.Generator | None = None) -> Pixels:
        """Return uint8 (H, W, 3): the centre crop, or with ``augment`` a random crop drawn from ``rng``."""
        if augment is None or rng is None:
            return _centre_crop(prepared, self.height, self.width)
        return augmented_crop(prepared, self.height, self.width, augment, rng)

    def arrays(self, views: Sequence[Pixels]) -> tuple[np.ndarray]:
        """Stack N views and normalise: one array (N, 3, H, W) float32, in channels-last memory.

        Computed in numpy: in torch, the same three operations took 50 times longer inside a loader thread, because
        torch's threads compete with those of the training step.
        """
        pixels = np.stack(views).astype(np.float32)
        # Whole rows, of the same memory: broadcasting over three numbers is four times slower.
        rows = pixels.reshape(-1, pixels.shape[2] * 3)
        rows /= 255
        rows -= np.tile(np.asarray(self.mean, dtype=np.float32), pixels.shape[2])
        rows /= np.tile(np.asarray(self.std, dtype=np.float32), pixels.shape[2])
        return (pixels.transpose(0, 3, 1, 2),)

    def collate(self, views: Sequence[Pixels]) -> torch.Tensor:
        """Return the array of ``arrays`` as a tensor (N, 3, H, W)."""
        import torch

        return torch.from_numpy(self.arrays(views)[0])

    def sample(self, count: int, length: int) -> torch.Tensor:  # noqa: ARG002 - all images have one size
        """Return fixed synthetic images (count, 3, H, W) of coarse patches, closer to photos than white noise."""
        return patches((self.height, self.width), count)

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return an empty PixelStore of at most ``limit_bytes``; ``measure`` as there."""
        return PixelStore(self, limit_bytes=limit_bytes, measure=measure)

    def with_levels(self, levels: Levels) -> ImagePreprocess:
        """Return a copy of this preprocessing with other values of black and white."""
        return replace(self, levels=levels)

    def measured_on(self, dataset: Dataset) -> ImagePreprocess:
        """Return a copy of this preprocessing with the values of black and white measured on ``dataset``."""
        return self.with_levels(dataset.levels)

    def describe(self) -> str:
        """Return the input size: ``224 x 224 px``."""
        return text_of("image-input-size", height=self.height, width=self.width)

    def details(self) -> dict[str, str]:
        """Return a dict, setting -> value; with black and white if training images had more than 8 bits."""
        resize = text_of(
            "image-setting-resize-value", size=self.resize_to, interpolation=self.interpolation, crop=self.crop_mode
        )
        details = {
            text_of("image-setting-resize"): resize,
            text_of("image-setting-mean-std"): text_of("image-setting-mean-std-value", mean=self.mean, std=self.std),
        }
        levels = {text_of("image-setting-levels"): str(self.levels.describe())}
        return details if self.levels == NOMINAL else {**details, **levels}

    def identity(self) -> str:
        """Return a text of the settings, the revision of this code and the versions of the decoding libraries."""
        libraries = {"pillow": PIL.__version__, "numpy": np.__version__}  # a run asks often: no metadata files are read
        return json.dumps({"preprocess": self.to_json(), "revision": REVISION, "libraries": libraries}, sort_keys=True)

    def files(self) -> dict[str, str]:
        """Return the files to save next to the JSON: none, since ``to_json`` has all settings."""
        return {}

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return the control for images, which fits a linear model on histograms of gradients and colours."""
        return ImageControls(prepared)

    def to_json(self) -> dict[str, Any]:
        """Return the content of ``preprocessor_config.json``, with the keys of Hugging Face image processors."""
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
            **({"levels": levels} if (levels := self.levels.to_json()) else {}),
        }

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> ImagePreprocess:
        """Return the preprocessing in the output of ``to_json``; raise BundleError if a key is missing or invalid."""
        try:
            interpolation = config["interpolation"]
            if interpolation not in RESAMPLING:
                hint = did_you_mean(interpolation, RESAMPLING)
                raise BundleError("image-interpolation-unknown", name=interpolation, hint=hint)
            return _possible(
                cls(
                    height=int(config["crop_size"]["height"]),
                    width=int(config["crop_size"]["width"]),
                    resize_to=int(config["resize_to"]),
                    interpolation=interpolation,
                    mean=_triple(config["image_mean"]),
                    std=_triple(config["image_std"]),
                    crop_mode=config["crop_mode"],
                    levels=Levels.from_json(config.get("levels", {})),
                )
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError("image-config-invalid", type=type(error).__name__, cause=error) from error


def _possible(preprocess: ImagePreprocess) -> ImagePreprocess:
    """Return ``preprocess``; raise ValueError for impossible settings, such as a size that would exhaust memory."""
    sizes = (preprocess.height, preprocess.width, preprocess.resize_to)
    if not all(1 <= size <= MAX_SIDE for size in sizes):
        raise ValueError(text_of("image-sizes", limit=MAX_SIDE, sizes=sizes))
    if not all(isfinite(number) for number in (*preprocess.mean, *preprocess.std)) or min(preprocess.std) <= 0:
        raise ValueError(text_of("image-mean-std", mean=preprocess.mean, std=preprocess.std))
    if preprocess.crop_mode not in ("center", "squash"):
        raise ValueError(text_of("image-crop-mode", mode=preprocess.crop_mode))
    return preprocess


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _centre_crop(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return the centre (height, width, 3); a side that is too short is first padded with black, as in torchvision."""
    tall, wide = pixels.shape[:2]
    if tall < height or wide < width:
        top, left = max(0, (height - tall) // 2), max(0, (width - wide) // 2)
        bottom, right = max(0, (height - tall + 1) // 2), max(0, (width - wide + 1) // 2)
        pixels = np.pad(pixels, ((top, bottom), (left, right), (0, 0)))
        tall, wide = pixels.shape[:2]
    top, left = round((tall - height) / 2), round((wide - width) / 2)
    return pixels[top : top + height, left : left + width]


def patches(size: tuple[int, int], count: int = 4) -> torch.Tensor:
    """Return fixed synthetic images (count, 3, H, W) of coarse random patches; ``size`` is (H, W)."""
    import torch

    coarse = torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(coarse, size=size, mode="bilinear")
