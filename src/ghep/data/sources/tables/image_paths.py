"""Complete the image paths in tables that give only a name. In: tables. Out: the tables with full paths.

    id,breed                               --path-column id --image-dir train --suffix .jpg
    000bec18,pug       train/000bec18.jpg

If a table is read without these options and none of its images exists, an error suggests options, based on the files in
the folders around the table.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

from ghep.data.dataset import Source
from ghep.data.sources.folders.split_names import split_of
from ghep.data.sources.folders.walk import is_clutter
from ghep.data.sources.tables.columns import Columns, filled, holds_bytes
from ghep.data.sources.tables.delimited import Table
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import Finding

_SAMPLE = 50
"""Rows that are checked before anything is reported."""
_ENOUGH = 0.8
"""Share of them that must be found for a suggestion."""
_MOST_FOLDERS, _DEEPEST = 2_000, 3
_MOST_NAMED = 12
"""Maximum number of folders in a suggestion."""


def with_whole_paths(tables: Sequence[Table], column: str, folders: Sequence[str], suffix: str | None) -> list[Table]:
    """Return the tables with paths in ``column`` that start in one of ``folders`` and end in ``suffix``.

    A relative folder starts at the table, or at the working directory if it does not exist there. Of several folders,
    those named after the split of a table are used for it. Raises ``DataError`` for a missing folder, for an image
    that is in two folders, and if the column holds images instead of names.
    """
    if any(holds_bytes(table.columns[column]) for table in tables):
        raise DataError("column-holds-images", column=column)
    ending = f".{suffix}" if suffix and suffix.isalnum() else suffix or ""
    return [_whole(table, column, [_folder(one, table.folder) for one in folders], ending) for table in tables]


def _whole(table: Table, column: str, folders: Sequence[Path], suffix: str) -> Table:
    own = [folder for folder in folders if table.split and split_of(folder.name) == table.split] or folders
    cells: list[Any] = []
    dropped = _folders_to_drop(table, column, own, suffix)
    for row, cell in enumerate(table.columns[column]):
        text = filled(cell)
        if text is None:
            cells.append(cell)
            continue
        name = text.replace("\\", "/")
        name += suffix if not name.lower().endswith(suffix.lower()) else ""
        name = "/".join(name.split("/")[min(dropped, name.count("/")) :])
        there = [folder for folder in own if (folder / name).exists()] if len(own) > 1 else own
        if len(there) > 1:
            raise DataError("image-in-two-folders", place=table.where(row), name=name, first=there[0], second=there[1])
        folder = there[0] if there else own[0] if own else table.folder
        cells.append(Path(os.path.relpath(folder / name, table.folder)).as_posix())
    findings = table.findings
    if dropped:
        shortened = Finding.of("paths-shortened", "info", items=(column,), column=column, count=dropped)
        findings = (*findings, shortened)
    return replace(table, columns={**table.columns, column: cells}, findings=findings)


def _folders_to_drop(table: Table, column: str, folders: Sequence[Path], suffix: str) -> int:
    """Return how many leading folders of the paths to drop so that most are files in ``folders``; 0 if none works.

    Paths from another machine (``C:/data/x.jpg``, ``/content/drive/x.jpg``) start with folders that do not exist here.
    """
    names = [text.replace("\\", "/") for cell in table.columns[column] if (text := filled(cell))]
    sample = names[:: max(1, len(names) // _SAMPLE)]
    if not folders or any(
        (folder / name).exists() or (folder / f"{name}{suffix}").exists() for name in sample for folder in folders
    ):
        return 0
    for dropped in range(1, max((name.count("/") for name in sample), default=0) + 1):
        tails = ["/".join(name.split("/")[dropped:]) for name in sample]
        there = sum(
            any((folder / f"{tail}{end}").is_file() for folder in folders for end in {"", suffix})
            for tail in tails
            if tail
        )
        if there >= _ENOUGH * len(sample):
            return dropped
    return 0


def _folder(given: str, start: Path) -> Path:
    places = [start / given, Path(given)]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        tried = list(dict.fromkeys(map(str, places)))
        raise DataError("image-dir-missing", given=given, tried=tried)
    return found


def refuse_if_none_is_there(source: Source, tables: Sequence[Table], asked: Columns) -> None:
    """Raise ``DataError`` with the options to use, if no image of a table exists but files with their names do."""
    paths = [example.raw for example in source.examples if isinstance(example.raw, Path)]
    sample = paths[:: max(1, len(paths) // _SAMPLE)]
    if source.modality != "image" or not sample or any(path.exists() for path in sample):
        return
    remedy = where_they_are(tables, asked)
    if remedy:
        raise DataError("images-not-found", count=len(sample), table=tables[0].name, first=sample[0], remedy=remedy)


def missing_part(path: Path) -> str:
    """Return the first folder in ``path`` that does not exist, or the path itself if all its folders exist."""
    while not path.parent.exists():
        path = path.parent
    return str(path)


def where_they_are(tables: Sequence[Table], asked: Columns) -> Message | None:
    """Return, for a message, the options with which the images of the train table are found; None if there are none."""
    by_split = sorted((table for table in tables if table.lines), key=lambda table: table.split in ("valid", "test"))
    table = next(iter(by_split), None)  # other tables may have no labels, or their own images
    if table is None:
        return None
    folders, files = _around(table.folder)
    best: tuple[int, str, list[Path], str] | None = None
    for column in [asked.path] if asked.path else table.columns:
        cells = [filled(cell) for cell in table.columns[column] if isinstance(cell, str | int)]
        sample = [cell.replace("\\", "/") for cell in cells[:: max(1, len(cells) // _SAMPLE)] if cell]
        names = [name for name in dict.fromkeys(sample) if len(name) < 255]
        if len(names) < max(1, _ENOUGH * len(sample)):
            continue  # cells repeat: a column of labels
        for suffix, found in _matches(names, folders, files).items():
            hits = len(set().union(*found.values()))
            if hits >= _ENOUGH * len(names) and (best is None or hits > best[0]):
                best = (hits, column, _fewest(found, hits), suffix)
    return _options(table, *best[1:]) if best and len(best[2]) <= _MOST_NAMED else None


def _matches(
    names: Sequence[str], folders: Sequence[Path], files: Mapping[str, list[tuple[Path, str]]]
) -> dict[str, dict[Path, set[str]]]:
    """Return a dict of dicts: missing suffix -> folder -> the names that, with this suffix, are files in the folder."""
    found: dict[str, dict[Path, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in names:
        if "/" not in name:
            for folder, suffix in files.get(name, ()):
                found[suffix][folder].add(name)
    nested = [name for name in names if "/" in name]
    deepest = max((name.count("/") for name in nested), default=-1)
    for dropped in range(deepest + 1):
        tails = {name: "/".join(name.split("/")[dropped:]) for name in nested}
        if len(set(tails.values())) < len(nested):
            break  # the shortened names are no longer unique
        tails = {name: tail for name, tail in tails.items() if tail and not tail.startswith("/")}
        for folder in folders:
            if any((folder / tail).is_file() for tail in list(tails.values())[:3]):
                found[""][folder] |= {name for name, tail in tails.items() if (folder / tail).is_file()}
        if found[""]:
            break
    return found


def _fewest(found: Mapping[Path, set[str]], hits: int) -> list[Path]:
    """Return one folder (rather not of valid or test) in which all ``hits`` names are found, else all folders."""
    ordered = sorted(
        found, key=lambda folder: (-len(found[folder]), split_of(folder.name) in ("valid", "test"), folder)
    )
    return ordered[:1] if len(found[ordered[0]]) == hits else ordered


def _options(table: Table, column: str, folders: Sequence[Path], suffix: str) -> Message:
    first = next(text.replace("\\", "/") for cell in table.columns[column] if (text := filled(cell)))
    shortened = not suffix and not any((folder / first).exists() for folder in folders)
    flags = [f"--path-column {quote(column)}"]
    flags += [
        f"--image-dir {quote(folder.relative_to(table.folder).as_posix())}"
        for folder in folders
        if folder != table.folder or shortened
    ]
    flags += [f"--suffix {suffix}"] if suffix else []
    return Message("read-images-with", {"shortened": shortened, "options": " ".join(flags)})


def _around(start: Path) -> tuple[list[Path], dict[str, list[tuple[Path, str]]]]:
    """Return ``start`` and the folders up to three levels below, and their files by name and by stem."""
    found: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    folders, depths = [start], {start: 0}
    for folder in folders:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            path = folder / entry.name
            if is_clutter(entry.name):
                continue
            if entry.is_dir():
                if depths[folder] < _DEEPEST and len(folders) < _MOST_FOLDERS:
                    depths[path] = depths[folder] + 1
                    folders.append(path)
            else:
                found[path.name].append((folder, ""))
                if path.suffix:
                    found[path.stem].append((folder, path.suffix))
    return folders, found
