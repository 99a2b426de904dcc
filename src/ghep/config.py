"""Settings from a TOML file and from flags, checked and resolved to the plain values that ``ghep.fit`` takes.

A config file holds the same names as the flags, with underscores:

    data = "photos"
    backbone = "seedling"
    strategy = "light"
    epochs = 10
    time_limit = "30m"

Flags override the file. Config objects stop here: everything below receives plain values. Whether a value is of the
right kind is asked once, by ``fit``.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError, did_you_mean
from ghep.storage.paths import path_named
from ghep.storage.text import reason

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SIZES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def resolve(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for ``ghep.fit``: the file's values, overridden by the flags that were given."""
    values = _together(file, flags)
    strategy = values.get("strategy", "linear_probe")
    known = known_keys(strategy if isinstance(strategy, str) else "linear_probe")
    return _in_units(_known(values, known, f"strategy {strategy}"))


def resolve_comparison(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for ``ghep.compare``."""
    from ghep.comparison.settings import KEYS

    return _in_units(_known(_together(file, flags), {"data", "out", "overwrite", *KEYS}, "compare"))


def _together(file: Path | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    return {**(read_toml(file) if file else {}), **{key: value for key, value in flags.items() if value is not None}}


def _known(values: dict[str, Any], known: set[str], of: str) -> dict[str, Any]:
    """Return ``values``; raise ConfigError for a name that is none, and where no data were named."""
    unknown = [key for key in values if key not in known]
    if unknown:
        raise ConfigError(
            f"no setting is called {', '.join(unknown)} ({of})",
            remedy="; ".join(did_you_mean(key, sorted(known)) for key in unknown),
        )
    if "data" not in values:
        raise ConfigError(
            "no data was named", remedy='pass a folder or table, or put data = "..." into the config file'
        )
    return values


def _in_units(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with times in seconds and sizes in bytes."""
    for key in ("time_limit", "checkpoint_seconds"):
        if isinstance(values.get(key), str):
            values[key] = seconds(values[key])
    if isinstance(values.get("cache_size"), str):
        values["cache_size"] = number_of_bytes(values["cache_size"])
    return values


def known_keys(strategy: str) -> set[str]:
    """Return every name a config for ``strategy`` may hold. Imports the strategies, and with them torch."""
    from ghep.experiment.options import COLUMNS, RunOptions
    from ghep.strategy.catalog import STRATEGIES, strategy_named

    options = {field.name for field in dataclasses.fields(RunOptions)} - {"read"}
    kinds = STRATEGIES.values() if strategy == "auto" else [type(strategy_named(strategy))]  # auto: nobody knows yet
    settings = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    return {"data", "backbone", "strategy", "seed", *options, *settings, *COLUMNS}


def read_toml(file: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; raise ConfigError with the line of a mistake."""
    try:
        return tomllib.loads(path_named(file, error=ConfigError, what="config").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read ({reason(error)})", remedy="pass a UTF-8 TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}", remedy="correct that line") from error


def seconds(text: str | float) -> float:
    """Read a length of time: ``90``, ``90s``, ``30m``, ``1.5h``."""
    return _with_unit(str(text), UNITS, "a time", "90s, 30m or 1.5h")


def number_of_bytes(text: str | int) -> int:
    """Read a size: ``500M``, ``8G``."""
    units = {unit: float(size) for unit, size in SIZES.items()}
    return int(_with_unit(str(text).upper().removesuffix("B"), units, "a size", "500M or 8G"))


def _with_unit(text: str, units: Mapping[str, float], what: str, examples: str) -> float:
    number = text.strip().rstrip("".join(units))
    unit = text.strip()[len(number) :]
    try:
        value = float(number) * units.get(unit, 1.0)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf") or (unit and unit not in units):
        raise ConfigError(f'"{text}" is not {what}', remedy=f"write it as {examples}")
    return value
