"""Decide which is the data set: tables called train, valid and test, or the class folders next to the tables."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import normpath
from pathlib import Path

from ghep.data.dataset import Source
from ghep.data.sources.held_out import without_unlabelled
from ghep.data.sources.tables.columns import Columns, aligned
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.rows import assemble
from ghep.errors import DataError


def tables_win(tables: Sequence[Table], asked: Columns, folders: Source) -> bool:
    """Return whether the tables are the data set, not the class folders. Raises ``DataError`` if both could be.

    The tables are the data set in two cases: if they label the files in the folders, all files of a folder alike; or if
    they hold texts, and the folders are not splits and hold images, such as the figures of a repository. A table
    ``metadata.*`` without files and labels is not a data set.
    """
    listed = _as_read(tables, asked, folders.location)
    if listed is None and all(table.name.rpartition("/")[2].startswith("metadata.") for table in tables):
        return False
    if listed and listed.modality == "text" and folders.modality == "image" and not folders.splits:
        return True
    pairs = _labels_of_both(listed, folders) if listed else set()
    own = {label for label, _ in pairs}
    one_to_one = len(own) == len({name for _, name in pairs}) == len(pairs)
    same_names = all(label == name for label, name in pairs) or own.isdisjoint(name for _, name in pairs)
    splits = set(folders.splits.values()) <= set(listed.splits.values()) if listed else True
    if pairs and one_to_one and same_names and splits:
        return True
    if not pairs:
        reason = "other-files"
    else:
        reason = "other-labels" if splits or not (one_to_one and same_names) else "other-splits"
    names = sorted({label for example in folders.examples for label in example.labels.values()})
    files = [folders.location / table.name for table in tables if table.split not in ("valid", "test")][:1]
    more = [f"--{table.split} {folders.location / table.name}" for table in tables if table.split in ("valid", "test")]
    raise DataError(
        "tables-and-class-folders",
        folder=folders.location,
        tables=[table.name for table in tables[:3]],
        classes=names[:5],
        more=max(0, len(names) - 5),
        why=reason,
        layout="splits" if folders.splits else "classes",
        arguments=" ".join(map(str, [*files, *more])),
    )


def refuse_other_labels(tables: Sequence[Table], asked: Columns, folders: Source) -> None:
    """Raise ``DataError`` if a table labels a file in one class folder with the name of another class folder."""
    listed = _as_read(tables, asked, folders.location)
    pairs = _labels_of_both(listed, folders) if listed else set()
    names = {name for _, name in pairs}
    if any(label != name and label in names for label, name in pairs):
        raise DataError("table-contradicts-folders", table=tables[0].name, folder=folders.location)


def _as_read(tables: Sequence[Table], asked: Columns, location: Path) -> Source | None:
    try:
        labelled, _ = without_unlabelled(aligned(tables, asked), asked)
        return assemble("", location, labelled, asked)
    except DataError:
        return None


def _labels_of_both(listed: Source, folders: Source) -> set[tuple[str, str]]:
    """Return a pair (label in the table, name of the class folder) for the files that are in both, without repeats."""
    folder_of = {normpath(example.raw): label for example in folders.examples for label in example.labels.values()}
    return {
        (label, folder_of[path])
        for example in listed.examples
        if isinstance(example.raw, Path) and (path := normpath(example.raw)) in folder_of
        for label in list(example.labels.values())[:1]
    }
