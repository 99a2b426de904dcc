"""Arguments that several verbs share, said once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ghep.errors import ConfigError
from ghep.storage.paths import path_named

DATA = "Folder of class folders, table (CSV, TSV, JSONL, Parquet) or Hugging Face folder; of images or of texts."


def given_path(text: str) -> Path:
    """Read a path from the command line; a shell variable that is not set must not mean the current folder."""
    return path_named(text, error=ConfigError, what="a path on the command line")


def can_write(out: Path | None, *, folder: bool = False) -> None:
    """Raise ConfigError if ``out`` cannot be written: asked before the work, not after it."""
    if out is None:
        return
    place = next(one for one in (out, *out.absolute().parents) if one.exists()) if folder else out.absolute().parent
    if folder and not place.is_dir():
        raise ConfigError(f"cannot make the folder {out}: {place} is a file", remedy="choose another --out")
    if not folder and out.is_dir():
        raise ConfigError(f"cannot write {out}: it is a folder", remedy="choose a file name, as in predictions.csv")
    if not place.is_dir():
        raise ConfigError(f"cannot write {out}: there is no folder {place}", remedy="make it, or choose another --out")
    if not os.access(out if out.exists() else place, os.W_OK):
        raise ConfigError(f"cannot write {out}: not permitted", remedy="choose another --out")


Data = Annotated[Path, typer.Argument(help=DATA, parser=given_path, metavar="DATA")]
DataOrTasks = Annotated[Path | None, typer.Argument(help=f"{DATA} Or --task.", parser=given_path, metavar="[DATA]")]
Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help="In place of DATA, once for each task of one model: cars=road/cars; =table.csv:column for a label column.",
        metavar="NAME=PATH",
    ),
]
Bundle = Annotated[Path, typer.Argument(help="Bundle folder that ghep fit wrote.", parser=given_path, metavar="BUNDLE")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first unusable example instead of leaving it out.")]
PathColumn = Annotated[str | None, typer.Option(help="Table column with the image path or bytes.")]
TextColumn = Annotated[str | None, typer.Option("--text-column", "--text", help="Table column with the text.")]
LabelColumns = Annotated[
    list[str] | None,
    typer.Option("--label-column", "--label", help="Table column with labels; repeat it for several tasks."),
]
SplitColumn = Annotated[str | None, typer.Option(help="Table column that says train, valid or test.")]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of tables and texts that are not UTF-8: latin-1, cp1252, utf-16.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, nothing else.")]


def numbers_by_name(given: list[str], flag: str) -> dict[str, float]:
    """Read ``NAME=NUMBER`` options; raise ConfigError for what is none."""
    found: dict[str, float] = {}
    for one in given:
        name, _, number = one.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise ConfigError(f'{flag} "{one}" is no name with a number', remedy=f"write {flag} signs=2")
    return found
