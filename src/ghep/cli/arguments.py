"""Arguments that several commands share, and the flags that are made from settings."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.markup import escape

from ghep.errors import ConfigError
from ghep.messages import Message, text_of
from ghep.setting import PANELS, READING, Setting
from ghep.storage.paths import path_named


def given_path(text: str) -> Path:
    """Return ``text`` as a path; raise ConfigError for empty text: an unset variable is not the current folder."""
    return path_named(text, error=ConfigError, what=Message("path-on-command-line"))


def can_write(out: Path | None, *, folder: bool = False) -> None:
    """Raise ConfigError before any work is done if the file ``out``, or with ``folder`` the folder, is not writable."""
    if out is None:
        return
    place = next(one for one in (out, *out.absolute().parents) if one.exists()) if folder else out.absolute().parent
    if folder and not place.is_dir():
        raise ConfigError("out-folder-is-file", out=out, file=place)
    if not folder and out.is_dir():
        raise ConfigError("out-is-folder", out=out)
    if not place.is_dir():
        raise ConfigError("out-no-parent", out=out, folder=place)
    if not os.access(out if out.exists() else place, os.W_OK):
        raise ConfigError("out-not-permitted", out=out)


DATA = text_of("setting-data")
COMMON_PANEL = text_of("panel-common")
Data = Annotated[Path, typer.Argument(help=DATA, parser=given_path, metavar="DATA")]
DataOrTasks = Annotated[
    Path | None, typer.Argument(help=text_of("help-data-or-tasks"), parser=given_path, metavar="DATA")
]
DataAsText = Annotated[str | None, typer.Argument(help=text_of("help-data-or-tasks"), metavar="DATA")]
Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", help=text_of("help-task"), metavar="NAME=PATH", rich_help_panel=COMMON_PANEL),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help=text_of("help-config"), parser=given_path, metavar="FILE", rich_help_panel=COMMON_PANEL
    ),
]
Bundle = Annotated[Path, typer.Argument(help=text_of("help-bundle"), parser=given_path, metavar="BUNDLE")]
Strict = Annotated[bool, typer.Option("--strict", help=text_of("setting-strict"))]
CacheSize = Annotated[str | None, typer.Option(help=text_of("setting-cache_size"))]
Json = Annotated[bool, typer.Option("--json", help=text_of("help-json"), rich_help_panel=COMMON_PANEL)]


def with_settings(verb: str, settings: Mapping[str, Setting], command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` with a flag for each of ``settings`` that the command called ``verb`` has.

    The settings that were given on the command line are passed to ``command`` as its argument ``settings``.
    """
    mine = {name: one for name, one in settings.items() if verb in one.verbs}
    ordered = sorted(mine.values(), key=lambda one: PANELS.index(one.panel))
    own = inspect.signature(command, eval_str=True)
    first = {name: one.replace(kind=one.KEYWORD_ONLY) for name, one in own.parameters.items() if name != "settings"}
    last = [first.pop("json")] if "json" in first else []

    @functools.wraps(command)
    def with_flags(**values: Any) -> None:
        given = {one.name: _value(one, values.pop(one.name)) for one in ordered}
        command(**values, settings={name: value for name, value in given.items() if value not in (None, (), [], {})})

    signature = own.replace(parameters=[*first.values(), *(_parameter(one, verb) for one in ordered), *last])
    with_flags.__signature__ = signature  # type: ignore[attr-defined]
    with_flags.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    del with_flags.__wrapped__
    return with_flags


def _value(one: Setting, given: Any) -> Any:
    """Return the value of a flag; raise ConfigError for several values of a flag that takes one.

    Otherwise all values but the last would be ignored.
    """
    if one.by_name and given:
        return numbers_by_name(given, one.flag)
    if one.several or not isinstance(given, list) or not given:
        return given
    if len(given) > 1:
        raise ConfigError("flag-repeated", flag=one.flag, count=len(given), values=[repr(each) for each in given])
    return given[0]


def _parameter(one: Setting, verb: str) -> inspect.Parameter:
    """Return the function parameter from which typer makes a flag; its value is None if the flag is not given."""
    kind = _kind(one)
    several = one.several or one.by_name or one.panel == READING
    extra: dict[str, Any] = {"parser": given_path} if kind is Path else {}
    flags = one.flags or ((f"--{one.name.replace('_', '-')}",) if kind is bool else ())
    metavar = one.metavar or ("<str>" if one.panel == READING else None)
    title = text_of(f"panel-{one.panel}")
    option = typer.Option(*flags, help=escape(one.help(verb)), metavar=metavar, rich_help_panel=title, **extra)
    taken: Any = list[str] if several else kind
    annotation = Annotated[taken | None, option]
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _kind(one: Setting) -> Any:
    """Return the type of a flag's value; times and sizes are text, because they may have a unit."""
    if one.unit or one.text:
        return str
    types = {one.type, *get_args(one.type)}
    return next((kind for kind in (bool, Path, int, float) if kind in types), str)


def numbers_by_name(given: list[str], flag: str) -> dict[str, float]:
    """Return name -> number from texts ``NAME=NUMBER``; raise ConfigError for any other text."""
    found: dict[str, float] = {}
    for one in given:
        name, _, number = one.rpartition("=")
        try:
            found[name] = int(number) if number.isdecimal() else float(number)
        except ValueError:
            name = ""
        if not name:
            raise ConfigError("flag-not-name-number", flag=flag, value=one)
    return found
