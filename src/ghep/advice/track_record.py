"""The track record of the advice: how often it was right on the data sets of ``benchmarks/advice.py``."""

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
    """Return the track record: ``data_sets`` (a list of entries), and ``median``, ``worst``, ... over their regrets.

    The ``regret`` of a data set is the accuracy lost by following the advice instead of the best choice.
    """
    found: Mapping[str, Any] = read_json(FILE, error=ConfigError, what=Message("track-record"))
    return found
