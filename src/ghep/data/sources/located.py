"""Find the images that a table names by less than their path. In: tables, out: the same with whole paths.

    id,breed                               --path-column id --image-dir train --suffix .jpg
    000bec18,pug       train/000bec18.jpg

Where a table is read without these options and none of its images is there, the files in the folders around it say what
the options would have to be.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ghep.data.dataset import Source
from ghep.data.sources.columns import Columns, filled, holds_bytes
from ghep.data.sources.split_names import split_of
from ghep.data.sources.tables import Table
from ghep.data.sources.walk import is_clutter
from ghep.errors import DataError

_SAMPLE = 50
"""Rows that are looked up before anything is said."""
_ENOUGH = 0.8
"""This share of them has to be there for a suggestion."""
_MOST_FOLDERS = 2_000


def with_whole_paths(tables: Sequence[Table], column: str, folders: Sequence[str], suffix: str | None) -> list[Table]:
    """Return the tables with paths in ``column`` that start in one of ``folders`` and end in ``suffix``.

    A relative folder starts at the table, or at the working directory where it is not there. Of several folders, those
    that are named after the split of a table are used for it. Raises ``DataError`` for a folder that is not there, for
    an image that is in two of them, and where the column holds images, not their names.
    """
    if any(holds_bytes(table.columns[column]) for table in tables):
        raise DataError(
            f"{column!r} holds the images themselves: there are no paths to complete",
            remedy="leave out --image-dir and --suffix",
        )
    ending = f".{suffix}" if suffix and suffix.isalnum() else suffix or ""
    return [_whole(table, column, [_folder(one, table.folder) for one in folders], ending) for table in tables]


def _whole(table: Table, column: str, folders: Sequence[Path], suffix: str) -> Table:
    own = [folder for folder in folders if table.split and split_of(folder.name) == table.split] or folders
    cells: list[Any] = []
    for row, cell in enumerate(table.columns[column]):
        text = filled(cell)
        if text is None:
            cells.append(cell)
            continue
        name = text.replace("\\", "/")
        name += suffix if not name.lower().endswith(suffix.lower()) else ""
        there = [folder for folder in own if (folder / name).exists()] if len(own) > 1 else own
        if len(there) > 1:
            raise DataError(
                f"{table.where(row)}: {name} is in {there[0]} and in {there[1]}",
                remedy="write the folder into the path, or give a table for each folder",
            )
        folder = there[0] if there else own[0] if own else table.folder
        cells.append(Path(os.path.relpath(folder / name, table.folder)).as_posix())
    return replace(table, columns={**table.columns, column: cells})


def _folder(given: str, start: Path) -> Path:
    places = [start / given, Path(given)]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        tried = " or ".join(dict.fromkeys(str(place) for place in places))
        raise DataError(f"--image-dir {given}: there is no folder {tried}", remedy="give a folder that is there")
    return found


def refuse_if_none_is_there(source: Source, tables: Sequence[Table], asked: Columns) -> None:
    """Raise ``DataError`` with the options to use, if the images of a table are nowhere while files are called so."""
    paths = [example.raw for example in source.examples if isinstance(example.raw, Path)]
    sample = paths[:: max(1, len(paths) // _SAMPLE)]
    if source.modality != "image" or not sample or any(path.exists() for path in sample):
        return
    remedy = where_they_are(tables, asked)
    if remedy:
        raise DataError(
            f"none of {len(sample)} images that {tables[0].name} names is there: {sample[0]}", remedy=remedy
        )


def where_they_are(tables: Sequence[Table], asked: Columns) -> str | None:
    """Return the options under which the images of the train table are found; None if there are none such."""
    by_split = sorted((table for table in tables if table.lines), key=lambda table: table.split in ("valid", "test"))
    table = next(iter(by_split), None)  # the others may have no labels, or images of their own
    if table is None:
        return None
    files = _files_around(table.folder)
    best: tuple[int, str, list[Path], str] | None = None
    for column in [asked.path] if asked.path else table.columns:
        cells = [filled(cell) for cell in table.columns[column] if isinstance(cell, str | int)]
        sample = [cell.replace("\\", "/") for cell in cells[:: max(1, len(cells) // _SAMPLE)] if cell]
        names = list(dict.fromkeys(PurePosixPath(cell).name for cell in sample if len(cell) < 255))
        if len(names) < max(1, _ENOUGH * len(sample)):
            continue  # a column of labels: its cells repeat
        for suffix, hits in _matches(names, files).items():
            found = len({name for name, _ in hits})
            if found >= _ENOUGH * len(names) and (best is None or found > best[0]):
                best = (
                    found,
                    column,
                    [folder for folder, _ in Counter(folder for _, folder in hits).most_common()],
                    suffix,
                )
    return _options(table, *best[1:]) if best else None


def _matches(names: Sequence[str], files: dict[str, list[tuple[Path, str]]]) -> dict[str, list[tuple[str, Path]]]:
    """Return, for each ending that the names lack, which names are files with it, and in which folder."""
    found: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for name in names:
        for folder, suffix in files.get(name, ()):
            found[suffix].append((name, folder))
    return found


def _options(table: Table, column: str, folders: Sequence[Path], suffix: str) -> str:
    flags = [f"--path-column {column}"]
    flags += [
        f"--image-dir {folder.relative_to(table.folder).as_posix()}" for folder in folders if folder != table.folder
    ]
    flags += [f"--suffix {suffix}"] if suffix else []
    return f"the files are there under other paths; read them with {' '.join(flags)}"


def _files_around(start: Path) -> dict[str, list[tuple[Path, str]]]:
    """Return the files in ``start`` and two levels below, by name and by name without ending: folder and ending."""
    found: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    folders, seen = [(start, 0)], 0
    while folders and seen < _MOST_FOLDERS:
        folder, depth = folders.pop(0)
        seen += 1
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if is_clutter(entry.name):
                continue
            if entry.is_dir():
                folders += [(folder / entry.name, depth + 1)] * (depth < 2)
            else:
                path = PurePosixPath(entry.name)
                found[path.name].append((folder, ""))
                if path.suffix:
                    found[path.stem].append((folder, path.suffix))
    return found
