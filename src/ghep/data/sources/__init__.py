"""Read a data set as it lies on disk; in: a location, out: a ``Source`` of examples, with nothing decoded yet.

    folders.py   root/{train,valid,test}/<class>/*  and  root/<class>/*
    tables.py    CSV, TSV, JSON Lines: rows of text
    arrow.py     Parquet files, Hugging Face ``save_to_disk`` folders
    columns.py   which column is the path, which are labels; rows become examples
    layout.py    what kind of folder this is, and the names that splits go by

The same location gives the same source: everything is sorted, nothing depends on the order of a directory listing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ghep.data.dataset import Source
from ghep.data.sources.arrow import read_parquet, read_saved
from ghep.data.sources.columns import Columns, assemble
from ghep.data.sources.folders import read_class_folders
from ghep.data.sources.layout import TABLE_SUFFIXES, TableFile, is_saved_dataset, table_files
from ghep.data.sources.tables import Table, read_delimited, read_json_lines
from ghep.errors import DataError
from ghep.storage.paths import path_named

__all__ = ["read"]


def read(
    location: Path | str,
    *,
    path_column: str | None = None,
    label_columns: Sequence[str] = (),
    split_column: str | None = None,
) -> Source:
    """Read the data set at ``location``: a folder of class folders, a table, or a Hugging Face dataset folder.

    The column names are for tables only; left out, usual names (``path``, ``label``, ``split``) are looked for and
    what was taken is said in a Finding. Raises ``DataError``.
    """
    root = path_named(location, error=DataError, what="the data")
    columns = Columns(
        path_column, (label_columns,) if isinstance(label_columns, str) else tuple(label_columns), split_column
    )
    if not root.exists():
        raise DataError(f"there is nothing at {root}", remedy="give the path of a folder or of a table")
    name = root.resolve().stem if root.is_file() else root.resolve().name
    if root.is_file():
        if root.suffix.lower() not in TABLE_SUFFIXES:
            raise DataError(
                f"{root} is neither a folder nor a table ({', '.join(TABLE_SUFFIXES)})",
                remedy="give a folder with one folder per class, or a table of paths and labels",
            )
        return assemble(name, root, [_read_table(TableFile(root, None), root.parent)], columns)
    if is_saved_dataset(root):
        return assemble(name, root, read_saved(root), columns)
    found = table_files(root)
    if found:
        return assemble(name, root, [_read_table(file, root) for file in found], columns)
    asked = [column for column in (columns.path, *columns.labels, columns.split) if column]
    if asked:
        raise DataError(
            f"{root} is a folder of class folders: it has no columns, and {', '.join(asked)} was asked for",
            remedy="leave the columns out (the class is the folder's name), or give the table that has them",
        )
    return read_class_folders(name, root)


def _read_table(file: TableFile, root: Path) -> Table:
    suffix = file.path.suffix.lower()
    if suffix == ".parquet":
        return read_parquet(file.path, root, file.split)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(file.path, root, file.split)
    return read_delimited(file.path, root, file.split)
