"""The folder that a command of this room writes: new, or empty, or replaced on request."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ghep.errors import ConfigError
from ghep.storage.paths import path_named


def output_folder(verb: str, name: str, out: str | Path | None, *, overwrite: bool = False) -> Path:
    """Return the folder to write: ``out``, by default ``runs/VERB-NAME-STAMP``; it is not created here.

    Raises ConfigError if it is a file, or holds files and ``overwrite`` is False. Call it before any work is done.
    """
    if out is None:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        return Path("runs") / f"{verb}-{Path(name).name}-{stamp}"
    folder = path_named(out, error=ConfigError, what="out")
    if folder.exists() and not folder.is_dir():
        raise ConfigError("out-folder-is-file", out=folder, file=folder)
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise ConfigError("explanation-folder-not-empty", folder=folder)
    return folder


def bundle_name(name: str) -> str:
    """Return a short name of a bundle or backbone: of ``runs/pets/bundle``, ``pets``; of a file, its name."""
    path = Path(name)
    return path.resolve().parent.name if path.is_dir() and path.resolve().name == "bundle" else path.name
