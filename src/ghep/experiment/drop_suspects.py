"""Leave examples out of training that a list names, such as the ``suspects.csv`` that ``ghep check --labels`` writes.

In: a CSV with a column ``id``, and a checked data set. Out: the data set without these labels in train. The user may
delete rows of the list whose labels are right. If the list has a column ``task``, only the label of that task is
dropped; an example without any label left is dropped. If it has a column ``content`` (the beginning of the SHA-256 of
an example), an example with other content is refused: the id of a row of a table changes when rows are inserted.

Valid and test keep all their examples: scores with and without the dropped labels are then of the same examples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ghep.data.dataset import Dataset, classes_of, place
from ghep.data.sources.tables.decoding import read_bytes
from ghep.data.sources.tables.delimited import read_delimited
from ghep.errors import ConfigError, did_you_mean
from ghep.messages import text_of
from ghep.storage.paths import path_named
from ghep.storage.text import text_in
from ghep.types import Example, Finding, Quarantined

ID, TASK, CONTENT = "id", "task", "content"
"""Columns of the list; the others are for the reader."""
CONTENT_DIGITS = 16
"""Hexadecimal digits of the SHA-256 in the column ``content``."""
MOST_COMPARED = 2_000
"""Ids among which a spelling close to an unknown one is searched."""


@dataclass(frozen=True)
class Row:
    """A row of the list; ``task`` and ``content`` are empty where the list does not have them."""

    id: str
    task: str = ""
    content: str = ""


@dataclass(frozen=True)
class DropList:
    """The labels to drop, as read from a file."""

    file: Path
    sha256: str
    """Of the file's content, in hexadecimal: runs with another list are other runs."""
    rows: tuple[Row, ...]


def read_drop_list(file: str | Path) -> DropList:
    """Return the list in ``file``.

    Raises ConfigError if it has no column ``id``, DataError if the file cannot be read as a table.
    """
    path = path_named(file, error=ConfigError, what="drop_suspects")
    sha256 = hashlib.sha256(read_bytes(path)).hexdigest()
    columns = read_delimited(path, path.parent, None).columns
    if ID not in columns:
        raise ConfigError("drop-suspects-without-id", file=path, columns=list(columns))
    blank = [""] * len(columns[ID])
    cells = zip(columns[ID], columns.get(TASK, blank), columns.get(CONTENT, blank), strict=True)
    rows = tuple(Row(str(name), text_in(str(task)), str(content)) for name, task, content in cells if str(name))
    return DropList(path, sha256, rows)


def without_suspects(dataset: Dataset, dropped: DropList) -> Dataset:
    """Return ``dataset`` without the labels in ``dropped`` in train, and with a finding that says how many these are.

    Rows that name examples of valid or test are counted and change nothing. Raises ConfigError for an id that is not in
    the data set, for an example whose content has changed, and if a class would lose its last training example.
    """
    places = {one.id: split for split in dataset.counts for one in dataset.examples(split)}
    ids = [*places, *(one.id for one in dataset.quarantined)]
    known = {place(one): one for one in ids} | {one: one for one in ids}
    rows = [_as_in(row, known) for row in dropped.rows]
    _refuse_unknown(rows, known, dataset, dropped)
    _refuse_changed(rows, dataset, dropped)
    tasks: dict[str, set[str]] = {}
    for row in rows:
        if places.get(row.id) == "train":
            tasks.setdefault(row.id, set()).update([row.task] if row.task else dataset.tasks)
    kept = [_without(one, tasks.get(one.id, set())) for one in dataset.train]
    train = tuple(one for one in kept if one.labels)
    _refuse_lost_classes(train, dataset, dropped)
    held_out = len({row.id for row in rows if places.get(row.id) in ("valid", "test")})
    detail = text_of("drop-suspects-detail", file=dropped.file)
    left = [one.id for one in kept if not one.labels]
    finding = Finding.of(
        "suspects-dropped",
        "info" if tasks or not rows else "warning",
        items=tasks,
        count=len(tasks),
        total=len(dataset.train),
        file=dropped.file,
        held_out=held_out,
        listed=len(rows),
    )
    return replace(
        dataset,
        train=train,
        findings=(*dataset.findings, finding),
        quarantined=(*dataset.quarantined, *(Quarantined(one, "suspected-label", detail) for one in left)),
        seen_copies=_without_dropped(dataset.seen_copies, set(left)),
    )


def _as_in(row: Row, known: Mapping[str, str]) -> Row:
    """Return ``row`` with the id that the data set has, by ``known``: id, or the place that pages show -> id.

    A CSV has a quote before an id that begins like a formula.
    """
    name = row.id if row.id in known else text_in(row.id)
    return replace(row, id=known.get(name, name))


def _refuse_unknown(rows: Sequence[Row], known: Mapping[str, str], dataset: Dataset, dropped: DropList) -> None:
    unknown = list(dict.fromkeys(row.id for row in rows if row.id not in known))
    if unknown:
        name = Path(unknown[0]).name
        alike = [one for one in known if Path(one).name == name] or sorted(known)[:MOST_COMPARED]
        raise ConfigError(
            "drop-suspects-unknown-id",
            file=dropped.file,
            data=dataset.name,
            count=len(unknown),
            total=len(rows),
            first=unknown[0],
            hint=did_you_mean(unknown[0], alike),
        )
    tasks = [row.task for row in rows if row.task and row.task not in dataset.tasks]
    if tasks:
        hint = did_you_mean(tasks[0], dataset.tasks)
        raise ConfigError("drop-suspects-unknown-task", file=dropped.file, task=tasks[0], hint=hint)


def _refuse_changed(rows: Sequence[Row], dataset: Dataset, dropped: DropList) -> None:
    changed = [
        row.id
        for row in rows
        if row.content and row.id in dataset.digests and not dataset.digests[row.id].startswith(row.content)
    ]
    if changed:
        raise ConfigError(
            "drop-suspects-other-content", file=dropped.file, count=len(changed), total=len(rows), first=changed[0]
        )


def _refuse_lost_classes(train: Sequence[Example], dataset: Dataset, dropped: DropList) -> None:
    left = classes_of(train, dataset.tasks)
    for task, classes in dataset.classes.items():
        lost = [name for name in classes if name not in left[task]]
        if lost or not any(task in one.labels for one in train):
            raise ConfigError("drop-suspects-empties-class", file=dropped.file, task=task, names=lost, count=len(lost))


def _without(example: Example, tasks: set[str]) -> Example:
    """Return ``example`` without its labels of ``tasks``."""
    if not tasks:
        return example
    return replace(example, labels={task: label for task, label in example.labels.items() if task not in tasks})


def _without_dropped(copies: Mapping[str, tuple[str, ...]], left: set[str]) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(one for one in others if one not in left) for name, others in copies.items()}
    return {name: others for name, others in found.items() if others}
