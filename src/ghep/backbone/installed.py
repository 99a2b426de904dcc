"""List the backbones that work offline, without importing torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ghep.backbone.packages import PACKAGES, package_of
from ghep.data.modalities import modality_named
from ghep.types import Modality

SEEDLING = Path(__file__).parent / "seedling"


def default_backbone(modality: Modality, installed: Sequence[str] | None = None) -> str:
    """Return the name of the default backbone for ``modality``: the first of its defaults that is ``installed``.

    If none is, return the first default, which the user can install. ``installed`` None: ``at_hand()``.
    """
    available = at_hand() if installed is None else installed
    names = modality_named(modality).default_backbones
    return next((name for name in names if name in available), names[0])


def at_hand(modality: Modality | None = None) -> list[str]:
    """Return the names of the backbones of ``modality`` (None: all) that can be loaded offline.

    In this order: backbones in installed packages and ``seedling`` (images, then texts, the default of each first), and
    backbones in the local hub cache.
    """
    inside = ["seedling"] if (SEEDLING / "MANIFEST.json").is_file() else []
    cache = _hub_cache()
    cached = sorted(folder.name.removeprefix("models--timm--") for folder in cache.glob("models--timm--*"))
    texts = (folder for folder in cache.glob("models--*") if any(folder.glob("snapshots/*/tokenizer*.json")))
    names = sorted(folder.name.removeprefix("models--").replace("--", "/") for folder in texts)
    packaged = [package for package in PACKAGES if package.installed]
    found = [
        *(package.name for package in packaged if package.modality == "image"),
        *inside,
        *(package.name for package in packaged if package.modality == "text"),
        *(f"timm/{name}" for name in cached),
        *(f"hf/{name}" for name in names),
    ]
    return [name for name in found if modality is None or _is_for(name, modality)]


def _is_for(name: str, modality: Modality) -> bool:
    package = package_of(name)
    if package is not None:
        return package.modality == modality
    return name.startswith("hf/") == (modality == "text")


def cached_bytes(name: str) -> int | None:
    """Return the size in bytes of the weights of ``name`` in the local hub cache; None if there are none."""
    kind, _, repository = name.partition("/")
    folders = {"timm": f"models--timm--{repository}", "hf": f"models--{repository.replace('/', '--')}"}
    if kind not in folders or not repository:
        return None
    files = [file for file in (_hub_cache() / folders[kind]).glob("snapshots/*/*") if file.is_file()]
    sizes = (sum(file.stat().st_size for file in files if file.suffix == kind) for kind in (".safetensors", ".bin"))
    return max(sizes) or None  # many repositories have the same weights in both formats


def _hub_cache() -> Path:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
