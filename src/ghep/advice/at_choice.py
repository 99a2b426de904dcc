"""Which backbones there are to choose from: what ships with ghep for such data, and what the user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ghep.backbone.at_hand import DEFAULTS, at_hand
from ghep.errors import BackboneError
from ghep.types import Modality


def backbones_at_choice(named: Sequence[str | Path], modality: Modality, *, shipped: bool = True) -> tuple[str, ...]:
    """Return what to try, in the order it was named, each once; what ships with ghep for such data comes last.

    If it is not to be among them (``shipped``), it is all the same where nothing was named.

    A folder of weight files stands for all of them that have their json beside them.
    """
    found = [one for name in named for one in _expanded(str(name))]
    if (shipped or not found) and DEFAULTS[modality] in at_hand():
        found.append(DEFAULTS[modality])
    if not found:
        raise BackboneError(
            f"no backbone for {modality}s is at hand",
            remedy='pip install "ghep[minilm]", or name some: --backbones a,b (backbones=[...])',
        )
    return tuple(dict.fromkeys(found))


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
