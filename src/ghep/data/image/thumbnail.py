"""Thumbnails as data: URIs, for pages and notebooks without other files."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from ghep.data.image.loader import load_image

JPEG_QUALITY = 78


def thumbnail(raw: str | Path | bytes, pixels: int) -> str:
    """Return a JPEG of at most ``pixels`` on its longer side; raise BadImage if it cannot be read."""
    image = load_image(raw, at_least=pixels, levels=None)
    image.thumbnail((pixels, pixels))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
