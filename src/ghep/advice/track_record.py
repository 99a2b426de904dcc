"""The track record of the advice, as measured by ``benchmarks/advice.py``, packaged with the rules."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError
from ghep.messages import Message
from ghep.storage.text import read_json

FILE = Path(__file__).with_name("track_record.json")


@functools.cache
def track_record() -> Mapping[str, Any]:
    """Return the table: ``data_sets`` (one entry each, with its ``regret`` in accuracy), ``median``, ``worst``, ..."""
    found: Mapping[str, Any] = read_json(FILE, error=ConfigError, what=Message("track-record"))
    return found
