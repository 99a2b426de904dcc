"""Decide which tables of a folder are the data set. In: a folder. Out: the files to read, and the ignored files.

A table is surely part of the data set if its name is only a split (``train.csv``) or a part of a split
(``train-00000-of-00003.parquet``, ``train_000.csv``). A table such as ``train_predictions.csv`` is read only if there
is nothing else to read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ghep.data.sources.folders.split_names import SPLIT_NAMES, split_of, splits_among
from ghep.data.sources.folders.walk import visible
from ghep.data.sources.tables.json_files import holds_rows
from ghep.errors import DataError
from ghep.types import SPLITS, Finding, Severity, Split

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx")
PACKED = ".gz"
"""Suffix of a compressed table of text."""
ONE_HOT = "_classes.csv"
"""Roboflow's name for a table of images and a column of 0 and 1 for each class."""
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_SHARD = re.compile(r"([a-z]+)(?:[-_.]?(\d+)(?:-of-(\d+))?)?(?:-[0-9a-f]{16})?", re.IGNORECASE)
_NO_DATA = re.compile(r"(sample|test)?_?submissions?|.*sample_?submission.*|gender_submission", re.IGNORECASE)
"""Submission files of competitions."""


class TableFile(NamedTuple):
    """A table on disk, and the split in its name or in the name of its folder."""

    path: Path
    split: Split | None


class Tables(NamedTuple):
    """The tables to read as one data set, the tables that are ignored, and findings."""

    files: tuple[TableFile, ...] = ()
    ignored: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()


def table_format(path: Path) -> str | None:
    """Return the suffix that determines how to read a table, in lower case; None if ``path`` has no such suffix.

    >>> table_format(Path("a.CSV")), table_format(Path("a.csv.gz")), table_format(Path("a.jpg"))
    ('.csv', '.csv', None)
    """
    suffix = path.suffix.lower()
    if suffix == PACKED:
        suffix = Path(path.stem).suffix.lower()
        return suffix if suffix in TABLE_SUFFIXES and suffix not in (".parquet", ".xlsx") else None
    return suffix if suffix in TABLE_SUFFIXES else None


def table_stem(path: Path) -> str:
    """Return the name of a table without its suffixes: ``train`` for ``train.csv.gz``."""
    return Path(path.stem).stem if path.suffix.lower() == PACKED else path.stem


def is_saved_dataset(root: Path) -> bool:
    """Return whether a folder was written by Hugging Face's ``save_to_disk``, which adds certain files."""
    return (root / "dataset_dict.json").is_file() or (root / "state.json").is_file()


def sure_tables(root: Path) -> Tables:
    """Return the tables in ``root`` with unambiguous names; empty if there are none. Raises ``DataError``.

    The first of these that exist: ``metadata.*`` next to the images (of each split); tables in ``root`` or
    ``root/data`` (snapshots from a hub) named only after a split or a part of a split; Parquet files in folders named
    after a split.
    """
    found = _metadata(root) or _by_exact_name(root) or _by_exact_name(root / "data")
    return _with_ignored(root, found) if found else Tables()


def possible_tables(root: Path) -> Tables:
    """Return the tables in ``root`` that are read because there is nothing else to read. Raises ``DataError``.

    The first of these that exist: tables whose names differ by split (``sst_train.csv``, ``sst_test.csv``); one table
    in each folder named after a split; a single table.
    """
    found = _by_family(root) or _by_family(root / "data") or _in_split_folders(root) or _single(root)
    return _with_ignored(root, found)


def ignored_tables(
    root: Path, paths: Sequence[Path], *, because: str, severity: Severity = "info"
) -> tuple[Finding, ...]:
    """Return a finding that the tables ``paths`` were ignored; none if there are no such tables.

    ``because``, the reason, is ``class-folders``, ``no-train-table``, ``no-labels`` or ``name``.
    """
    if not paths:
        return ()
    names = tuple(path.relative_to(root).as_posix() for path in paths)
    finding = Finding.of(
        "table-ignored",
        severity,
        items=names,
        tables=names[:3],
        count=len(names),
        more=max(0, len(names) - 3),
        because=because,
        path=paths[0],
    )
    return (finding,)


def tables_in(folder: Path) -> list[Path]:
    """Return the tables in a folder, sorted by name."""
    return [path for path in visible(folder) if is_table(path)] if folder.is_dir() else []


def is_table(path: Path) -> bool:
    """Return whether a path in a folder is a table; a JSON file counts only if it holds rows."""
    return (
        table_format(path) is not None
        and path.is_file()
        and not path.name.startswith("~$")  # lock files of Excel
        and (table_format(path) != ".json" or holds_rows(path))
    )


def _with_ignored(root: Path, files: Sequence[TableFile]) -> Tables:
    taken = {file.path for file in files}
    places = dict.fromkeys([root, *(path.parent for path in taken)])
    ignored = tuple(path for place in places for path in tables_in(place) if path not in taken)
    return Tables(tuple(files), ignored, tuple(_missing_shards(root, files)))


def _metadata(root: Path) -> list[TableFile]:
    places: list[tuple[Path, Split | None]] = [(root, None)]
    places += [(folder, split) for folder, split in _split_folders(root)]
    return [
        TableFile(folder / name, split) for folder, split in places for name in _METADATA if (folder / name).is_file()
    ]


def _by_exact_name(root: Path) -> list[TableFile]:
    found = []
    for path in tables_in(root):
        if word := _word(path):
            found.append(TableFile(path, SPLIT_NAMES[word]))
    if root.is_dir():
        for folder, split in _split_folders(root):
            found += [TableFile(path, split) for path in tables_in(folder) if table_format(path) == ".parquet"]
    _refuse_two_of_one(root, found)
    return found


def _by_family(root: Path) -> list[TableFile]:
    tables = [path for path in tables_in(root) if not _NO_DATA.fullmatch(table_stem(path))]
    named = splits_among(table_stem(path) for path in tables)
    found = [TableFile(path, named[table_stem(path)]) for path in tables if table_stem(path) in named]
    if "train" not in {file.split for file in found}:
        return []
    for split in SPLITS:
        same = [file.path.name for file in found if file.split == split]
        if len(same) > 1:
            raise DataError(
                "several-tables-of-split", tables=same, root=root, split=split, suffix=table_format(Path(same[0])) or ""
            )
    return found


def _in_split_folders(root: Path) -> list[TableFile]:
    found = [
        TableFile(tables[0], split)
        for folder, split in _split_folders(root)
        if len(tables := [path for path in tables_in(folder) if not _NO_DATA.fullmatch(table_stem(path))]) == 1
    ]
    return found if "train" in {file.split for file in found} else []


def _single(root: Path) -> list[TableFile]:
    tables = [path for path in tables_in(root) if not _NO_DATA.fullmatch(table_stem(path))]
    if len(tables) > 1:
        raise DataError("several-tables", root=root, tables=[path.name for path in tables])
    return [TableFile(path, None) for path in tables]


def _split_folders(root: Path) -> list[tuple[Path, Split]]:
    folders = [entry for entry in visible(root) if entry.is_dir()]
    return [(folder, split) for folder in folders if (split := split_of(folder.name))]


def _refuse_two_of_one(root: Path, files: Sequence[TableFile]) -> None:
    """Raise ``DataError`` for two tables of one split, such as ``train.csv`` and ``train.jsonl``."""
    first: dict[Split | None, Path] = {}
    for path, split in files:
        other = first.setdefault(split, path)
        if (path.parent, table_format(path), _word(path)) != (other.parent, table_format(other), _word(other)):
            names = [one.relative_to(root).as_posix() for one in (other, path)]
            raise DataError("two-tables-of-split", tables=names, root=root, split=split)


def _word(path: Path) -> str:
    """Return the name of a table if it is only a word for a split, such as "train", else ""."""
    match = _SHARD.fullmatch(table_stem(path).removesuffix("_matched"))
    return match[1].lower() if match and match[1].lower() in SPLIT_NAMES else ""


def _missing_shards(root: Path, files: Sequence[TableFile]) -> list[Finding]:
    there: dict[tuple[Path, str, int], set[int]] = defaultdict(set)
    for path, _ in files:
        match = _SHARD.fullmatch(table_stem(path))
        if match and match[3]:
            there[path.parent, match[1], int(match[3])].add(int(match[2]))
    missing = [
        f"{(folder / word).relative_to(root).as_posix()}-{number:05d}-of-{total:05d}"
        for (folder, word, total), numbers in there.items()
        for number in range(min(total, 10**5))
        if number not in numbers
    ]
    if not missing:
        return []
    return [Finding.of("shards-missing", "warning", items=missing, message="table-shards-missing", count=len(missing))]
