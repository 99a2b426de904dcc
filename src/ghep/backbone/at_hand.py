"""Which backbones work without a network, told without importing torch."""

from __future__ import annotations

import os
from pathlib import Path

SEEDLING = Path(__file__).parent / "seedling"


def at_hand() -> list[str]:
    """Return names that work offline: what ships with ghep, and what the local hub cache holds."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    cached = sorted(folder.name.removeprefix("models--timm--") for folder in cache.glob("models--timm--*"))
    shipped = ["seedling"] if (SEEDLING / "MANIFEST.json").is_file() else []
    return shipped + [f"timm/{name}" for name in cached]
