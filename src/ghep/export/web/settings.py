"""What the JavaScript of an export needs to know of a preprocessing. In: a preprocessing. Out: values for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from ghep.data.image.preprocess import ImagePreprocess


def image_settings(preprocess: ImagePreprocess) -> dict[str, Any]:
    """Return the settings of ``resize.js``: those in ``preprocessor_config.json``, and the order of the two passes."""
    return {**preprocess.to_json(), "tall_first": _pillow_resizes_tall_first()}


def _pillow_resizes_tall_first() -> bool:
    """Return whether this Pillow makes the vertical pass first if many more rows are lost than columns (from 13 on).

    The order changes how the values in between are rounded, and with it a few pixels by one level or more.
    """
    levels = np.where(np.random.default_rng(0).random((64, 8)) < 0.5, 0, 255).astype(np.uint8)
    image, bicubic = Image.fromarray(levels), Image.Resampling.BICUBIC
    across_first = image.resize((5, 64), bicubic).resize((5, 8), bicubic)
    return image.resize((5, 8), bicubic).tobytes() != across_first.tobytes()
