"""Read JSON files. In: a path. Out: a ``Table`` of columns. These forms are read:

{"text": "a", "label": 1}                  JSON Lines, whatever the file is called
[{"text": "a", "label": 1}]                a list of objects; also under one key, {"data": [...]}
{"text": {"0": "a"}, "label": {"0": 1}}    ``DataFrame.to_json()``; lists in place of the objects, too
{"columns": [...], "data": [[...]]}        ``DataFrame.to_json(orient="split")``
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.sources.tables.columns import LABEL_NAMES, PATH_NAMES, TEXT_NAMES, usual
from ghep.data.sources.tables.decoding import decoded, read_bytes
from ghep.data.sources.tables.delimited import Table, place_in_table
from ghep.errors import DataError
from ghep.types import Split

_ROWS = re.compile(rb'\s*(\[\s*\{|\{[^{}]*"(data|rows|examples)"\s*:\s*\[\s*\{)')

_USUAL_NAMES = (*TEXT_NAMES, *PATH_NAMES, *LABEL_NAMES)


def holds_rows(path: Path) -> bool:
    """Return whether a ``.json`` file may be a table, and not settings, class names or boxes."""
    try:
        data = read_bytes(path)
    except DataError:
        return False
    if _ROWS.match(data):
        return True
    first, _, rest = data.lstrip().partition(b"\n")
    try:
        return bool(rest.strip()) and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def read_json(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Return a JSON file as a table; an absent key is a missing cell. Raises ``DataError`` if there are no rows."""
    name = path.relative_to(root).as_posix()
    text = decoded(path, encoding)
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise DataError("json-too-nested", table=name, problem=error) from None
    except ValueError as error:
        if len(text.strip().split("\n", 1)) == 1:
            raise DataError("json-malformed", table=name, problem=error) from None
        return _of_lines(name, path.parent, text, split)
    if isinstance(content, dict) and not any(isinstance(value, list | dict) for value in content.values()):
        return _of_lines(name, path.parent, text, split)  # JSON Lines with one line
    rows = _rows(name, content)
    return _table(name, path.parent, rows, range(1, len(rows) + 1), split, "item")


def read_json_lines(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Return a file with one JSON object per line as a table. Raises ``DataError`` that names the line.

    An absent key is a missing cell.
    """
    name = path.relative_to(root).as_posix()
    text = decoded(path, encoding)
    if re.match(r"\s*\[\s*(\{|$)", text):  # a list of objects with the wrong suffix
        return read_json(path, root, split, encoding)
    return _of_lines(name, path.parent, text, split)


def _of_lines(name: str, folder: Path, text: str, split: Split | None) -> Table:
    rows: list[Mapping[str, Any]] = []
    lines: list[int] = []
    for line, one in enumerate(text.split("\n"), start=1):
        if not one.strip():
            continue
        try:
            row = json.loads(one)
        except (ValueError, RecursionError) as error:
            raise DataError("json-line-malformed", place=place_in_table(name, "line", line), problem=error) from None
        if not isinstance(row, dict):
            raise DataError("json-line-not-object", place=place_in_table(name, "line", line))
        rows.append(row)
        lines.append(line)
    return _table(name, folder, rows, lines, split, "line")


def _rows(name: str, content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, dict):
        content = _of_object(name, content)
    if not isinstance(content, list):
        raise DataError("json-not-rows", table=name, found=json.dumps(content)[:60])
    wrong = next((at for at, row in enumerate(content, start=1) if not isinstance(row, dict)), None)
    if wrong is not None:
        found = type(content[wrong - 1]).__name__
        raise DataError("json-item-not-object", place=place_in_table(name, "item", wrong), found=found)
    return list(content)


def _of_object(name: str, content: Mapping[str, Any]) -> list[Any]:
    """Return the rows in a JSON object, as dicts: its only list of objects, or rows made of its columns.

    Raises ``DataError`` for several lists of objects, and for an object without rows.
    """
    columns, data = content.get("columns"), content.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, columns), row, strict=False)) for row in data]
    lists = [key for key, value in content.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) > 1:
        raise DataError("json-several-lists", table=name, keys=list(map(repr, lists[:8])))
    if lists:
        return list(content[lists[0]])
    values = list(content.values())
    if values and all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        if all(map(str.isdigit, keys)) or any(usual(key) in _USUAL_NAMES for key in content):
            return [{column: value.get(key) for column, value in content.items()} for key in keys]
        return [{"id": key, **value} for key, value in content.items()]
    if values and all(isinstance(value, list) and len(value) == len(values[0]) for value in values):
        return [dict(zip(content, row, strict=True)) for row in zip(*values, strict=True)]
    raise DataError("json-one-object", table=name, keys=list(map(repr, list(content)[:8])))


def _table(
    name: str, folder: Path, rows: Sequence[Mapping[str, Any]], lines: Sequence[int], split: Split | None, unit: str
) -> Table:
    keys = dict.fromkeys(key for row in rows for key in row)
    return Table(name, folder, {key: [row.get(key) for row in rows] for key in keys}, lines, split, unit=unit)
