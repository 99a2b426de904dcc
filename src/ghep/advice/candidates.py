"""The backbones that advice tries: those that the user names, and those installed for the data's modality."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ghep.backbone.installed import at_hand, cached_bytes, default_backbone
from ghep.backbone.packages import package_of
from ghep.errors import BackboneError
from ghep.types import Modality

LARGE_BYTES = 2**30
"""Installed backbones with weights of at least this size are tried only if the user names them: they would take minutes
on a CPU, and perhaps too much memory."""

ONE_BACKBONE = ("config.json", "vectors.txt")
"""Files of a folder that is one backbone: Hugging Face's form, and word vectors that ``ghep pretrain`` wrote."""


def backbones_at_choice(named: Sequence[str | Path], modality: Modality, *, shipped: bool = True) -> tuple[str, ...]:
    """Return the backbones to try, without duplicates: those in ``named``, in order, then the modality's default.

    If ``named`` is empty: all backbones installed for the modality, the default first. With ``shipped`` False: only
    those in ``named``, or only the default if ``named`` is empty. A folder stands for all its weight files that have
    a json file of the same name. Raises BackboneError if there is no backbone to try.
    """
    found = [one for name in named for one in _expanded(str(name))]
    installed = at_hand(modality)
    if shipped and not found:
        found = [name for name in installed if (cached_bytes(name) or 0) < LARGE_BYTES]
    elif (shipped or not found) and (default := default_backbone(modality, installed)) in installed:
        found.append(default)
    if not found:
        package = package_of(default_backbone(modality, installed))
        install = package.install if package is not None else "none"
        raise BackboneError("no-backbone-installed", modality=modality, install=install)
    return tuple(dict.fromkeys(found))


def too_large(modality: Modality) -> dict[str, int]:
    """Return name -> bytes of the installed backbones that are too large to be tried unless they are named."""
    sizes = {name: cached_bytes(name) or 0 for name in at_hand(modality)}
    return {name: size for name, size in sizes.items() if size >= LARGE_BYTES}


def _expanded(name: str) -> list[str]:
    folder = Path(name).expanduser() if name.strip() and "\0" not in name else None
    if folder is None or not folder.is_dir() or any((folder / one).is_file() for one in ONE_BACKBONE):
        return [name]
    files = [file for file in sorted(folder.glob("*.safetensors")) if file.with_suffix(".json").is_file()]
    if not files:
        raise BackboneError("folder-without-backbone", folder=folder)
    return [str(file) for file in files]


def short_name(backbone: str) -> str:
    """Return the name of ``backbone`` for tables; for a weight file, its name without folder and suffix."""
    return Path(backbone).name.removesuffix(".safetensors") if "/" in backbone else backbone
