"""Rows as a pandas DataFrame. pandas is optional: nothing else in the package needs it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from ghep.errors import ConfigError


def frame_of(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Return a DataFrame with one row per mapping; raise ConfigError if pandas is not installed."""
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise ConfigError("pandas-missing") from error
    return pandas.DataFrame(list(rows))
