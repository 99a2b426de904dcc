"""Rows as a pandas DataFrame, where pandas is installed: nothing else here needs it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from ghep.errors import ConfigError


def frame_of(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Return a DataFrame with a row for each mapping; raises ConfigError without pandas."""
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise ConfigError("a data frame needs pandas, which is not installed", remedy="pip install pandas") from error
    return pandas.DataFrame(list(rows))
