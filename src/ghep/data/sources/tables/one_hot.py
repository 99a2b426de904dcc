"""Turn tables with a column of 0 and 1 for each class, as Roboflow exports them, into lists of class names."""

from __future__ import annotations

from dataclasses import replace

from ghep.data.sources.tables.delimited import Table
from ghep.errors import DataError


def from_one_hot(table: Table) -> Table:
    """Return ``table`` with the column of file names, and one column ``label`` in place of the class columns.

    Raises ``DataError`` if a cell is neither 0 nor 1.
    """
    path, *classes = table.columns
    rows = range(len(table.lines))
    for row in rows:
        odd = next((name for name in classes if str(table.columns[name][row]).strip() not in ("0", "1")), None)
        if odd is not None:
            cell = repr(table.columns[odd][row])
            raise DataError("cell-not-zero-or-one", place=table.where(row), column=odd, cell=cell)
    labels = [[name.strip() for name in classes if str(table.columns[name][row]).strip() == "1"] for row in rows]
    return replace(table, columns={path: table.columns[path], "label": labels})
