"""Read CSV, TSV and JSON Lines into columns of cells, saying the line and the remedy where a file cannot be read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.errors import DataError
from ghep.types import Finding, Split

_LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, and what is known about them from outside the cells."""

    name: str
    """Path relative to the data root, forward slashes."""
    folder: Path
    """Relative paths in the cells start here."""
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int]
    """Line (or row number) of each row, for messages."""
    split: Split | None = None
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column of integers -> the names they stand for (Hugging Face ``ClassLabel``)."""
    header_line: bool = False
    """The names of the columns are the first line: they could be data where somebody forgot to write them."""
    findings: tuple[Finding, ...] = ()
    """What there is to say about how the file was read."""

    def where(self, row: int) -> str:
        """Name a row for a message."""
        return f"{self.name}, line {self.lines[row]}"


def read_delimited(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Read a CSV or TSV with a header; cells stay text. Raises ``DataError`` naming the line."""
    text = _decode(path, encoding)
    name = path.relative_to(root).as_posix()
    delimiter = _delimiter(path, text)
    plain = delimiter == "\t" and _means_quotes_plainly(text)
    rows, lines = _unquoted_rows(text) if plain else _rows(text, delimiter, name)
    if not rows:
        raise DataError(f"{name} is empty", remedy="expected a header line such as path,label and one line per example")
    header = [cell.strip() for cell in rows[0]]
    _check_header(header, name)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise DataError(
                f"{name}, line {line}: {len(row)} cells, but the header has {len(header)}",
                remedy="add the missing cells, or put text that holds the delimiter in double quotes",
            )
    columns = {key: [row[at] for row in rows[1:]] for at, key in enumerate(header)}
    return Table(name, path.parent, columns, lines[1:], split, header_line=True)


def _rows(text: str, delimiter: str, name: str) -> tuple[list[list[str]], list[int]]:
    """Return rows, and the line that each ends on, by the rules of RFC 4180; blank lines are none."""
    csv.field_size_limit(_LONGEST_CELL)  # 131,072 characters unless said: a long document has more
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{name}, line {reader.line_num}: {error}", remedy="check the quotes on that line") from None
    return rows, lines


def _means_quotes_plainly(text: str) -> bool:
    """Tell whether a table with tabs, as many corpora are published, has quotation marks that are only that.

    It has if the rules of quoting fail on it or join lines, while cut at its tabs alone every line has as many cells as
    the header. Tables that really are quoted pass by the rules, or have lines that are only part of a cell.
    """
    if '"' not in text:
        return False
    plain, _ = _unquoted_rows(text)
    if len({len(row) for row in plain}) != 1:
        return False
    try:
        return len(_rows(text, "\t", "")[0]) != len(plain)
    except DataError:
        return True


def _unquoted_rows(text: str) -> tuple[list[list[str]], list[int]]:
    numbered = [(line.removesuffix("\r"), at) for at, line in enumerate(text.split("\n"), start=1)]
    return [line.split("\t") for line, _ in numbered if line], [at for line, at in numbered if line]


def read_json_lines(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Read one JSON object per line; an absent key is a missing cell. Raises ``DataError`` naming the line."""
    name = path.relative_to(root).as_posix()
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for line, text in enumerate(_decode(path, encoding).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            remedy = 'each line has to be one JSON object, as in {"path": "a.jpg", "label": "cat"}'
            raise DataError(f"{name}, line {line}: {error}", remedy=remedy) from None
        if not isinstance(row, dict):
            raise DataError(f"{name}, line {line}: not an object", remedy='write {"path": ..., "label": ...}')
        rows.append(row)
        lines.append(line)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return Table(name, path.parent, {key: [row.get(key) for row in rows] for key in keys}, lines, split)


def _decode(path: Path, encoding: str | None) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", remedy="check the permissions") from None
    if encoding is not None:
        return _decoded_as(encoding, data, path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4096]:
        raise DataError(f"{path.name} is not UTF-8 text; line 1 looks like UTF-16", remedy=_convert(path, "utf-16"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cause = f"{_place(path, data, error)} is not UTF-8; it looks like latin-1 or cp1252"
        raise DataError(cause, remedy=_convert(path, "latin-1")) from None


def _decoded_as(encoding: str, data: bytes, path: Path) -> str:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        cause = f"{_place(path, data, error)} is not {encoding}"
        raise DataError(cause, remedy="name the encoding that it was saved in, or save it as UTF-8") from None
    if "\0" in text[:4096]:
        cause = f"{path.name} read as {encoding} has zero bytes in it: it is in another encoding"
        raise DataError(cause, remedy="try --encoding utf-16 (encoding=...), or save it as UTF-8")
    return text


def _place(path: Path, data: bytes, error: UnicodeDecodeError) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    return f"{path.name}, line {line}: byte 0x{data[error.start]:02x}"


def _convert(path: Path, encoding: str) -> str:
    save = f"iconv -f {encoding} -t utf-8 {path.name} > utf8-{path.name}"
    return f"say so: --encoding {encoding} (encoding=...), or save it as UTF-8, for example: {save}"


def _delimiter(path: Path, text: str) -> str:
    """Tab for TSV; else comma, unless the header has none but has semicolons or tabs (European spreadsheets)."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = text.split("\n", 1)[0]
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _check_header(header: list[str], name: str) -> None:
    twice = sorted({key for key in header if header.count(key) > 1})
    if twice:
        raise DataError(f"{name}: the header names {', '.join(map(repr, twice))} twice", remedy="rename one of them")
