"""Read Excel files into columns of cells, with openpyxl if it is installed. In: a path, out: a ``Table``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ghep.data.sources.tables.delimited import Table, is_blank, with_header
from ghep.errors import DataError
from ghep.types import Finding, Split


def read_spreadsheet(path: Path, root: Path, split: Split | None) -> Table:
    """Read the first sheet that has rows; its first row names the columns. Raises ``DataError``."""
    name = path.relative_to(root).as_posix()
    try:
        openpyxl = import_module("openpyxl")
    except ImportError:
        cause = f"{name} is an Excel file, and openpyxl, which reads them, is not installed"
        raise DataError(cause, remedy="pip install openpyxl, or save it as CSV (UTF-8)") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = [(sheet.title, _rows(sheet)) for sheet in book.worksheets]
        book.close()
    except Exception as error:  # of many kinds, from a damaged archive to unknown styles
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"{name} cannot be read: {reason}", remedy="save it again, or as CSV (UTF-8)") from None
    filled = [(title, rows) for title, rows in sheets if rows]
    if not filled:
        raise DataError(
            f"{name} is empty", remedy="expected a row of names such as path, label and one row per example"
        )
    (title, ((_, header), *rows)), *others = filled
    if not rows and (with_rows := [one for one, found in others if len(found) > 1]):
        raise DataError(
            f"{name}: sheet {title!r}, the first, has no rows; {', '.join(map(repr, with_rows[:8]))} "
            f"{'have' if len(with_rows) > 1 else 'has'} some",
            remedy="make the sheet to be read the first, or save it as CSV (UTF-8)",
        )
    _refuse_formulas(openpyxl, path, name, title, header, rows)
    names = ["" if cell is None else str(cell) for cell in header]
    columns, kept, findings = with_header(name, names, [row for _, row in rows], [line for line, _ in rows], "row")
    if others:
        titles = tuple(one for one, _ in others)
        message = f"{name}: sheet {title!r} was read; {', '.join(map(repr, titles[:8]))} passed over"
        findings.append(Finding("sheets-ignored", "warning", message, "save a sheet as CSV to read it", titles))
    cells = {key: [row[at] for _, row in kept] for at, key in columns.items()}
    lines = [line for line, _ in kept]
    return Table(name, path.parent, cells, lines, split, header_line=True, findings=tuple(findings), unit="row")


def _refuse_formulas(
    openpyxl: Any, path: Path, name: str, title: str, header: Sequence[Any], rows: Sequence[tuple[int, Sequence[Any]]]
) -> None:
    """Raise ``DataError`` for a column with blank cells that are formulas without a stored value."""
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
            f"{name}, row {line}: {header[at]!r} is the formula {formulas[line][at]}, and its value was not saved; "
            f"{len(found)} cells are so",
            remedy="open the file in a spreadsheet program and save it, or save it as CSV (UTF-8)",
        )


def _rows(sheet: Any) -> list[tuple[int, tuple[Any, ...]]]:
    """Return the rows of a sheet that are not blank, with their numbers."""
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(line, tuple(row)) for line, row in rows if not all(map(is_blank, row))]
