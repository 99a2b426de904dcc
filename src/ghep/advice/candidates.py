"""Which backbones there are to choose from: what is installed for such data, and what the user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ghep.backbone.installed import at_hand, cached_bytes, default_backbone
from ghep.backbone.packages import package_of
from ghep.errors import BackboneError
from ghep.types import Modality

LARGE_BYTES = 2**30
"""Weights on disk from which on an installed backbone is tried only if it is named: it would take minutes on a
processor, and perhaps more memory than there is."""


def backbones_at_choice(named: Sequence[str | Path], modality: Modality, *, shipped: bool = True) -> tuple[str, ...]:
    """Return what to try, each once: what was named, in that order, then the default backbone for such data.

    Where nothing was named, everything that is installed for such data, the default first. ``shipped`` False means:
    only what was named; where nothing was, only the default. A folder of weight files stands for all of them that
    have their json next to them. Raises BackboneError where there is nothing to try.
    """
    found = [one for name in named for one in _expanded(str(name))]
    installed = at_hand(modality)
    if shipped and not found:
        found = [name for name in installed if (cached_bytes(name) or 0) < LARGE_BYTES]
    elif (shipped or not found) and (default := default_backbone(modality, installed)) in installed:
        found.append(default)
    if not found:
        package = package_of(default_backbone(modality, installed))
        install = package.install if package is not None else "install ghep again"
        raise BackboneError(
            f"no backbone for {modality}s is installed",
            remedy=f"{install}, or name some: --backbones a,b (backbones=[...])",
        )
    return tuple(dict.fromkeys(found))


def too_large(modality: Modality) -> tuple[tuple[str, str], ...]:
    """Return (name, why) of what is installed and not tried for its size where no backbone is named."""
    sizes = {name: cached_bytes(name) or 0 for name in at_hand(modality)}
    return tuple(
        (name, f"its weights are {size / 2**30:.1f} GiB, too large to be tried unless it is named")
        for name, size in sizes.items()
        if size >= LARGE_BYTES
    )


def _expanded(name: str) -> list[str]:
    folder = Path(name).expanduser() if name.strip() and "\0" not in name else None
    if folder is None or not folder.is_dir() or (folder / "config.json").is_file():
        return [name]
    files = [file for file in sorted(folder.glob("*.safetensors")) if file.with_suffix(".json").is_file()]
    if not files:
        raise BackboneError(
            f"{folder} holds no backbone: no config.json, and no *.safetensors with a json of the same name",
            remedy="pass a weight file, a bundle, or a folder of weight files with their json",
        )
    return [str(file) for file in files]


def short_name(backbone: str) -> str:
    """Return ``backbone`` for tables: a file without its folder and its kind."""
    return Path(backbone).name.removesuffix(".safetensors") if "/" in backbone else backbone
