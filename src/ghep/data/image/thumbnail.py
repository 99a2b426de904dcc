"""Thumbnails as data: URIs, so that HTML reports and notebooks need no other files. In: an image. Out: a URI."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from ghep.data.image.loader import load_image

JPEG_QUALITY = 78


def thumbnail(raw: str | Path | bytes, pixels: int) -> str:
    """Return the image as the data: URI of a JPEG, its longer side at most ``pixels``; BadImage if it is unreadable."""
    image = load_image(raw, at_least=pixels, levels=None)
    image.thumbnail((pixels, pixels))
    return as_uri(image)


def as_uri(image: Image.Image) -> str:
    """Return an RGB image as the data: URI of a JPEG."""
    data = io.BytesIO()
    image.save(data, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
