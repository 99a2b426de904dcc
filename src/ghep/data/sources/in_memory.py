"""Tables that are in memory already: a dict of columns, a data frame, an Arrow table, a Hugging Face dataset.

In: anything that has names of columns and gives a column by its name. Out: a ``Table`` as from a file. No library is
imported for it; what the columns are like is asked of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.sources.tables import Table
from ghep.errors import DataError

NAME = "table"


def is_in_memory(data: Any) -> bool:
    """Return whether ``data`` is a table: columns by name, none of which is a path (that would be tasks)."""
    if isinstance(data, str | Path):
        return False
    if isinstance(data, Mapping):
        return bool(data) and all(
            hasattr(column, "__len__") and not isinstance(column, str | bytes | Path) for column in data.values()
        )
    return _names(data) is not None and hasattr(data, "__getitem__")


def table_in_memory(data: Any) -> Table:
    """Return ``data`` as a table; relative paths in it start at the current folder.

    Raises DataError for columns of different lengths, and for cells that are images: a table names them by path or
    holds their bytes.
    """
    names = list(data) if isinstance(data, Mapping) else _names(data) or []
    columns = {str(name): _cells(data[name]) for name in names}
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        each = ", ".join(f"{name!r} has {length}" for name, length in list(lengths.items())[:8])
        raise DataError(f"the columns are of different lengths: {each}", remedy="give each row a cell in every column")
    for name, cells in columns.items():
        first = next((cell for cell in cells if cell is not None), None)
        if hasattr(first, "convert") or (hasattr(first, "__array__") and getattr(first, "ndim", 0) > 1):
            raise DataError(
                f"column {name!r} holds images ({type(first).__name__}); a table holds their paths or their bytes",
                remedy="pass the images themselves to ghep.TransferClassifier().fit(images, labels), or save them",
            )
    return Table(NAME, Path(), columns, range(1, 1 + next(iter(lengths.values()), 0)), unit="row")


def _names(data: Any) -> Sequence[Any] | None:
    """Return the names of the columns of a data frame (``columns``), an Arrow table or a dataset (``column_names``)."""
    for attribute in ("column_names", "columns"):
        names = getattr(data, attribute, None)
        if names is not None and not callable(names) and hasattr(names, "__iter__"):
            return names if isinstance(names, list) else list(names)
    return None


def _cells(column: Any) -> list[Any]:
    """Return a column as a list, with None where a cell is missing, whatever the library calls that."""
    missing = column.isna().tolist() if hasattr(column, "isna") else []
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, method):
            column = getattr(column, method)()
            break
    cells = [str(cell) if isinstance(cell, Path) else cell for cell in column]
    return [None if gone else cell for cell, gone in zip(cells, missing, strict=True)] if missing else cells
