"""Random views of one image: resized crop, horizontal flip, brightness and contrast.

In: pixels and an ``Augment``. Out: one view. Random resized crops follow Szegedy et al. 2014 (arXiv:1409.4842).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from PIL import Image


@dataclass(frozen=True, slots=True)
class Augment:
    """How far a view may differ from the centre crop."""

    smallest_area: float = 0.5
    """A crop covers a share of the image between this and 1."""
    aspect: float = 4 / 3
    """The aspect ratio of a crop changes by up to this factor."""
    mirror: float = 0.5
    """Probability of a left-right flip. Wrong for digits, letters and most signs: disable it there."""
    light: float = 0.2
    """Brightness and contrast change by up to this share."""


AUGMENTS: dict[str, Augment | None] = {
    "none": None,
    "light": Augment(smallest_area=0.6, light=0.1),
    "standard": Augment(smallest_area=0.35, light=0.2),
    "no-mirror": Augment(smallest_area=0.7, aspect=1.1, mirror=0.0, light=0.1),
}


def augmented_crop(
    pixels: np.ndarray, height: int, width: int, augment: Augment, rng: np.random.Generator
) -> np.ndarray:
    """Return uint8 (height, width, 3): one random view of ``pixels`` (H', W', 3)."""
    box = _random_box(pixels.shape[0], pixels.shape[1], width / height, augment, rng)
    view = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR, box=box))
    if rng.random() < augment.mirror:
        view = view[:, ::-1]
    return _relight(view, augment.light, rng) if augment.light > 0 else view


def _random_box(
    tall: int, wide: int, aspect: float, augment: Augment, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return a random crop as (left, top, right, bottom); a crop larger than the image is shrunk, aspect kept."""
    area = rng.uniform(augment.smallest_area, 1.0) * tall * wide
    ratio = aspect * exp(rng.uniform(-log(augment.aspect), log(augment.aspect)))
    crop_wide, crop_tall = sqrt(area * ratio), sqrt(area / ratio)
    shrink = min(1.0, wide / crop_wide, tall / crop_tall)
    crop_wide, crop_tall = crop_wide * shrink, crop_tall * shrink
    left, top = rng.uniform(0, wide - crop_wide + 1e-9), rng.uniform(0, tall - crop_tall + 1e-9)
    return left, top, min(wide, left + crop_wide), min(tall, top + crop_tall)


def _relight(view: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return the view with its contrast scaled about mid-grey and its brightness shifted, each by up to ``amount``."""
    contrast, brightness = 1 + rng.uniform(-amount, amount), rng.uniform(-amount, amount) * 128
    table = np.clip((np.arange(256) - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8)
    relit: np.ndarray = table[view]
    return relit
