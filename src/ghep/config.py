"""Settings from a TOML file and from flags, resolved to the keyword arguments of ``ghep.fit`` and ``ghep.compare``.

A config file holds the same names as the flags, with underscores:

    data = "photos"
    backbone = "efficientnet-lite0"
    strategy = "light"
    epochs = 10
    time_limit = "30m"

A model for several tasks has a table of tasks in place of ``data``:

    [tasks]
    cars = "road/cars"
    people = "road/pedestrians"

Flags override the file. No other module reads config files: ``ghep.fit`` and ``ghep.compare`` receive plain values and
check them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError, did_you_mean
from ghep.setting import Setting
from ghep.storage.paths import path_named
from ghep.storage.text import reason

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SIZES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def resolve(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for ``ghep.fit``: the file's values, overridden by the flags that were given."""
    from ghep.experiment.options import fit_settings

    values = _together(file, flags)
    strategy = values.get("strategy", "linear_probe")
    settings = fit_settings(strategy if isinstance(strategy, str) else "linear_probe")
    return in_units(_known(values, {*settings, "tasks"} - {"read"}, f"strategy {strategy}"), settings)


def resolve_comparison(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for ``ghep.compare``: the file's values, overridden by the flags that were given."""
    from ghep.comparison.planning.settings import compare_settings

    settings = compare_settings()
    return in_units(_known(_together(file, flags), {*settings, "data", "tasks"}, "compare"), settings)


def _together(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in flags.items() if value is not None}
    tasks = given.pop("task", None)
    given |= {"tasks": tasks_named(tasks)} if tasks else {}
    _refuse_both(given)
    values = read_toml(file) if file else {}
    _refuse_both(values)
    if given.keys() & {"data", "tasks"}:
        values = {key: value for key, value in values.items() if key not in ("data", "tasks")}
    return {**values, **given}


def data_named(data: Path | None, tasks: Sequence[str] | None) -> Path | dict[str, str]:
    """Return the data of a command that takes DATA or ``--task``; raise ConfigError for both and for neither."""
    named = {"data": data} if data is not None else {}
    values = _one_of({**named, **({"tasks": tasks_named(tasks)} if tasks else {})})
    return values["data"]  # type: ignore[no-any-return]


def tasks_named(flags: Sequence[str]) -> dict[str, str]:
    """Return name -> path for ``["cars=road/cars", ...]``; raise ConfigError for any other text."""
    found: dict[str, str] = {}
    for flag in flags:
        name, equals, place = flag.partition("=")
        if not equals or not name.strip() or not place.strip():
            raise ConfigError("task-not-name-path", value=repr(flag))
        if name in found:
            raise ConfigError("task-repeated", name=name)
        found[name] = place
    return found


def _refuse_both(values: Mapping[str, Any]) -> None:
    if {"data", "tasks"} <= values.keys():
        raise ConfigError("data-and-tasks")


def _one_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with the key ``tasks``, if present, renamed to ``data``.

    Raises ConfigError if ``values`` has neither key or both.
    """
    _refuse_both(values)
    if not values.keys() & {"data", "tasks"}:
        raise ConfigError("no-data")
    return {"data" if key == "tasks" else key: value for key, value in values.items()}


def _known(values: dict[str, Any], known: set[str], of: str) -> dict[str, Any]:
    """Return ``values`` with the key ``tasks`` renamed to ``data``, as in ``_one_of``.

    Raises ConfigError for keys that are not in ``known``; ``of`` says in the message what has no such setting.
    """
    unknown = [key for key in values if key not in known]
    if unknown:
        hints = [did_you_mean(key, sorted(known)) for key in unknown]
        raise ConfigError("unknown-setting", names=unknown, of=of, hints=hints)
    return _one_of(values)


def in_units(values: dict[str, Any], settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Return ``values`` with texts such as ``30m`` and ``8G`` converted to seconds and bytes."""
    read = {"seconds": seconds, "bytes": number_of_bytes}
    return {
        key: read[settings[key].unit](value)
        if isinstance(value, str) and key in settings and settings[key].unit
        else value
        for key, value in values.items()
    }


def read_toml(file: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; raise ConfigError with the line of a mistake."""
    try:
        return tomllib.loads(path_named(file, error=ConfigError, what="config").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("config-unreadable", file=file, cause=reason(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config-not-toml", file=file, cause=error) from error


def seconds(text: str | float) -> float:
    """Return the number of seconds in ``90``, ``90s``, ``30m`` or ``1.5h``; raise ConfigError for any other text."""
    return _with_unit(str(text), UNITS, "not-a-time")


def number_of_bytes(text: str | int) -> int:
    """Return the number of bytes in ``500M`` or ``8G``; raise ConfigError for any other text."""
    units = {unit: float(size) for unit, size in SIZES.items()}
    return int(_with_unit(str(text).upper().removesuffix("B"), units, "not-a-size"))


def _with_unit(text: str, units: Mapping[str, float], code: str) -> float:
    number = text.strip().rstrip("".join(units))
    unit = text.strip()[len(number) :]
    try:
        value = float(number) * units.get(unit, 1.0)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf") or (unit and unit not in units):
        raise ConfigError(code, text=text)
    return value
