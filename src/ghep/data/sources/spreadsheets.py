"""Read Excel files into columns of cells, with openpyxl if it is installed. In: a path, out: a ``Table``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from ghep.data.sources.tables import Table, is_blank, with_header
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
    names = ["" if cell is None else str(cell) for cell in header]
    columns, kept, findings = with_header(name, names, [row for _, row in rows], [line for line, _ in rows])
    if others:
        titles = tuple(one for one, _ in others)
        message = f"{name}: sheet {title!r} was read; {', '.join(map(repr, titles[:8]))} passed over"
        findings.append(Finding("sheets-ignored", "warning", message, "save a sheet as CSV to read it", titles))
    cells = {key: [row[at] for _, row in kept] for at, key in columns.items()}
    lines = [line for line, _ in kept]
    return Table(name, path.parent, cells, lines, split, header_line=True, findings=tuple(findings))


def _rows(sheet: Any) -> list[tuple[int, tuple[Any, ...]]]:
    """Return the rows of a sheet that are not blank, with their numbers."""
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(line, tuple(row)) for line, row in rows if not all(map(is_blank, row))]
