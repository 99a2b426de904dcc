"""Find and read the split column of tables. In: tables. Out: the name of the column, and the split of each row.

    split     train, val, test; Training, PublicTest, PrivateTest; 0, 1, 2
    is_valid, holdout  True, False; X or blank     the column name says which split is held out

All cells of a column together determine what its values mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from shlex import quote
from typing import Any, NamedTuple

from ghep.data.sources.folders.split_names import SPLIT_NAMES, is_unlabelled, plain, split_of
from ghep.data.sources.tables.delimited import Table
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import SPLITS, Finding, Split

SPLIT_COLUMN = "split"
_OTHER_NAMES = ("splits", "data_split", "dataset_split", "subset", "partition", "usage", "phase", "dataset", "set")
"""Names that are a split column only if the cells hold splits."""
_FLAG_WORDS: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation", "dev"),
    "test": ("test", "testing", "holdout", "heldout", "eval", "evaluation"),
}
_FLAGS: dict[str, tuple[Split, Split]] = {
    name: ("test", "train") if true == "train" else ("train", true)
    for true, words in _FLAG_WORDS.items()
    for word in words
    for more in ("", "set", "image", "data")
    for name in (f"is{word}{more}", f"in{word}{more}")
}
_FLAGS |= dict.fromkeys(("holdout", "heldout", "holdoutset", "testset"), _FLAGS["istest"])
"""Name of a boolean column, without "_" -> the splits that false and true mean."""
_FALSE, _TRUE = ("0", "0.0", "false", "no", "f", "n"), ("1", "1.0", "true", "yes", "t", "y", "x")
_NO_VALUE = ("nan", "none", "null", "na", "n/a", "#n/a", "<na>", "-")
"""The same as a blank cell in a boolean column: false."""


class Splits(NamedTuple):
    """The meaning of the cells of a split column."""

    meaning: Mapping[str, Split]
    unlabelled: frozenset[str]
    """Cells of rows without a split: "unsupervised"."""
    findings: tuple[Finding, ...]
    blank: Split | None = None
    """The split of blank cells, if not the split of the table."""

    def of(self, table: Table, row: int, column: str) -> Split | None:
        """Return the split of a row; for a blank cell, that of the table or else ``blank``. Raises ``DataError``."""
        text = cell_text(table.columns[column][row])
        if text is None:
            return table.split or self.blank
        if text not in self.meaning:
            raise DataError("cell-not-split", place=table.where(row), cell=text, splits=list(SPLIT_NAMES))
        return self.meaning[text]

    def skips(self, table: Table, row: int, column: str) -> bool:
        """Return whether a row is unlabelled and left out."""
        return cell_text(table.columns[column][row]) in self.unlabelled


def find_split_column(
    tables: Sequence[Table], known: Iterable[str], content: Container[str | None], labels: Sequence[str]
) -> str | None:
    """Return the name of the split column: one called ``split``, or one with unambiguous cells; None if there is none.

    ``content`` are the columns of the examples, ``labels`` the label columns that the caller named.
    """
    names = {plain(key): key for key in known if key not in content and key not in labels}
    if len(names) < 2 and not labels:
        return names.get(SPLIT_COLUMN)  # the only other column, such as is_valid or is_test, holds the labels
    if SPLIT_COLUMN in names:
        return names[SPLIT_COLUMN]
    return next(
        (names[name] for name in (*_OTHER_NAMES, *names) if name in names and _is_clear(tables, names[name])), None
    )


def with_one_split_column(tables: Sequence[Table], named: Container[str | None]) -> tuple[list[Table], list[Finding]]:
    """Return tables with one column, ``split``, in place of several boolean ones: is_train, is_valid, is_test.

    Other tables are returned unchanged. ``named`` are the columns that the caller named. Raises ``DataError`` for a row
    that these columns put into two splits.
    """
    known = [key for key in tables[0].columns if key not in named and all(key in table.columns for table in tables)]
    flags = [key for key in known if _of_flags(key, _counts(tables, key)) and _is_clear(tables, key)]
    divided = any(plain(key) == SPLIT_COLUMN for table in tables for key in table.columns)
    if len(flags) < 2 or divided or len(tables[0].columns) - len(flags) < 2:  # content and labels must remain
        return list(tables), []
    read = {column: read_splits(tables, column) for column in flags}
    counts: Counter[str] = Counter()
    result = []
    for table in tables:
        cells: list[Split] = []
        for row in range(len(table.lines)):
            values = {column: _true_or_false(read[column], table, row, column) for column in flags}
            claims = {true for column, (is_true, true) in values.items() if is_true}
            if len(claims) > 1:
                true = [repr(column) for column, (is_true, _) in values.items() if is_true]
                raise DataError("row-in-two-splits", place=table.where(row), columns=true)
            of_train = any(true == "train" for _, true in values.values())
            cells.append(claims.pop() if claims else "test" if of_train else "train")
        counts.update(cells)
        columns = {key: column for key, column in table.columns.items() if key not in flags}
        result.append(replace(table, columns={**columns, SPLIT_COLUMN: cells}))
    each = [Message("count-in-split", {"count": counts[split], "split": split}) for split in SPLITS if counts[split]]
    finding = Finding.of(
        "split-values",
        "info",
        items=flags,
        message="split-values-of-columns",
        columns=list(map(repr, flags)),
        counts=each,
    )
    return result, [finding]


def _true_or_false(splits: Splits, table: Table, row: int, column: str) -> tuple[bool, Split]:
    """Return (whether a cell of a boolean split column is true, the split that true means in this column)."""
    sides = _flag(column)
    assert sides is not None
    text = cell_text(table.columns[column][row])
    return text is not None and splits.meaning[text] == sides[1], sides[1]


def _flag(column: str) -> tuple[Split, Split] | None:
    """Return the splits that false and true mean in a column named after a split: isTest, Is Test, is_test."""
    return _FLAGS.get(plain(column).replace("_", ""))


def read_splits(tables: Sequence[Table], column: str) -> Splits:
    """Return the meaning of the cells of ``column``. Raises ``DataError`` if 0 and 1 could mean either split."""
    counts = _counts(tables, column)
    flags = _of_flags(column, counts)
    meaning = flags or _of_numbers(column, counts)
    sides = _flag(column) if flags else None
    blank = sides[0] if sides else None
    blanks = sum(len(table.lines) for table in tables) - counts.total() if flags else 0
    findings = []
    if meaning:
        values = [
            Message("split-value", {"cell": text, "split": of, "rows": counts[text]}) for text, of in meaning.items()
        ]
        if blanks:
            values.append(Message("split-value-blank", {"split": blank, "rows": blanks}))
        findings.append(Finding.of("split-values", "info", column=column, values=values))
    else:
        meaning = {text: split for text in counts if (split := split_of(text))}
    unlabelled = frozenset(text for text in counts if is_unlabelled(text))
    if unlabelled:
        rows = sum(counts[text] for text in unlabelled)
        findings.append(
            Finding.of(
                "split-ignored", "info", items=sorted(unlabelled), rows=rows, column=column, cells=sorted(unlabelled)
            )
        )
    return Splits(meaning, unlabelled, tuple(findings), blank)


def suspected_split_column(
    tables: Sequence[Table], content: Container[str | None], labels: Sequence[str]
) -> list[Finding]:
    """Return a warning about a column with the name of a boolean split column whose cells are not boolean."""
    for column in dict.fromkeys(key for table in tables for key in table.columns):
        counts = _counts([table for table in tables if column in table.columns], column)
        if not _flag(column) or column in content or column in labels or len(counts) < 2:
            continue
        shown = [Message("label-rows", {"label": text, "count": count}) for text, count in counts.most_common(5)]
        return [
            Finding.of(
                "split-column-suspected",
                "warning",
                items=(column,),
                column=column,
                cells=shown,
                more=max(0, len(counts) - 5),
            )
        ]
    return []


def held_out_by_others(
    tables: Sequence[Table], splits: Splits, column: str, taken: Container[str | None]
) -> list[Finding]:
    """Return a warning about rows that ``column`` puts into train, but another boolean column into valid or test."""
    findings = []
    for other in tables[0].columns:
        if other == column or other in taken or any(other not in table.columns for table in tables):
            continue
        if not _of_flags(other, _counts(tables, other)) or not _is_clear(tables, other):
            continue
        read = read_splits(tables, other)
        rows = [(table, row) for table in tables for row in range(len(table.lines))]
        train = [one for one in rows if not splits.skips(*one, column) and splits.of(*one, column) in (None, "train")]
        held_out = sum(read.of(*one, other) != "train" for one in train)
        if held_out:
            findings.append(
                Finding.of(
                    "split-column-suspected",
                    "warning",
                    items=(other,),
                    message="split-columns-differ",
                    rows=held_out,
                    other=other,
                    column=column,
                    option=quote(other),
                )
            )
    return findings


def _is_clear(tables: Sequence[Table], column: str) -> bool:
    """Return whether the cells of a possible split column are unambiguous."""
    counts = _counts(tables, column)
    if _of_flags(column, counts):
        blanks = counts.total() < sum(len(table.lines) for table in tables)
        held = {text.lower() for text in counts if text.lower() not in _NO_VALUE}
        return len(held) == 2 or ((len(counts) > len(held) or blanks) and not held.isdisjoint(_TRUE))
    if plain(column) not in _OTHER_NAMES and not _flag(column):
        return False
    splits = {split_of(text) for text in counts if not is_unlabelled(text)}
    words = "train" in splits and len(splits) > 1 and None not in splits
    return words or (plain(column) in _OTHER_NAMES and plain(column) != "set" and set(counts) == {"0", "1", "2"})


def _of_flags(column: str, counts: Mapping[str, int]) -> dict[str, Split]:
    """Return a dict, cell -> split, for a boolean column named after one split; empty for other columns."""
    sides = _flag(column)
    if sides is None or not all(text.lower() in (*_FALSE, *_TRUE, *_NO_VALUE) for text in counts):
        return {}
    false, true = sides
    return {text: true if text.lower() in _TRUE else false for text in sorted(counts)}


def _of_numbers(column: str, counts: Mapping[str, int]) -> dict[str, Split]:
    """Return a dict, cell -> split, for numbers: 0, 1, 2 are train, valid, test; 0, 1 are train, test if 1 is rarer.

    Empty for other columns. Raises ``DataError`` if 1 is as frequent as 0 or more.
    """
    if set(counts) == {"0", "1", "2"}:
        return {"0": "train", "1": "valid", "2": "test"}
    if set(counts) != {"0", "1"}:
        return {}
    if counts["1"] >= counts["0"]:
        raise DataError("split-zero-or-one", column=column, zeros=counts["0"], ones=counts["1"])
    return {"0": "train", "1": "test"}


def _counts(tables: Sequence[Table], column: str) -> Counter[str]:
    cells = (cell_text(cell) for table in tables for cell in table.columns[column])
    return Counter(text for text in cells if text is not None)


def cell_text(cell: Any) -> str | None:
    """Return a cell as text without surrounding spaces, None if it is blank."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None
