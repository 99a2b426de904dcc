"""Read the column of a table that divides its rows. In: tables, out: the column, and the split of each row.

    split     train, val, test; Training, PublicTest, PrivateTest; 0, 1, 2
    is_valid, holdout  True, False; X or blank     the column says which of the two is held out

What the cells of a column mean is settled once, by all of them.
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
from ghep.types import SPLITS, Finding, Split

SPLIT_COLUMN = "split"
_OTHER_NAMES = ("splits", "data_split", "dataset_split", "subset", "partition", "usage", "phase", "dataset", "set")
"""Names that a split column has if, and only if, its cells say so."""
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
"""Column of true and false, spelt without "_" -> the splits that false and true stand for."""
_FALSE, _TRUE = ("0", "0.0", "false", "no", "f", "n"), ("1", "1.0", "true", "yes", "t", "y", "x")
_NO_VALUE = ("nan", "none", "null", "na", "n/a", "#n/a", "<na>", "-")
"""In a column of true and false: the same as a blank cell, which is false."""


class Splits(NamedTuple):
    """The splits that the cells of a column stand for."""

    meaning: Mapping[str, Split]
    unlabelled: frozenset[str]
    """Cells of rows that belong to no split: "unsupervised"."""
    findings: tuple[Finding, ...]
    blank: Split | None = None
    """What a blank cell stands for, if not the split of its table."""

    def of(self, table: Table, row: int, column: str) -> Split | None:
        """Return the split of one row, that of its table where the cell is blank. Raises ``DataError``."""
        text = cell_text(table.columns[column][row])
        if text is None:
            return table.split or self.blank
        if text not in self.meaning:
            known = ", ".join(SPLIT_NAMES)
            raise DataError(
                f"{table.where(row)}: {text!r} is no split", remedy=f"use one of {known}, or leave it blank"
            )
        return self.meaning[text]

    def skips(self, table: Table, row: int, column: str) -> bool:
        """Tell whether a row belongs to no split."""
        return cell_text(table.columns[column][row]) in self.unlabelled


def find_split_column(
    tables: Sequence[Table], known: Iterable[str], content: Container[str | None], labels: Sequence[str]
) -> str | None:
    """Return the column that divides the rows, if there is one: called ``split``, or with cells that leave no doubt.

    ``content`` are columns of the examples; ``labels`` those that were named, if any were.
    """
    names = {plain(key): key for key in known if key not in content and key not in labels}
    if len(names) < 2 and not labels:
        return names.get(SPLIT_COLUMN)  # the only other column holds the labels: is_valid, is_test
    if SPLIT_COLUMN in names:
        return names[SPLIT_COLUMN]
    return next(
        (names[name] for name in (*_OTHER_NAMES, *names) if name in names and _is_clear(tables, names[name])), None
    )


def with_one_split_column(tables: Sequence[Table], named: Container[str | None]) -> tuple[list[Table], list[Finding]]:
    """Return tables in which one column, ``split``, stands for several of true and false: is_train, is_valid, is_test.

    Others come back as they are. ``named`` are the columns that the caller named. Raises ``DataError`` for a row that
    these columns put into two splits.
    """
    known = [key for key in tables[0].columns if key not in named and all(key in table.columns for table in tables)]
    flags = [key for key in known if _of_flags(key, _counts(tables, key)) and _is_clear(tables, key)]
    divided = any(plain(key) == SPLIT_COLUMN for table in tables for key in table.columns)
    if len(flags) < 2 or divided or len(tables[0].columns) - len(flags) < 2:  # content and labels are left
        return list(tables), []
    read = {column: read_splits(tables, column) for column in flags}
    counts: Counter[str] = Counter()
    result = []
    for table in tables:
        cells: list[Split] = []
        for row in range(len(table.lines)):
            said = {column: _true_or_false(read[column], table, row, column) for column in flags}
            claims = {true for column, (is_true, true) in said.items() if is_true}
            if len(claims) > 1:
                true = [column for column, (is_true, _) in said.items() if is_true]
                raise DataError(
                    f"{table.where(row)} is in two splits, by the columns {' and '.join(map(repr, true))}",
                    remedy="correct it, or write train, valid and test in one column called split",
                )
            of_train = any(true == "train" for _, true in said.values())
            cells.append(claims.pop() if claims else "test" if of_train else "train")
        counts.update(cells)
        columns = {key: column for key, column in table.columns.items() if key not in flags}
        result.append(replace(table, columns={**columns, SPLIT_COLUMN: cells}))
    each = ", ".join(f"{counts[split]} {split}" for split in SPLITS if counts[split])
    message = f"the columns {', '.join(map(repr, flags))} divide the rows together: {each}"
    remedy = "nothing to do, unless they mean something else: then write train, valid and test in one column, split"
    return result, [Finding("split-values", "info", message, remedy, tuple(flags))]


def _true_or_false(splits: Splits, table: Table, row: int, column: str) -> tuple[bool, Split]:
    """Return whether a cell of a column of true and false is true, and the split that true stands for."""
    sides = _flag(column)
    assert sides is not None
    text = cell_text(table.columns[column][row])
    return text is not None and splits.meaning[text] == sides[1], sides[1]


def _flag(column: str) -> tuple[Split, Split] | None:
    """Return the splits that false and true stand for in a column that is named after one: isTest, Is Test, is_test."""
    return _FLAGS.get(plain(column).replace("_", ""))


def read_splits(tables: Sequence[Table], column: str) -> Splits:
    """Return what the cells of ``column`` stand for. Raises ``DataError`` for numbers that could mean either."""
    counts = _counts(tables, column)
    flags = _of_flags(column, counts)
    meaning = flags or _of_numbers(column, counts)
    sides = _flag(column) if flags else None
    blank = sides[0] if sides else None
    blanks = sum(len(table.lines) for table in tables) - counts.total() if flags else 0
    findings = []
    if meaning:
        said = ", ".join(f"{text} is {split} ({counts[text]} rows)" for text, split in meaning.items())
        said += f", a blank cell is {blank} ({blanks} rows)" if blanks else ""
        remedy = "nothing to do, unless it means something else: then write train, valid and test"
        findings.append(Finding("split-values", "info", f"in the column {column!r}, {said}", remedy))
    else:
        meaning = {text: split for text in counts if (split := split_of(text))}
    unlabelled = frozenset(text for text in counts if is_unlabelled(text))
    if unlabelled:
        rows = sum(counts[text] for text in unlabelled)
        message = f"{rows} rows are {' and '.join(sorted(unlabelled))} by the column {column!r} and were passed over"
        findings.append(Finding("split-ignored", "info", message, "nothing to do", tuple(sorted(unlabelled))))
    return Splits(meaning, unlabelled, tuple(findings), blank)


def suspected_split_column(
    tables: Sequence[Table], content: Container[str | None], labels: Sequence[str]
) -> list[Finding]:
    """Warn about a column that is called as one that divides the rows, with cells that do not say how."""
    for column in dict.fromkeys(key for table in tables for key in table.columns):
        counts = _counts([table for table in tables if column in table.columns], column)
        if not _flag(column) or column in content or column in labels or len(counts) < 2:
            continue
        shown = ", ".join(f"{text!r} ({count} rows)" for text, count in counts.most_common(5))
        message = (
            f"the column {column!r} looks like a split, but its cells are not true or false, and it was not used: "
        )
        message += f"{shown}{' and others' if len(counts) > 5 else ''}"
        remedy = (
            "write 0 and 1 in it, or train, valid and test in a column called split; nothing to do if it is no split"
        )
        return [Finding("split-column-suspected", "warning", message, remedy, (column,))]
    return []


def held_out_by_others(
    tables: Sequence[Table], splits: Splits, column: str, taken: Container[str | None]
) -> list[Finding]:
    """Warn about rows that ``column`` puts into train while another column of true and false holds them out."""
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
            message = (
                f"{held_out} rows of train are held out by the column {other!r}, which was not used: the split is "
            )
            message += f"that of {column!r}"
            remedy = f"nothing to do if {column!r} counts; else --split-column {quote(other)}"
            findings.append(Finding("split-column-suspected", "warning", message, remedy, (other,)))
    return findings


def _is_clear(tables: Sequence[Table], column: str) -> bool:
    """Tell whether the cells of a column that may divide the rows say how."""
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
    """Return what true and false mean in a column that is named after one split; nothing for other columns."""
    sides = _flag(column)
    if sides is None or not all(text.lower() in (*_FALSE, *_TRUE, *_NO_VALUE) for text in counts):
        return {}
    false, true = sides
    return {text: true if text.lower() in _TRUE else false for text in sorted(counts)}


def _of_numbers(column: str, counts: Mapping[str, int]) -> dict[str, Split]:
    """Return what 0, 1 and 2 mean: train, valid and test; 0 and 1: train and test, if there are fewer of 1."""
    if set(counts) == {"0", "1", "2"}:
        return {"0": "train", "1": "valid", "2": "test"}
    if set(counts) != {"0", "1"}:
        return {}
    if counts["1"] >= counts["0"]:
        raise DataError(
            f"the column {column!r} divides by 0 ({counts['0']} rows) and 1 ({counts['1']} rows): which is train?",
            remedy="write train, valid or test, or call the column is_train, is_valid or is_test",
        )
    return {"0": "train", "1": "test"}


def _counts(tables: Sequence[Table], column: str) -> Counter[str]:
    cells = (cell_text(cell) for table in tables for cell in table.columns[column])
    return Counter(text for text in cells if text is not None)


def cell_text(cell: Any) -> str | None:
    """Return a cell as text without outer spaces, None if it is blank."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None
