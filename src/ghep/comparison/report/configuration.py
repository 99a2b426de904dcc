"""The settings of a comparison as TOML text, to be copied into a file; the names are those of the command-line flags.

In: plain values. Out: text that ``tomllib`` reads as the same values. None is left out, because TOML has no null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ghep.display.html import visible
from ghep.storage.text import plain

BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(settings: Mapping[str, Any]) -> str:
    r"""Return ``settings`` as TOML text: plain values first, then tables.

    >>> toml_text({"data": "photos", "seeds": (0, 1), "light": {"epochs": 3}})
    'data = "photos"\nseeds = [0, 1]\n\n[light]\nepochs = 3\n'
    """
    return "\n".join(_table(plain(settings), ())).strip() + "\n" if settings else ""


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    given = {key: value for key, value in values.items() if value is not None and value != {}}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in given.items() if not isinstance(value, dict)]
    for key, value in given.items():
        if isinstance(value, dict):
            here = (*path, key)
            lines += ["", f"[{'.'.join(map(_key, here))}]", *_table(value, here)]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value if one is not None)}]"
    if isinstance(value, dict):
        inside = (f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None)
        return f"{{ {', '.join(inside)} }}"
    return _text(str(value))


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # A JSON string is a TOML string, except for DEL and lone surrogates, which ``visible`` replaces.
    return json.dumps(visible(text), ensure_ascii=False)
