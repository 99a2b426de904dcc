"""The evidence for one class drawn over a photo, as an image: what a report shows without a figure around it.

The colours are those of the figures: red for, blue against, the stronger the more opaque, over the grey photo.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ghep.explanation.maps.photo import PhotoExplanation

COLOURS = "RdBu_r"
LIGHTEST = 0.3
"""Grey of black in the photo under the map: darker pixels would hide blue."""
STRONGEST = 0.8
"""Opacity of the strongest evidence."""
UNSEEN = 0.45
"""Brightness of the part of the photo that the network does not see."""


def overlay(one: PhotoExplanation, place: int, *, longest: int) -> Image.Image:
    """Return the evidence for ``explained[place]`` over the photo, RGB, its longer side at most ``longest`` pixels.

    The scale is the largest absolute value over all maps of the photo, so that its images can be compared.
    """
    from matplotlib import colormaps

    image = one.image.copy()
    image.thumbnail((longest, longest))
    down = np.linspace(0, one.image.height - 1, image.height).round().astype(int)
    across = np.linspace(0, one.image.width - 1, image.width).round().astype(int)
    values = one.on_photo[place][down][:, across] / max(float(np.nanmax(np.abs(one.on_photo))), 1e-30)
    seen = np.isfinite(values)
    grey = (np.asarray(image.convert("L"), dtype=np.float32) / 255 * (1 - LIGHTEST) + LIGHTEST)[..., None]
    colour = colormaps[COLOURS](np.nan_to_num(values) / 2 + 0.5)[..., :3]
    opacity = STRONGEST * np.abs(np.nan_to_num(values))[..., None]
    drawn = np.where(seen[..., None], grey * (1 - opacity) + colour * opacity, grey * UNSEEN)
    return Image.fromarray((drawn * 255).round().astype(np.uint8))
