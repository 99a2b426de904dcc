"""Where tables called train, valid and test lie with class folders: see whether both say the same. In: both as read."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import normpath
from pathlib import Path

from ghep.data.dataset import Source
from ghep.data.sources.columns import Columns
from ghep.data.sources.rows import assemble
from ghep.data.sources.tables import Table
from ghep.errors import DataError


def refuse_disagreement(tables: Sequence[Table], asked: Columns, folders: Source) -> None:
    """Raise ``DataError`` unless the tables can be read in place of the class folders.

    They can if they label the files in the folders, one label for each folder; and if they hold texts, while the
    folders hold images and are no splits: the figures of a repository.
    """
    listed = _as_read(tables, asked, folders.location)
    if listed and listed.modality == "text" and folders.modality == "image" and not folders.splits:
        return
    pairs = _labels_of_both(listed, folders) if listed else set()
    own = {label for label, _ in pairs}
    one_to_one = len(own) == len({name for _, name in pairs}) == len(pairs)
    same_names = all(label == name for label, name in pairs) or own.isdisjoint(name for _, name in pairs)
    splits = set(folders.splits.values()) <= {table.split for table in tables} if listed else True
    if pairs and one_to_one and same_names and splits:
        return
    why = "the tables do not list the files in the folders" if not pairs else "they disagree about labels of files"
    why = why if splits or not (pairs and one_to_one and same_names) else "the folders have splits that the tables lack"
    names = sorted({label for example in folders.examples for label in example.labels.values()})
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    files = [folders.location / table.name for table in tables if table.split not in ("valid", "test")][:1]
    more = [f"--{table.split} {folders.location / table.name}" for table in tables if table.split in ("valid", "test")]
    raise DataError(
        f"{folders.location} holds tables ({', '.join(table.name for table in tables[:3])}) and class folders "
        f"({shown}): {why}",
        remedy=f"choose: --layout {'splits' if folders.splits else 'classes'} reads the folders; "
        f"give {' '.join(map(str, [*files, *more]))} to read the tables",
    )


def _as_read(tables: Sequence[Table], asked: Columns, location: Path) -> Source | None:
    try:
        return assemble("", location, tables, asked)
    except DataError:
        return None


def _labels_of_both(listed: Source, folders: Source) -> set[tuple[str, str]]:
    """Return each pair of a label in the tables and a class folder that some file has."""
    folder_of = {normpath(example.raw): label for example in folders.examples for label in example.labels.values()}
    return {
        (label, folder_of[path])
        for example in listed.examples
        if isinstance(example.raw, Path) and (path := normpath(example.raw)) in folder_of
        for label in list(example.labels.values())[:1]
    }
