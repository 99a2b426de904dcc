"""Read columns in which a mark means yes and a blank means no. In: tables. Out: tables with "no" in place of blanks.

    text,toxic,insult
    you fool,X,X
    you liar,X,
    good day,,

In other columns, a blank is a missing label. In such a column, only one class would be left, so a blank means "no".
There are two exceptions: a column with a usual name of labels (``label``), where perhaps only some rows were labelled,
and tables in which another column spells out "no".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ghep.data.labels import NO_YES
from ghep.data.sources.folders.split_names import plain
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.no_value import says_no_value
from ghep.data.sources.tables.split_cells import cell_text
from ghep.types import Finding, Split

_NO_OF = {yes: no for no, yes in reversed(NO_YES)}
_SIGNS = frozenset({"x", "v", "*", "+", "✓", "✔", "☑", "✅", "●", "•", "■", "√"})
_NEGATIVES = frozenset({no for no, _ in NO_YES} | {"-", "0.0"})
_BLANK_WORDS = frozenset({"nan", "none", "null", "na", "n/a", "<na>"})
"""How programs write a blank cell."""

SplitOf = Callable[[Table, int], Split | None]


def mark_of(column: str, cells: Mapping[str, int]) -> str | None:
    """Return the mark in the filled cells of ``column``, in its most frequent spelling; None if there is no mark.

    A mark is a sign (X), a word for yes, 1, or the name of the column.
    """
    spellings = {text.casefold().removesuffix(".0") for text in cells}
    if len(spellings) != 1:
        return None
    (mark,) = spellings
    known = mark in _SIGNS or mark in _NO_OF or plain(mark) == plain(column) != ""
    return max(sorted(cells), key=lambda text: cells[text]).removesuffix(".0") if known else None


def marks_counted(cells: Sequence[Any]) -> Counter[str]:
    """Return the number of cells with each text, without blanks."""
    counts = Counter(map(cell_text, cells))
    return Counter(
        {
            text: count
            for text, count in counts.items()
            if text and text.casefold() not in _BLANK_WORDS and not says_no_value(text)
        }
    )


def with_blanks_as_no(
    tables: Sequence[Table], columns: Sequence[str], split_of: SplitOf
) -> tuple[list[Table], list[Finding]]:
    """Return tables in which blanks are replaced by the word for no, in columns of a mark or blank; and a finding.

    ``columns`` are the label columns, except one with a usual name ("label"). Rows of a valid or test split without any
    mark are unlabelled and stay unchanged.
    """
    counts = {column: sum((marks_counted(table.columns[column]) for table in tables), Counter()) for column in columns}
    named = {column for table in tables for column in table.class_names}
    columns = [column for column in columns if column not in named]
    marks = {column: mark for column in columns if (mark := mark_of(column, counts[column]))}
    if not marks or any(map(_says_no, counts.values())):
        return list(tables), []
    first = next(iter(marks.values()))
    marks |= {column: first for column in columns if not counts[column]}
    marks = {column: marks[column] for column in columns if column in marks}
    rows = [(at, row, split_of(table, row)) for at, table in enumerate(tables) for row in range(len(table.lines))]
    marked = [any(marks_counted([tables[at].columns[column][row]]) for column in marks) for at, row, _ in rows]
    labelled = {"train", None} | {split for (*_, split), has_mark in zip(rows, marked, strict=True) if has_mark}
    filled: list[dict[str, list[Any]]] = [{column: list(table.columns[column]) for column in marks} for table in tables]
    blanks: Counter[str] = Counter()
    for at, row, split in rows:
        for column, mark in marks.items():
            if marks_counted([filled[at][column][row]]):
                filled[at][column][row] = mark
            elif split in labelled:
                filled[at][column][row] = _no(mark)
                blanks[column] += 1
    if not blanks:
        return list(tables), []
    without = sum(split in labelled and not has_mark for (*_, split), has_mark in zip(rows, marked, strict=True))
    finding = Finding.of(
        "blank-read-as-no",
        "warning",
        items=marks,
        columns=list(map(repr, [*marks][:8])),
        count=len(marks),
        more=max(0, len(marks) - 8),
        marks=list(map(repr, dict.fromkeys(marks.values()))),
        no=list(map(repr, dict.fromkeys(map(_no, marks.values())))),
        blanks=blanks.total(),
        cells=len(rows) * len(marks),
        rows=without,
    )
    result = [
        replace(table, columns={**table.columns, **of_table}) for table, of_table in zip(tables, filled, strict=True)
    ]
    return result, [finding]


def _says_no(cells: Mapping[str, int]) -> bool:
    """Return whether the cells of a column mean yes and no, and a word for no occurs in them."""
    found = {text.casefold() for text in cells}
    return not found.isdisjoint(_NEGATIVES) and found <= {*_NEGATIVES, *_SIGNS, *_NO_OF, "1.0"}


def _no(mark: str) -> str:
    """Return the word for no that belongs to a mark, in its case: "True" -> "False", "Y" -> "N", "X" -> "no"."""
    no = _NO_OF.get(mark.casefold())
    if no is None:
        return "no"
    return no.upper() if mark.isupper() else no.title() if mark.istitle() else no
