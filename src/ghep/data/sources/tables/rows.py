"""Turn the rows of tables into examples. In: tables and the requested columns. Out: a ``Source``."""

from __future__ import annotations

import posixpath
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ghep.data.dataset import Source
from ghep.data.sources.tables.columns import (
    ID_NAME,
    PATH_NAMES,
    Columns,
    aligned,
    choose,
    choose_content,
    column_names,
    filled,
    holds_bytes,
    is_image,
    is_label_name,
    listed,
    other_content,
    second_text,
    unused,
    usual,
)
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.label_cells import read_labels
from ghep.data.sources.tables.marked_columns import with_blanks_as_no
from ghep.data.sources.tables.split_cells import held_out_by_others, read_splits, suspected_split_column
from ghep.data.text.loader import Refused, TextPair, load_text, without_lone_halves
from ghep.errors import BadText, DataError
from ghep.types import Example, Finding, Modality, Raw, Split


def assemble(
    name: str, location: Path, tables: Sequence[Table], asked: Columns, *, label_delimiter: str | None = None
) -> Source:
    """Return the rows of all tables as a source; ``asked`` are the requested columns. Raises ``DataError``."""
    tables = [table for table in tables if table.lines]
    if not tables:
        raise DataError("table-without-rows", name=location)
    tables = aligned(tables, asked)
    chosen = choose(tables, asked)
    ids = _text_ids if chosen.text else _image_ids
    given = read_splits(tables, chosen.split) if chosen.split else None

    def split_of(table: Table, row: int) -> Split | None:
        if not given or not chosen.split:
            return table.split
        return None if given.skips(table, row, chosen.split) else given.of(table, row, chosen.split)

    # In a column called "label", a blank is more likely a label that is still missing.
    indicators = [column for column in chosen.labels if not is_label_name(column)]
    tables, blanks = with_blanks_as_no(tables, indicators, split_of)
    labels = {column: read_labels(tables, column, label_delimiter) for column in chosen.labels}
    examples: list[Example] = []
    splits: dict[str, Split] = {}
    groups: dict[str, str] = {}
    for at, (table, table_ids) in enumerate(zip(tables, ids(tables, chosen.content), strict=True)):
        for row, identity in enumerate(table_ids):
            if given and chosen.split and given.skips(table, row, chosen.split):
                continue
            raw = _raw(table, row, chosen)
            found = {column: label for column, of in labels.items() if (label := of.by_table[at][row]) is not None}
            examples.append(Example(identity, raw, found))
            if split := split_of(table, row):
                splits[identity] = split
            group = filled(table.columns[chosen.group][row]) if chosen.group else None
            if group:
                groups[identity] = group
    findings = [finding for table in tables for finding in table.findings]
    findings += [] if chosen == asked else [_chosen(chosen, unused(tables, chosen))]
    if given and chosen.split:
        findings += held_out_by_others(tables, given, chosen.split, (*chosen.contents, *chosen.labels))
    findings += given.findings if given else suspected_split_column(tables, chosen.contents, chosen.labels)
    findings += _second_text(tables, chosen)
    findings += blanks
    for column in chosen.labels:
        findings += labels[column].findings
    return Source(
        name,
        location,
        tuple(examples),
        splits,
        chosen.labels,
        tuple(findings),
        modality=chosen.modality,
        groups=groups,
        columns={
            "text_column" if chosen.text else "path_column": list(chosen.contents) if chosen.second else chosen.content,
            "label_columns": chosen.labels,
            **({"label_delimiter": label_delimiter} if label_delimiter else {}),
            **({"other_columns": others} if (others := other_content(tables, chosen)) else {}),
        },
    )


def unlabelled(
    location: Path, tables: Sequence[Table], asked: Columns, modality: Modality
) -> tuple[list[Example], tuple[str, ...]]:
    """Return the rows of all tables as examples without labels, in order, and the columns they come from.

    A row without a text or path is kept, so that predictions report it in its place. Raises ``DataError``.
    """
    tables = [table for table in tables if table.lines]
    if not tables:
        raise DataError("table-without-rows", name=location)
    tables = aligned(tables, asked)
    chosen = choose_content(tables, asked, modality)
    if chosen.modality != modality:
        raise DataError("column-of-other-modality", column=chosen.content, given=chosen.modality, takes=modality)
    ids = _text_ids if chosen.text else _names
    examples = [
        Example(identity, _raw(table, row, chosen))
        for table, table_ids in zip(tables, ids(tables, chosen.content), strict=True)
        for row, identity in enumerate(table_ids)
    ]
    return examples, chosen.contents


def _names(tables: Sequence[Table], column: str) -> list[list[str]]:
    """Return a name for each row: the path as given, or ``table#row`` without a path. Names may repeat."""
    return [[_path_of(table, row, column) or name for row, name in enumerate(_by_row(table))] for table in tables]


def _text_ids(tables: Sequence[Table], _: str) -> list[list[str]]:
    """Return an id for each row: the cell of a column ``id``, if all are filled and different, else ``table#row``."""
    return ids_in(tables) or [_by_row(table) for table in tables]


def ids_in(tables: Sequence[Table]) -> list[list[str]] | None:
    """Return the cells of the columns ``id`` if all are filled and different, else None."""
    keys = [next((key for key in table.columns if key.lower() == ID_NAME), None) for table in tables]
    cells = [
        [filled(cell) for cell in table.columns[key]] if key else [None]
        for table, key in zip(tables, keys, strict=True)
    ]
    flat = [cell for column in cells for cell in column]
    if all(cell and cell.isprintable() for cell in flat) and len(set(flat)) == len(flat):
        return [[str(cell) for cell in column] for column in cells]
    return None


def _raw(table: Table, row: int, chosen: Columns) -> Raw:
    if chosen.second:
        return _pair(table, row, chosen.content, chosen.second)
    return (_text if chosen.text else _image)(table, row, chosen.content)


def _pair(table: Table, row: int, first: str, second: str) -> Raw:
    try:
        texts = [_text(table, row, column) for column in (first, second)]
        return TextPair(*(load_text(text) if isinstance(text, bytes) else text for text in texts))
    except BadText as error:  # bytes that are not UTF-8
        return Refused(Path(table.name), error.reason, error.detail)


def _text(table: Table, row: int, column: str) -> Raw:
    cell = table.columns[column][row]
    if isinstance(cell, (str, bytes)):
        return without_lone_halves(cell) if isinstance(cell, str) else cell
    if isinstance(cell, (list, dict)):
        raise DataError("cell-not-text", place=table.where(row), column=column, is_list=isinstance(cell, list))
    return filled(cell) or ""  # no text in this row: quarantined as empty


def _image_ids(tables: Sequence[Table], column: str) -> list[list[str]]:
    """Return an id for each row: the path; for image bytes the file name, if given and unique, else ``table#row``."""
    cells = [[_path_of(table, row, column) for row in range(len(table.lines))] for table in tables]
    counts = Counter(cell for column in cells for cell in column if cell)
    by_bytes = any(holds_bytes(table.columns[column]) for table in tables)
    if not by_bytes:
        _refuse_duplicates(tables, cells, counts)
        return [[str(cell) for cell in column] for column in cells]
    if counts and max(counts.values()) == 1 and all(cell for column in cells for cell in column):
        return [[str(cell) for cell in column] for column in cells]
    return [_by_row(table) for table in tables]


def _by_row(table: Table) -> list[str]:
    """Return an id for each row, ``table#number``; for display, ``dataset.place`` turns it into a spreadsheet row."""
    first = table.first_row
    rows = [line - 2 for line in table.lines] if table.header_line else range(first, first + len(table.lines))
    return [f"{table.name}#{row}" for row in rows]


def _path_of(table: Table, row: int, column: str) -> str | None:
    cell = table.columns[column][row]
    if isinstance(cell, dict):
        cell = cell.get("path")
    elif isinstance(cell, bytes) or is_image(cell):
        others = [key for key in table.columns if usual(key) in PATH_NAMES and key != column]
        cell = table.columns[others[0]][row] if others else None
    text = filled(cell)
    if not text:
        return None
    folder = table.name.rpartition("/")[0]  # paths in train/metadata.csv start in train
    return posixpath.normpath(posixpath.join(folder, text.replace("\\", "/")))


def _refuse_duplicates(tables: Sequence[Table], cells: list[list[str | None]], counts: Counter[str]) -> None:
    for table, column in zip(tables, cells, strict=True):
        for row, cell in enumerate(column):
            if not cell:
                raise DataError("row-without-path", place=table.where(row), unit=table.unit)
    twice = [cell for cell, count in counts.items() if count > 1]
    if twice:
        rows = [
            table.where(row)
            for table, column in zip(tables, cells, strict=True)
            for row, cell in enumerate(column)
            if cell == twice[0]
        ]
        raise DataError(
            "path-repeated", path=twice[0], count=len(rows), places="; ".join(map(str, rows[:3])), more=len(twice) - 1
        )


def _image(table: Table, row: int, column: str) -> Raw:
    cell = table.columns[column][row]
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes) or is_image(cell):
        return cell
    text = filled(cell)
    if text is None:
        return b""  # no image in this row: quarantined as empty
    if text.startswith(("http://", "https://")):
        raise DataError("path-is-url", place=table.where(row), url=text)
    return table.folder / text.replace("\\", "/")


def _chosen(chosen: Columns, unused: Sequence[str]) -> Finding:
    return Finding.of(
        "columns-chosen",
        "info",
        items=chosen.named,
        modality=chosen.modality,
        content=column_names(chosen.contents),
        labels=list(map(repr, chosen.labels)),
        divided=bool(chosen.split),
        split=chosen.split or "",
        unused=len(unused),
        unused_columns=listed(unused),
    )


def _second_text(tables: Sequence[Table], chosen: Columns) -> list[Finding]:
    name = second_text(tables, chosen)
    if name is None:
        return []
    return [
        Finding.of(
            "second-text-ignored",
            "warning",
            items=(name,),
            column=name,
            text=chosen.content,
            column_option=shlex.quote(name),
            text_option=shlex.quote(chosen.content),
        )
    ]
