"""Read a data set as it lies on disk; in: a location, out: a ``Source`` of examples, with nothing decoded yet.

    folders.py   root/{train,valid,test}/<class>/*  and  root/<class>/*, of pictures or of texts
    tables.py    CSV, TSV, JSON Lines: rows of text
    arrow.py     Parquet files, Hugging Face ``save_to_disk`` folders
    columns.py   which column holds the examples, which are labels; whether they are pictures or texts
    rows.py      rows become examples
    label_cells.py  what the cells of a label column name
    groups.py    which examples belong together
    options.py   the options that say how data are read
    layout.py    what kind of folder this is, and the names that splits go by
    tasks.py     several data sets become one, of several tasks

The same location gives the same source: everything is sorted, nothing depends on the order of a directory listing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from ghep.data.dataset import Source
from ghep.data.sources.arrow import read_parquet, read_saved
from ghep.data.sources.columns import Columns
from ghep.data.sources.folders import read_class_folders
from ghep.data.sources.groups import group_column, with_groups
from ghep.data.sources.layout import TABLE_SUFFIXES, TableFile, is_saved_dataset, table_files
from ghep.data.sources.options import ReadOptions
from ghep.data.sources.rows import assemble, unlabelled
from ghep.data.sources.tables import Table, read_delimited, read_json_lines
from ghep.data.text import encoding_named
from ghep.errors import DataError
from ghep.storage.paths import path_named
from ghep.types import Example, Modality

__all__ = ["read", "read_unlabelled"]


def read(
    location: Path | str,
    **options: Unpack[ReadOptions],
) -> Source:
    """Read the data set at ``location``: a folder of class folders, a table, or a Hugging Face dataset folder.

    The column names are for tables only; left out, usual names (``path`` or ``text``, ``label``, ``split``) are looked
    for and what was taken is said in a Finding. ``encoding`` is that of tables and texts which are not UTF-8. Raises
    ``DataError``, and ``ConfigError`` for an encoding that does not exist.
    """
    root = path_named(location, error=DataError, what="the data")
    columns, group = _columns(options), options.get("group")
    encoding = _encoding(options)
    if not root.exists():
        raise DataError(f"there is nothing at {root}", remedy="give the path of a folder or of a table")
    name = root.resolve().stem if root.is_file() else root.resolve().name
    tables = _tables(root, encoding)
    if tables is not None:
        column = group_column(group, [table for table in tables if table.lines])
        asked, delimiter = replace(columns, group=column), options.get("label_delimiter")
        source = assemble(name, root, tables, asked, label_delimiter=delimiter)
        return source if group is None else with_groups(source, group, column=column is not None)
    if columns.named:
        raise DataError(
            f"{root} is a folder of class folders: it has no columns, and {', '.join(columns.named)} was asked for",
            remedy="leave the columns out (the class is the folder's name), or give the table that has them",
        )
    source = read_class_folders(name, root, encoding)
    return source if group is None else with_groups(source, group, column=False)


def read_unlabelled(
    location: Path,
    modality: Modality,
    **options: Unpack[ReadOptions],
) -> list[Example] | None:
    """Read the rows of a table or a Hugging Face dataset folder as examples to predict; None: ``location`` is neither.

    Raises ``DataError`` for a table that cannot be read, ``ConfigError`` for an encoding that does not exist.
    """
    is_table = location.is_file() and location.suffix.lower() in TABLE_SUFFIXES
    if not is_table and not (location.is_dir() and is_saved_dataset(location)):
        return None
    tables = _tables(location, _encoding(options))
    return unlabelled(location, tables or [], _columns(options), modality)


def _columns(options: ReadOptions) -> Columns:
    labels = options.get("label_columns") or ()
    return Columns(
        options.get("path_column"),
        options.get("text_column"),
        (labels,) if isinstance(labels, str) else tuple(labels),
        options.get("split_column"),
    )


def _encoding(options: ReadOptions) -> str | None:
    encoding = options.get("encoding")
    return encoding_named(encoding) if encoding else None


def _tables(root: Path, encoding: str | None) -> list[Table] | None:
    """Return the tables at ``root``; None for a folder of class folders."""
    if root.is_file():
        if root.suffix.lower() not in TABLE_SUFFIXES:
            raise DataError(
                f"{root} is neither a folder nor a table ({', '.join(TABLE_SUFFIXES)})",
                remedy="give a folder with one folder per class, or a table of paths or texts and labels",
            )
        return [_read_table(TableFile(root, None), root.parent, encoding)]
    if is_saved_dataset(root):
        _refuse_encoding(root, encoding)
        return read_saved(root)
    return [_read_table(file, root, encoding) for file in table_files(root)] or None


def _read_table(file: TableFile, root: Path, encoding: str | None) -> Table:
    suffix = file.path.suffix.lower()
    if suffix == ".parquet":
        _refuse_encoding(file.path, encoding)
        return read_parquet(file.path, root, file.split)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(file.path, root, file.split, encoding)
    return read_delimited(file.path, root, file.split, encoding)


def _refuse_encoding(path: Path, encoding: str | None) -> None:
    if encoding:
        raise DataError(f"{path.name} is UTF-8 by its format, not {encoding}", remedy="leave --encoding out")
