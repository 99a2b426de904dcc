"""Find the image, label and split columns of tables and turn rows into examples. In: tables, out: a ``Source``.

A column that the caller names is taken; otherwise usual names are looked for, and what was taken is said. Nothing is
guessed between two equally good columns: that is an error that asks.
"""

from __future__ import annotations

import math
import posixpath
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.data.dataset import Source
from ghep.data.sources.layout import SPLIT_NAMES, split_of
from ghep.data.sources.tables import Table
from ghep.errors import DataError, did_you_mean
from ghep.types import Example, Finding, Split

PATH_NAMES = ("path", "image", "file", "filename", "filepath", "image_path", "file_name", "img", "image_file")
LABEL_NAMES = ("label", "class", "target", "category")
SPLIT_COLUMN = "split"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a caller named; ``None`` and ``()`` mean: look for usual names."""

    path: str | None = None
    labels: tuple[str, ...] = ()
    split: str | None = None


def assemble(name: str, location: Path, tables: Sequence[Table], asked: Columns) -> Source:
    """Turn the rows of all tables into examples. Raises ``DataError``."""
    tables = [table for table in tables if table.lines]
    if not tables:
        raise DataError(f"{location} has no rows", remedy="expected a header and one row per image")
    chosen = _choose(tables, asked)
    ids = _ids(tables, chosen)
    examples: list[Example] = []
    splits: dict[str, Split] = {}
    for table, table_ids in zip(tables, ids, strict=True):
        for row, identity in enumerate(table_ids):
            raw = _raw(table, row, table.columns[str(chosen.path)][row])
            examples.append(Example(identity, raw, _labels(table, row, chosen.labels)))
            split = _split(table, row, chosen.split)
            if split:
                splits[identity] = split
    findings = () if chosen == asked else (_said(chosen),)
    return Source(name, location, tuple(examples), splits, chosen.labels, findings)


def _choose(tables: Sequence[Table], asked: Columns) -> Columns:
    first = tables[0]
    known = [key for key in first.columns if all(key in table.columns for table in tables)]
    for wanted in filter(None, (asked.path, asked.split, *asked.labels)):
        for table in tables:
            if wanted not in table.columns:
                raise DataError(f"{table.name} has no column {wanted!r}", remedy=did_you_mean(wanted, table.columns))
    path = asked.path or _choose_path(first, known, asked.labels)
    split = asked.split or next((key for key in known if key.lower() == SPLIT_COLUMN and key not in asked.labels), None)
    if split and all(table.split for table in tables) and not asked.split:
        split = None  # the files say it already
    labels = asked.labels or _choose_labels(tables, [key for key in known if key not in (path, split)])
    return Columns(path, labels, split)


def _choose_path(table: Table, known: list[str], taken: Sequence[str]) -> str:
    known = [key for key in known if key not in taken]
    pictures = [key for key in known if _holds_bytes(table.columns[key])]
    if len(pictures) == 1:
        return pictures[0]
    named = pictures or [key for key in known if key.lower() in PATH_NAMES]
    if len(named) == 1:
        return named[0]
    if named:
        raise DataError(
            f"{table.name}: images could be in {_listed(named)}", remedy="name one: path_column (--path-column)"
        )
    raise DataError(
        f"{table.name} has no column of images (looked for {', '.join(PATH_NAMES)}; found {_listed(table.columns)})",
        remedy="name it: path_column (--path-column)",
    )


def _choose_labels(tables: Sequence[Table], known: list[str]) -> tuple[str, ...]:
    named = [key for key in known if key.lower() in LABEL_NAMES]
    if not named and len([key for key in known if key.lower() not in PATH_NAMES]) == 1:
        named = [key for key in known if key.lower() not in PATH_NAMES]
    if len(named) == 2:
        named = _names_of_numbers(tables, named[0], named[1]) or named
    if len(named) == 1:
        return (named[0],)
    found = _listed(tables[0].columns)
    if named:
        cause = f"{tables[0].name}: labels could be in {_listed(named)}"
    else:
        cause = f"{tables[0].name} has no column of labels (looked for {', '.join(LABEL_NAMES)}; found {found})"
    raise DataError(cause, remedy="name one or more: label_columns (--label-column)")


def _names_of_numbers(tables: Sequence[Table], one: str, other: str) -> list[str] | None:
    """Return the column of names if two columns say the same, one in numbers and the other in words."""
    pairs = {
        (_text(a), _text(b))
        for table in tables
        for a, b in zip(table.columns[one], table.columns[other], strict=True)
        if _text(a) and _text(b)
    }
    if not len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs):
        return None
    numbers = [all(str(pair[side]).lstrip("-").isdigit() for pair in pairs) for side in (0, 1)]
    if numbers == [True, False]:
        return [other]
    return [one] if numbers == [False, True] else None


def _ids(tables: Sequence[Table], chosen: Columns) -> list[list[str]]:
    """Return an id for each row: the path, or for image bytes a given file name if unique, else table#row."""
    cells = [[_path_of(table, row, chosen.path) for row in range(len(table.lines))] for table in tables]
    counts = Counter(cell for column in cells for cell in column if cell)
    by_bytes = any(_holds_bytes(table.columns[str(chosen.path)]) for table in tables)
    if not by_bytes:
        _refuse_duplicates(tables, cells, counts)
        return [[str(cell) for cell in column] for column in cells]
    if counts and max(counts.values()) == 1 and all(cell for column in cells for cell in column):
        return [[str(cell) for cell in column] for column in cells]
    return [[f"{table.name}#{row}" for row in range(len(table.lines))] for table in tables]


def _path_of(table: Table, row: int, column: str | None) -> str | None:
    cell = table.columns[str(column)][row]
    if isinstance(cell, dict):
        cell = cell.get("path")
    elif isinstance(cell, bytes):
        beside = [key for key in table.columns if key.lower() in PATH_NAMES and key != column]
        cell = table.columns[beside[0]][row] if beside else None
    text = _text(cell)
    if not text:
        return None
    folder = table.name.rpartition("/")[0]  # train/metadata.csv: its paths start in train
    return posixpath.normpath(posixpath.join(folder, text.replace("\\", "/")))


def _refuse_duplicates(tables: Sequence[Table], cells: list[list[str | None]], counts: Counter[str]) -> None:
    for table, column in zip(tables, cells, strict=True):
        for row, cell in enumerate(column):
            if not cell:
                raise DataError(f"{table.where(row)}: no path", remedy="fill in the path, or remove the line")
    twice = [cell for cell, count in counts.items() if count > 1]
    if twice:
        rows = [
            table.where(row)
            for table, column in zip(tables, cells, strict=True)
            for row, cell in enumerate(column)
            if cell == twice[0]
        ]
        more = f" (and {len(twice) - 1} more paths)" if len(twice) > 1 else ""
        raise DataError(
            f"{twice[0]} is listed {len(rows)} times: {'; '.join(rows[:3])}{more}", remedy="keep one line per image"
        )


def _raw(table: Table, row: int, cell: Any) -> Path | bytes:
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes):
        return cell
    text = _text(cell)
    if text is None:
        return b""  # no image in this row: quarantined as empty
    if text.startswith(("http://", "https://")):
        raise DataError(
            f"{table.where(row)}: {text} is an address", remedy="download the images; ghep reads files only"
        )
    return table.folder / text.replace("\\", "/")


def _labels(table: Table, row: int, columns: Sequence[str]) -> dict[str, str]:
    labels = {}
    for column in columns:
        cell = table.columns[column][row]
        names = table.class_names.get(column)
        if names and isinstance(cell, int):
            cell = names[cell] if 0 <= cell < len(names) else None  # -1 is Hugging Face's "no label"
        if isinstance(cell, dict):
            raise DataError(f"{table.where(row)}: the label in {column!r} is an object", remedy="give text or a number")
        text = _text(cell)
        if text is not None:
            labels[column] = text
    return labels


def _split(table: Table, row: int, column: str | None) -> Split | None:
    text = _text(table.columns[column][row]) if column else None
    if text is None:
        return table.split
    split = split_of(text)
    if split is None:
        known = ", ".join(SPLIT_NAMES)
        raise DataError(f"{table.where(row)}: {text!r} is no split", remedy=f"use one of {known}, or leave it blank")
    return split


def _text(cell: Any) -> str | None:
    """Return a cell as text, ``None`` if blank. ``NA`` and ``None`` as text are labels like any other."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a column of integers with gaps becomes float on its way through data frames
    if isinstance(cell, (list, tuple)):
        cell = "|".join(str(part) for part in cell)
    text = str(cell)
    return text if text.strip() else None


def _holds_bytes(cells: Sequence[Any]) -> bool:
    first = next((cell for cell in cells if cell is not None), None)
    return isinstance(first, bytes) or (isinstance(first, dict) and {"bytes", "path"} <= set(first))


def _said(chosen: Columns) -> Finding:
    message = f"images from column {chosen.path!r}, labels from {_listed(chosen.labels)}"
    message += f", split from {chosen.split!r}" if chosen.split else ""
    items = (str(chosen.path), *chosen.labels, *((chosen.split,) if chosen.split else ()))
    return Finding(
        "columns-chosen", "info", message, "name them if others were meant: --path-column, --label-column", items
    )


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)
