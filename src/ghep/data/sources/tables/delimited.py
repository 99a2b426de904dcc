"""Read CSV and TSV into columns of cells, saying the line and the remedy where a file cannot be read."""

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
from ghep.types import Finding, Split

_LONGEST_CELL = 2**31 - 1
_LOOKED_AT = 65_536
"""Characters of a table that are looked at to tell how it is written."""
_DECLARED = re.compile(r"sep=([^\s\w]|\t)")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, and what is known about them from outside the cells."""

    name: str
    """Path relative to the data root, forward slashes."""
    folder: Path
    """Relative paths in the cells start here."""
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int]
    """For messages: the number of each row as a spreadsheet shows it, the header being 1; else its line, or its number
    from 1."""
    split: Split | None = None
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column of integers -> the names they stand for (Hugging Face ``ClassLabel``)."""
    header_line: bool = False
    """The names of the columns are the first line: they could be data where somebody forgot to write them."""
    findings: tuple[Finding, ...] = ()
    """What there is to say about how the file was read."""
    unit: str = "line"
    """What ``lines`` counts: lines of text, the rows of a spreadsheet or a Parquet file, the items of a JSON list."""

    def where(self, row: int) -> str:
        """Name a row for a message."""
        return f"{self.name}, {self.unit} {self.lines[row]}"


def read_delimited(path: Path, root: Path, split: Split | None, encoding: str | None = None) -> Table:
    """Read a CSV or TSV with a header; cells stay text. Raises ``DataError`` naming the line."""
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
        raise DataError(f"{name} is empty", remedy="expected a header line such as path,label and one line per example")
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
    """Return the position and name of each column, the rows with their lines, and what there is to say.

    Columns without a name that are empty are left out, others are called as pandas calls them ("Unnamed: 2"); a first
    one of row names stays "". Repeated headers, as joined files have them, are left out. Raises ``DataError``.
    """
    last = header[-1]
    header = [cell.strip() for cell in header]
    longer = len(header) + 1
    if records and all(len(record) == longer for record in records):
        if all(is_blank(record[-1]) for record in records):
            records = [record[:-1] for record in records]  # a delimiter at the end of every line but the first
        elif _names_rows([record[0] for record in records]):
            header = ["", *header]  # names of rows without a header, as R writes them
    rows: list[tuple[int, Sequence[Any]]] = []
    repeated: list[int] = []
    for line, record in zip(lines, records, strict=True):
        if len(header) > 1 and len(record) == 1 and is_blank(record[0]):
            continue  # a line of spaces
        if len(record) < len(header) and not any(header[len(record) :]):
            record = [*record, *[""] * (len(header) - len(record))]
        if len(record) != len(header):
            raise DataError(
                f"{name}, {unit} {line}: {len(record)} cells, but the header has {len(header)}",
                remedy="add the missing cells, or put text that holds the delimiter in double quotes",
            )
        if len(header) > 1 and record[-1] == last and [str(cell).strip() for cell in record] == header:
            repeated.append(line)
        else:
            rows.append((line, record))
    twice = sorted({key for key in header if key and header.count(key) > 1})
    if twice:
        raise DataError(f"{name}: the header names {', '.join(map(repr, twice))} twice", remedy="rename one of them")
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
        message = f"{name}: {len(nameless)} cells are in columns without a name (first in {unit} {min(nameless)})"
        remedy = "put text that holds the delimiter in double quotes, or name these columns"
        findings.append(Finding("cells-without-column", "warning", message, remedy, _places(name, nameless, unit)))
    if repeated:
        message = f"{name}: the header stands among the rows, too, {len(repeated)} times; it was left out"
        findings.append(Finding("header-repeated", "info", message, "", _places(name, repeated, unit)))
    return columns, rows, findings


def _places(name: str, lines: Sequence[int], unit: str) -> tuple[str, ...]:
    return tuple(f"{name}, {unit} {line}" for line in sorted(set(lines)))


def _names_rows(cells: Sequence[Any]) -> bool:
    return len(set(cells)) == len(cells) or all(str(cell).strip().isdigit() for cell in cells)


def is_blank(cell: Any) -> bool:
    """Tell whether there is nothing in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _declared_delimiter(text: str) -> tuple[str | None, str]:
    """Return the delimiter that a first line ``sep=;`` declares for Excel, and the text without that line."""
    first, _, rest = text.partition("\n")
    match = _DECLARED.fullmatch(first.strip('\r "').lower() if "\t" not in first else first.strip('\r"'))
    return (match[1], rest) if match else (None, text)


def _records(
    text: str, delimiter: str, name: str, *, first_line: int = 1, skip_spaces: bool = False
) -> list[list[str]]:
    """Return the records by the rules of RFC 4180; a blank line is an empty one, as in a spreadsheet."""
    csv.field_size_limit(_LONGEST_CELL)  # 131,072 characters unless said: a long document has more
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=skip_spaces)
    try:
        return list(reader)
    except csv.Error as error:
        line = reader.line_num + first_line - 1
        raise DataError(f"{name}, line {line}: {error}", remedy="check the quotes on that line") from None


def _means_quotes_plainly(text: str) -> bool:
    """Tell whether a table with tabs, as many corpora are published, has quotation marks that are only that.

    It has if the rules of quoting fail on it or join lines, while cut at its tabs alone every line has as many cells as
    the header. Tables that really are quoted pass by the rules, or have lines that are only part of a cell.
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
    """Return what stands between cells: of the signs that divide the header the one that divides all lines alike.

    If several do, the one that makes the most cells.
    """
    usual = "\t" if ".tsv" in map(str.lower, path.suffixes) else ","
    widths = {mark: _widths(text, mark) for mark in (usual, *(mark for mark in ",;\t|" if mark != usual))}
    dividing = [mark for mark, found in widths.items() if found[0] > 1]
    alike = [mark for mark in dividing if len(set(widths[mark])) == 1]
    return max(alike, key=lambda mark: widths[mark][0]) if alike else next(iter(dividing), usual)


def _widths(text: str, delimiter: str) -> list[int]:
    """Return how many cells the first records have, -1 for one that cannot be read."""
    lines = io.StringIO(text[:_LOOKED_AT], newline="")
    found = []
    try:
        for record in csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=len(text) <= _LOOKED_AT):
            if record and any(map(str.strip, record)):
                found.append(len(record))
    except csv.Error:
        found.append(-1)
    if len(text) > _LOOKED_AT and len(found) > 1:
        del found[-1]  # it is cut
    return found or [0]


def _has_spaces_after(delimiter: str, text: str) -> bool:
    """Tell whether a space follows every delimiter, as in ``text, label``: quotes count behind it only then."""
    reader = csv.reader(io.StringIO(text[:_LOOKED_AT], newline=""), delimiter=delimiter)
    try:
        records = [record for record in islice(reader, 50) if len(record) > 1]
    except csv.Error:
        return False
    rows = records[1:]
    return bool(rows) and all(cell.startswith(" ") for record in rows for cell in record[1:] if cell)
