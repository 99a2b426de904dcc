"""Recognise what kind of folder a data set is, and the names its splits go by. In: a folder, out: the files to read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ghep.errors import DataError
from ghep.types import Split

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_CLUTTER = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}
_NAMED_AFTER_SPLIT = re.compile(rf"({'|'.join(sorted(SPLIT_NAMES, key=len, reverse=True))})(?![a-z])", re.IGNORECASE)


class TableFile(NamedTuple):
    """A table on disk and the split that its name, or the name of its folder, stands for."""

    path: Path
    split: Split | None


def split_of(name: str) -> Split | None:
    """Return the split that ``name`` is a usual word for (``val`` -> ``valid``), else ``None``."""
    return SPLIT_NAMES.get(name.strip().lower())


def is_clutter(name: str) -> bool:
    """Tell hidden files and what operating systems leave behind from data."""
    return name.startswith(".") or name.lower() in _CLUTTER


def visible(folder: Path) -> list[Path]:
    """List a folder sorted by name, without clutter."""
    try:
        return sorted((entry for entry in folder.iterdir() if not is_clutter(entry.name)), key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror}", remedy="check the permissions") from None


def subfolders(folder: Path) -> list[Path]:
    """List the folders in a folder, sorted, without clutter."""
    return [entry for entry in visible(folder) if entry.is_dir()]


def is_saved_dataset(root: Path) -> bool:
    """Tell a Hugging Face ``save_to_disk`` folder by its state files."""
    return (root / "dataset_dict.json").is_file() or (root / "state.json").is_file()


def table_files(root: Path) -> list[TableFile]:
    """Return the tables that make up the data set in ``root``; none if it is a set of class folders.

    In this order: ``metadata.*`` beside the images (of each split), tables named after a split in ``root`` or
    ``root/data`` (hub snapshots), tables in folders named after a split, one single table.
    """
    return _metadata(root) or _named_after_splits(root) or _named_after_splits(root / "data") or _single(root)


def _metadata(root: Path) -> list[TableFile]:
    places: list[tuple[Path, Split | None]] = [(root, None)]
    places += [(folder, split_of(folder.name)) for folder in subfolders(root) if split_of(folder.name)]
    return [
        TableFile(folder / name, split) for folder, split in places for name in _METADATA if (folder / name).is_file()
    ]


def _named_after_splits(root: Path) -> list[TableFile]:
    if not root.is_dir():
        return []
    found = []
    for path in _tables(root):
        match = _NAMED_AFTER_SPLIT.match(path.name)
        if match:
            found.append(TableFile(path, split_of(match[1])))
    for folder in subfolders(root):
        if split_of(folder.name):
            found += [TableFile(path, split_of(folder.name)) for path in _tables(folder) if path.suffix == ".parquet"]
    return found


def _single(root: Path) -> list[TableFile]:
    if subfolders(root) and any(entry.is_dir() and _holds_files(entry) for entry in subfolders(root)):
        tables = [path for path in _tables(root) if path.suffix == ".parquet"]
        if not tables:
            return []  # class folders with a table of something else beside them
    tables = _tables(root)
    if len(tables) > 1:
        names = ", ".join(path.name for path in tables)
        raise DataError(
            f"{root} holds several tables: {names}",
            remedy="name one of them, or call them train, valid and test",
        )
    return [TableFile(path, None) for path in tables]


def _tables(folder: Path) -> list[Path]:
    return [path for path in visible(folder) if path.suffix.lower() in TABLE_SUFFIXES and path.is_file()]


def _holds_files(folder: Path) -> bool:
    return any(entry.is_file() or entry.is_dir() for entry in visible(folder))
