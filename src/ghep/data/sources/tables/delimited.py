"""Read CSV and TSV files. In: a path. Out: a ``Table`` of columns. Errors name the line and the remedy."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ghep.data.sources.tables.decoding import decoded
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import Finding, Split

_LONGEST_CELL = 2**31 - 1
_INSPECTED = 65_536
"""Characters of a table inspected to determine its format."""
_DECLARED = re.compile(r"sep=([^\s\w]|\t)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: columns of equal length, and facts that are not in the cells, such as its name and split."""

    name: str
    """Path relative to the data root, forward slashes."""
    folder: Path
    """Base of the relative paths in the cells."""
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int]
    """For messages: the number of each row in a spreadsheet, where the header is row 1; else its line, or its number
    from 1."""
    split: Split | None = None
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column of integers -> the class names they stand for (Hugging Face ``ClassLabel``)."""
    header_line: bool = False
    """The column names are the first line, which may be data if the header was forgotten."""
    findings: tuple[Finding, ...] = ()
    """Findings on how the file was read."""
    unit: str = "line"
    """What ``lines`` counts: ``line`` of text, ``row`` of a spreadsheet or Parquet file, ``item`` of a JSON list."""
    first_row: int = 0
    """Number of rows of the file before these, if these are a part of it."""

    def where(self, row: int) -> Message:
        """Return where a row is, for a message: name of the table, and number of the line or row."""
        return place_in_table(self.name, self.unit, self.lines[row])


def place_in_table(table: str, unit: str, number: int) -> Message:
    """Return where something is, for a message: in ``table``, at line, row or item (``unit``) ``number``."""
    return Message("place-in-table", {"table": table, "unit": unit, "number": number})


def read_delimited(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Return a CSV or TSV with a header as a table; cells stay text. Raises ``DataError`` that names the line."""
    name = path.relative_to(root).as_posix()
    declared, text = _declared_delimiter(decoded(path, encoding))
    delimiter = declared or _delimiter(path, text)
    if delimiter == "\t" and _means_quotes_plainly(text):
        records = _unquoted_records(text)
    else:
        skip = _has_spaces_after(delimiter, text)
        records = _records(text, delimiter, name, first_line=2 if declared else 1, skip_spaces=skip)
    numbered = [(line, record) for line, record in enumerate(records, start=1) if record]
    if not numbered:
        raise DataError("table-empty", table=name)
    (_, header), *numbered = numbered
    names, rows, findings = with_header(name, header, [record for _, record in numbered], [at for at, _ in numbered])
    columns = {key: [row[at] for _, row in rows] for at, key in names.items()}
    return Table(
        name, path.parent, columns, [line for line, _ in rows], split, header_line=True, findings=tuple(findings)
    )


def with_header(
    name: str,
    header: Sequence[str],
    records: Sequence[Sequence[Any]],
    lines: Sequence[int],
    unit: str = "line",
) -> tuple[dict[int, str], list[tuple[int, Sequence[Any]]], list[Finding]]:
    """Return the columns (a dict, position -> name), the rows (a list of (line number, cells)), and findings.

    Empty columns without a name are dropped; others get the name that pandas gives ("Unnamed: 2"); a first column of
    row names keeps the name "". Repeated headers, as in concatenated files, are dropped. Raises ``DataError``.
    """
    last = header[-1]
    header = [cell.strip() for cell in header]
    longer = len(header) + 1
    if records and all(len(record) == longer for record in records):
        if all(is_blank(record[-1]) for record in records):
            records = [record[:-1] for record in records]  # a trailing delimiter in every line but the header
        elif _names_rows([record[0] for record in records]):
            header = ["", *header]  # row names without a header, as R writes them
    rows: list[tuple[int, Sequence[Any]]] = []
    repeated: list[int] = []
    for line, record in zip(lines, records, strict=True):
        if len(header) > 1 and len(record) == 1 and is_blank(record[0]):
            continue  # a line of spaces
        if len(record) < len(header) and not any(header[len(record) :]):
            record = [*record, *[""] * (len(header) - len(record))]
        if len(record) != len(header):
            raise DataError(
                "cells-do-not-match-header",
                place=place_in_table(name, unit, line),
                cells=len(record),
                columns=len(header),
            )
        if len(header) > 1 and record[-1] == last and [str(cell).strip() for cell in record] == header:
            repeated.append(line)
        else:
            rows.append((line, record))
    twice = sorted({key for key in header if key and header.count(key) > 1})
    if twice:
        raise DataError("header-repeats-name", table=name, names=list(map(repr, twice)))
    columns: dict[int, str] = {}
    nameless: list[int] = []
    for at, key in enumerate(header):
        filled = [line for line, record in rows if not is_blank(record[at])]
        if key or (at == 0 and _names_rows([record[at] for _, record in rows])):
            columns[at] = key
        elif filled:
            columns[at] = f"Unnamed: {at}"
            nameless += filled
    findings = []
    if nameless:
        first = place_in_table(name, unit, min(nameless))
        items = _places(name, nameless, unit)
        findings.append(
            Finding.of("cells-without-column", "warning", items=items, table=name, count=len(nameless), first=first)
        )
    if repeated:
        items = _places(name, repeated, unit)
        findings.append(Finding.of("header-repeated", "info", items=items, table=name, count=len(repeated)))
    return columns, rows, findings


def _places(name: str, lines: Sequence[int], unit: str) -> tuple[str, ...]:
    return tuple(str(place_in_table(name, unit, line)) for line in sorted(set(lines)))


def _names_rows(cells: Sequence[Any]) -> bool:
    return len(set(cells)) == len(cells) or all(str(cell).strip().isdigit() for cell in cells)


def is_blank(cell: Any) -> bool:
    """Return whether a cell is empty."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _declared_delimiter(text: str) -> tuple[str | None, str]:
    """Return the delimiter that a first line ``sep=;`` declares for Excel, and the text without that line."""
    first, _, rest = text.partition("\n")
    match = _DECLARED.fullmatch(first.strip('\r "').lower() if "\t" not in first else first.strip('\r"'))
    return (match[1], rest) if match else (None, text)


def _records(
    text: str, delimiter: str, name: str, *, first_line: int = 1, skip_spaces: bool = False
) -> list[list[str]]:
    """Return the rows as lists of cells, by the rules of RFC 4180; a blank line is an empty row."""
    csv.field_size_limit(_LONGEST_CELL)  # the default, 131,072 characters, is too short for long documents
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=skip_spaces)
    try:
        return list(reader)
    except csv.Error as error:
        line = reader.line_num + first_line - 1
        raise DataError("csv-malformed", place=place_in_table(name, "line", line), problem=error) from None


def _means_quotes_plainly(text: str) -> bool:
    """Return whether quotation marks in a tab-separated table are plain characters, as in many corpora, not quotes.

    That is so if reading the table with quoting fails or joins lines, and if splitting at tabs alone gives every line
    as many cells as the header.
    """
    if '"' not in text:
        return False
    plain = [record for record in _unquoted_records(text) if record]
    if len({len(row) for row in plain}) != 1:
        return False
    try:
        return sum(map(bool, _records(text, "\t", ""))) != len(plain)
    except DataError:
        return True


def _unquoted_records(text: str) -> list[list[str]]:
    lines = text.removesuffix("\n").split("\n")
    return [line.removesuffix("\r").split("\t") if line.strip() else [] for line in lines]


def _delimiter(path: Path, text: str) -> str:
    """Return the delimiter of a table: comma, semicolon, tab or ``|``.

    It splits the header and all lines into equally many cells; of several such signs, it gives the most cells.
    """
    usual = "\t" if ".tsv" in map(str.lower, path.suffixes) else ","
    widths = {mark: _widths(text, mark) for mark in (usual, *(mark for mark in ",;\t|" if mark != usual))}
    dividing = [mark for mark, found in widths.items() if found[0] > 1]
    alike = [mark for mark in dividing if len(set(widths[mark])) == 1]
    return max(alike, key=lambda mark: widths[mark][0]) if alike else next(iter(dividing), usual)


def _widths(text: str, delimiter: str) -> list[int]:
    """Return the number of cells of each of the first rows; -1 for a row that cannot be read."""
    lines = io.StringIO(text[:_INSPECTED], newline="")
    found = []
    try:
        for record in csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=len(text) <= _INSPECTED):
            if record and any(map(str.strip, record)):
                found.append(len(record))
    except csv.Error:
        found.append(-1)
    if len(text) > _INSPECTED and len(found) > 1:
        del found[-1]  # truncated
    return found or [0]


def _has_spaces_after(delimiter: str, text: str) -> bool:
    """Return whether a space follows every delimiter, as in ``text, label``; if so, quotes may follow the space."""
    reader = csv.reader(io.StringIO(text[:_INSPECTED], newline=""), delimiter=delimiter)
    try:
        records = [record for record in islice(reader, 50) if len(record) > 1]
    except csv.Error:
        return False
    rows = records[1:]
    return bool(rows) and all(cell.startswith(" ") for record in rows for cell in record[1:] if cell)
