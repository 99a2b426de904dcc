"""Read Excel files into columns of cells, with openpyxl if it is installed. In: a path. Out: a ``Table``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ghep.data.sources.tables.delimited import Table, is_blank, place_in_table, with_header
from ghep.errors import DataError
from ghep.types import Finding, Split


def read_spreadsheet(path: Path, root: Path, split: Split | None) -> Table:
    """Return the first sheet that has rows as a table; the first row names the columns. Raises ``DataError``."""
    name = path.relative_to(root).as_posix()
    try:
        openpyxl = import_module("openpyxl")
    except ImportError:
        raise DataError("openpyxl-missing", table=name) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = [(sheet.title, _rows(sheet)) for sheet in book.worksheets]
        book.close()
    except Exception as error:  # openpyxl raises many types, from damaged archives to unknown styles
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError("spreadsheet-unreadable", table=name, problem=reason) from None
    filled = [(title, rows) for title, rows in sheets if rows]
    if not filled:
        raise DataError("spreadsheet-empty", table=name)
    (title, ((_, header), *rows)), *others = filled
    if not rows and (with_rows := [one for one, found in others if len(found) > 1]):
        sheets_with_rows = list(map(repr, with_rows[:8]))
        raise DataError("first-sheet-empty", table=name, sheet=title, count=len(with_rows), sheets=sheets_with_rows)
    _refuse_formulas(openpyxl, path, name, title, header, rows)
    names = ["" if cell is None else str(cell) for cell in header]
    columns, kept, findings = with_header(name, names, [row for _, row in rows], [line for line, _ in rows], "row")
    if others:
        titles = tuple(one for one, _ in others)
        ignored = list(map(repr, titles[:8]))
        findings.append(Finding.of("sheets-ignored", "warning", items=titles, table=name, sheet=title, ignored=ignored))
    cells = {key: [row[at] for _, row in kept] for at, key in columns.items()}
    lines = [line for line, _ in kept]
    return Table(name, path.parent, cells, lines, split, header_line=True, findings=tuple(findings), unit="row")


def _refuse_formulas(
    openpyxl: Any, path: Path, name: str, title: str, header: Sequence[Any], rows: Sequence[tuple[int, Sequence[Any]]]
) -> None:
    """Raise ``DataError`` if blank cells are formulas whose value was not saved in the file."""
    width = len(header)
    gaps = [(line, at) for line, row in rows for at, cell in enumerate(row[:width]) if is_blank(cell) and header[at]]
    if not gaps:
        return
    book = openpyxl.load_workbook(path, read_only=True)
    formulas = dict(_rows(next(sheet for sheet in book.worksheets if sheet.title == title)))
    book.close()
    found = [(line, at) for line, at in gaps if str(formulas[line][at]).startswith("=")]
    if found:
        line, at = found[0]
        raise DataError(
            "formula-without-value",
            place=place_in_table(name, "row", line),
            column=header[at],
            formula=formulas[line][at],
            count=len(found),
        )


def _rows(sheet: Any) -> list[tuple[int, tuple[Any, ...]]]:
    """Return the rows of a sheet that are not blank, with their row numbers."""
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(line, tuple(row)) for line, row in rows if not all(map(is_blank, row))]
