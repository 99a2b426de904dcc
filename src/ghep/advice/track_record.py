"""How often such advice was right: what ``benchmarks/advice.py`` measured, packaged with the rules it measured."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError
from ghep.storage.text import read_json

FILE = Path(__file__).with_name("track_record.json")


@functools.cache
def track_record() -> Mapping[str, Any]:
    """Return the table: ``data_sets`` (one entry each, with its ``regret`` in accuracy), ``median``, ``worst``, ..."""
    found: Mapping[str, Any] = read_json(FILE, error=ConfigError, what="the track record of the advice")
    return found
