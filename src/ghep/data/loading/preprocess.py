"""From one raw example to the numbers a backbone was trained on; it travels in the bundle.

Three steps, split where work can be shared: ``decode`` (load and resize, or tokenise: once per example, what the
prepared store keeps), ``view`` (crop, plain or augmented, once per epoch) and ``collate`` (stack and normalise, or pad:
once per batch). What images and texts do in them is in ``ImagePreprocess`` here and in ``tokens.py``; nobody above this
room has to know which of the two it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from math import floor, isfinite
from typing import IO, TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ghep.data.image.augment import Augment, augmented_crop
from ghep.data.image.levels import NOMINAL, Extent, Levels, level_findings
from ghep.data.image.loader import load
from ghep.errors import BackboneError, BundleError, did_you_mean
from ghep.types import Example, Finding, Modality, Raw

if TYPE_CHECKING:
    import torch

    from ghep.data.dataset import Dataset
    from ghep.data.loading.padded import Padded

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


class PreparedStore(Protocol):
    """Prepared examples, each decoded once: filled by the scan, read in every epoch."""

    def keep(self, example: Example, decoded: Any) -> None:
        """Take what the scan has loaded (a picture, a text), in whichever thread it was loaded."""

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared form of an example, whether it was kept or not."""

    def lengths(self, examples: Sequence[Example]) -> np.ndarray | None:
        """Return the positions (N,) that each takes in a batch; None where all are of one size."""

    def in_words(self) -> list[str]:
        """Return lines for the plan: what is to be known of these examples before training."""

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return what the prepared training ``examples`` say against this preprocessing."""

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return an open file with what is kept, and in plain values where each example lies in it."""

    def attach(self, file: IO[bytes] | None, index: Mapping[str, Any]) -> None:
        """Keep what another process ``shared``: nothing is decoded again."""


class FittedControl(Protocol):
    """A model that knows no transfer, fitted to the training examples."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def seconds(self) -> float:
        """What fitting it took."""

    def probabilities(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return (N, K)."""


class FitsControl(Protocol):
    """Fits a control; what it computed of an example it may keep for the next time."""

    def __call__(
        self,
        examples: Sequence[Example],
        targets: NDArray[Any],
        num_classes: int,
        *,
        valid: tuple[Sequence[Example], NDArray[Any]] | None = None,
    ) -> FittedControl:
        """Fit to ``targets``, (N,) or rows of 0 and 1 (N, K), -1 unlabelled; raise DataError where that cannot be."""


class Preprocess(Protocol):
    """What everything above asks of a preprocess, image or text."""

    @property
    def modality(self) -> Modality:
        """What kind of raw examples it takes."""

    @property
    def has_views(self) -> bool:
        """Whether ``view`` can draw augmented views."""

    @property
    def pairs(self) -> bool:
        """Whether each raw example is a pair of texts."""

    @property
    def blends(self) -> bool:
        """Whether the blend of two inputs is an input (mixup, cutmix)."""

    @property
    def control_in_fit(self) -> bool:
        """Whether every run fits the linear control too; else comparisons alone do."""

    @property
    def embeds_class_names(self) -> bool:
        """Whether the name of a class can be an example like any other: ``zero_shot`` rests on it."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Turn one raw example into its prepared form; raise BadExample for one that cannot be used."""

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:
        """Return what one epoch sees of it."""

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor | Padded:
        """Make the model's input of a batch of views."""

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return an empty store for this preprocess."""

    def measured_on(self, dataset: Dataset) -> Preprocess:
        """Return the same with what the audit measured on ``dataset`` and prediction has to know."""

    def describe(self) -> str:
        """Say in a few words what an input is: ``224 x 224 px``."""

    def details(self) -> dict[str, str]:
        """Say more of it, by name."""

    def identity(self) -> str:
        """Return a text that changes whenever the same raw example would give other numbers: a part of cache keys."""

    def to_json(self) -> dict[str, Any]:
        """Write everything that decides what it does, in plain values; ``files`` beside it."""

    def files(self) -> dict[str, str]:
        """Return what does not go into JSON settings, by file name (a tokenizer)."""

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return the linear model that such data have as a control; ``prepared`` gives an example's prepared form."""


def preprocess_from(config: Mapping[str, Any], read: Callable[[str], str]) -> Preprocess:
    """Build what ``to_json`` described; ``read`` gives the content of one of its ``files``. Raises BundleError."""
    if not isinstance(config, Mapping):
        raise BundleError(f"preprocessor_config.json is no object: {config!r:.80}", remedy="copy the bundle again")
    if config.get("processor_class") == "ghep.TokenPreprocess":
        from ghep.data.text.tokens import TokenPreprocess

        return TokenPreprocess.from_json(config, read)
    if config.get("processor_class") == "ghep.CharacterPreprocess":
        from ghep.data.text.tokens import CharacterPreprocess

        return CharacterPreprocess.from_json(config)
    return ImagePreprocess.from_json(config)


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
    """Black and white of images of more than 8 bits, as the audit of the training data measured them."""

    modality: ClassVar[Modality] = "image"
    has_views: ClassVar[bool] = True
    blends: ClassVar[bool] = True
    pairs: ClassVar[bool] = False
    embeds_class_names: ClassVar[bool] = False
    control_in_fit: ClassVar[bool] = False  # it takes as long as a frozen backbone's head on the same photos

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
        return self.decode_measured(raw)[0]

    def decode_measured(self, raw: Raw) -> tuple[Pixels, Extent | None]:
        """Return ``decode`` and, of an image of more than 8 bits, how far its values reach."""
        loaded = load(raw, at_least=self.at_least, levels=self.levels)
        assert loaded.image is not None  # there are levels
        return self.prepare(loaded.image), loaded.extent

    def findings_of(self, extents: Mapping[str, Extent]) -> list[Finding]:
        """Return what is wrong with the levels of images taken together; ``extents`` by name."""
        return level_findings(extents, self.levels, count=len(extents), given=True)

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
        # Whole rows, of the same memory: broadcasting over three numbers is four times slower.
        rows = pixels.reshape(-1, pixels.shape[2] * 3)
        rows /= 255
        rows -= np.tile(np.asarray(self.mean, dtype=np.float32), pixels.shape[2])
        rows /= np.tile(np.asarray(self.std, dtype=np.float32), pixels.shape[2])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2)

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> PreparedStore:
        """Return a bounded scratch file of resized pixels."""
        from ghep.data.image.pixels import PixelStore

        return PixelStore(self, limit_bytes=limit_bytes, measure=measure)

    def measured_on(self, dataset: Dataset) -> ImagePreprocess:
        """Return the same with the levels of ``dataset``."""
        return replace(self, levels=dataset.levels)

    def describe(self) -> str:
        """Return ``224 x 224 px``."""
        return f"{self.height} x {self.width} px"

    def details(self) -> dict[str, str]:
        """Return how images are resized and normalised, and their levels if any have more than 8 bits."""
        details = {
            "resize": f"shorter edge to {self.resize_to}, {self.interpolation}, crop {self.crop_mode}",
            "mean, std": f"{self.mean}, {self.std}",
        }
        return details if self.levels == NOMINAL else {**details, "more than 8 bits": self.levels.describe()}

    def identity(self) -> str:
        """Return the settings, with the revision of this code and of the libraries that decode."""
        libraries = {name: version(name) for name in ("pillow", "numpy")}
        return json.dumps({"preprocess": self.to_json(), "revision": REVISION, "libraries": libraries}, sort_keys=True)

    def files(self) -> dict[str, str]:
        """Return nothing: all is in the settings."""
        return {}

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:
        """Return a linear model on histograms of gradients and colours."""
        from ghep.data.image.control import ImageControls

        return ImageControls(prepared)

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
            **({"levels": levels} if (levels := self.levels.to_json()) else {}),
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
                    levels=Levels.from_json(config.get("levels", {})),
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
