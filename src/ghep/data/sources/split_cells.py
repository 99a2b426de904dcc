"""Read the column of a table that divides its rows. In: tables, out: the column, and the split of each row.

    split     train, val, test; Training, PublicTest, PrivateTest; 0, 1, 2
    is_valid  True, False; X or blank     the column says which of the two is held out

What the cells of a column mean is settled once, by all of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ghep.data.sources.split_names import SPLIT_NAMES, UNLABELLED, plain, split_of
from ghep.data.sources.tables import Table
from ghep.errors import DataError
from ghep.types import Finding, Split

SPLIT_COLUMN = "split"
_OTHER_NAMES = ("splits", "data_split", "dataset_split", "subset", "partition", "usage", "phase", "dataset", "set")
"""Names that a split column has if, and only if, its cells say so."""
_FLAGS: dict[str, tuple[Split, Split]] = {
    **dict.fromkeys(("is_valid", "is_val", "is_validation"), ("train", "valid")),
    **dict.fromkeys(("is_test", "is_testing", "is_test_image"), ("train", "test")),
    **dict.fromkeys(("is_train", "is_training", "is_training_image"), ("test", "train")),
}
"""Column of true and false -> the splits that false and true stand for."""
_FALSE, _TRUE = ("0", "false", "no", "f", "n"), ("1", "true", "yes", "t", "y", "x")
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
        text = _text(table.columns[column][row])
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
        return _text(table.columns[column][row]) in self.unlabelled


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
    for name in (*_OTHER_NAMES, *_FLAGS):
        if name not in names:
            continue
        counts = _counts(tables, names[name])
        if _is_clear(name, counts, blanks=counts.total() < sum(len(table.lines) for table in tables)):
            return names[name]
    return None


def read_splits(tables: Sequence[Table], column: str) -> Splits:
    """Return what the cells of ``column`` stand for. Raises ``DataError`` for numbers that could mean either."""
    counts = _counts(tables, column)
    flags = _of_flags(plain(column), counts)
    meaning = flags or _of_numbers(column, counts)
    blank = _FLAGS[plain(column)][0] if flags else None
    blanks = sum(len(table.lines) for table in tables) - counts.total() if flags else 0
    findings = []
    if meaning:
        said = ", ".join(f"{text} is {split} ({counts[text]} rows)" for text, split in meaning.items())
        said += f", a blank cell is {blank} ({blanks} rows)" if blanks else ""
        remedy = "nothing to do, unless it means something else: then write train, valid and test"
        findings.append(Finding("split-values", "info", f"in the column {column!r}, {said}", remedy))
    else:
        meaning = {text: split for text in counts if (split := split_of(text))}
    unlabelled = frozenset(text for text in counts if plain(text) in UNLABELLED)
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
        if plain(column) not in _FLAGS or column in content or column in labels or len(counts) < 2:
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


def _is_clear(name: str, counts: Mapping[str, int], *, blanks: bool) -> bool:
    if name in _FLAGS:
        held = {text.lower() for text in counts if text.lower() not in _NO_VALUE}
        both = len(held) == 2 or ((len(counts) > len(held) or blanks) and not held.isdisjoint(_TRUE))
        return both and bool(_of_flags(name, counts))
    splits = {split_of(text) for text in counts if plain(text) not in UNLABELLED}
    words = "train" in splits and len(splits) > 1 and None not in splits
    return words or (name != "set" and set(counts) == {"0", "1", "2"})


def _of_flags(name: str, counts: Mapping[str, int]) -> dict[str, Split]:
    """Return what true and false mean in a column that is named after one split; nothing for other columns."""
    if name not in _FLAGS or not all(text.lower() in (*_FALSE, *_TRUE, *_NO_VALUE) for text in counts):
        return {}
    false, true = _FLAGS[name]
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
    cells = (_text(cell) for table in tables for cell in table.columns[column])
    return Counter(text for text in cells if text is not None)


def _text(cell: Any) -> str | None:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None
