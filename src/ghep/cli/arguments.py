"""Arguments that several verbs share, said once."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.data.sources.options import READ_OPTIONS, ReadOption, given_options
from ghep.errors import ConfigError
from ghep.storage.paths import path_named

DETERMINISTIC = (
    "The same command, seed and data give the same weights and predictions, bit for bit, however busy the machine is: "
    "nothing is decided by timing (training in float32 unless --precision says otherwise, no --time-limit). "
    "Without it what was measured is noted in decisions.json, and --resume keeps to it."
)
DATA = "Folder of class folders, table (CSV, TSV, JSON, Parquet, Excel) or Hugging Face folder; of images or of texts."


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
ImageSize = Annotated[
    int | None,
    typer.Option(help="Height and width of the backbone's images in pixels; those it was pretrained at unless given."),
]
MaxLength = Annotated[
    int | None, typer.Option(help="Texts: tokens that are read of each; the backbone's own limit unless given.")
]
Truncate = Annotated[
    str | None, typer.Option(help="Texts: what is kept of a longer one: head (unless given), tail or head+tail.")
]
Device = Annotated[str | None, typer.Option(help="auto (CUDA if there is one), cpu, cuda, mps.")]
Deterministic = Annotated[bool | None, typer.Option("--deterministic", help=DETERMINISTIC)]
Cache = Annotated[
    bool | None,
    typer.Option("--cache/--no-cache", help="Keep what frozen blocks compute, for later runs."),
]
CacheDir = Annotated[Path | None, typer.Option(help="Where it is kept, shared by runs.", parser=given_path)]
CacheSize = Annotated[str | None, typer.Option(help="At most this much of it: 8G.")]
ReportTo = Annotated[
    list[str] | None,
    typer.Option(help="Experiment tracker: tensorboard, mlflow or wandb; repeat it for several.", metavar="TRACKER"),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, nothing else.")]


def reads_data(command: Callable[..., None], *, unlabelled: bool = False) -> Callable[..., None]:
    """Give a command the options of ``READ_OPTIONS``; it receives those that were given as ``reading``.

    ``unlabelled`` leaves out the options about labels and splits. A command that takes the typer context finds them in
    ``context.params`` under their names, too.
    """
    options = [option for option in READ_OPTIONS if option.unlabelled or not unlabelled]
    own = inspect.signature(command, eval_str=True)
    mine = {name: one.replace(kind=one.KEYWORD_ONLY) for name, one in own.parameters.items() if name != "reading"}
    last = [mine.pop("json")]

    @functools.wraps(command)
    def with_options(**values: Any) -> None:
        reading = {option.name: _value(option, values.pop(option.name)) for option in options}
        command(**values, reading=given_options(reading))

    added = [_parameter(option) for option in options]
    signature = own.replace(parameters=[*mine.values(), *added, *last])
    with_options.__signature__ = signature  # type: ignore[attr-defined]
    with_options.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    del with_options.__wrapped__
    return with_options


def _value(option: ReadOption, given: list[str] | None) -> list[str] | str | None:
    """Return what an option was given as; two values for one that takes one would leave all but the last unused."""
    if option.several or not given:
        return given
    if len(given) > 1:
        flag, values = option.flags[0], " and ".join(map(repr, given))
        raise ConfigError(f"{flag} was given {len(given)} times, as {values}, and takes one value", remedy="keep one")
    return given[0]


def _parameter(option: ReadOption) -> inspect.Parameter:
    flag = typer.Option(
        *option.flags, help=option.help, metavar=option.metavar or "<str>", rich_help_panel="How data are read"
    )
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, flag]
    )


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
