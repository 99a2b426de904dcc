"""Choose the columns of a table for a trained model, and report if they differ from the columns used in training.

A bundle names the columns of its training table as read options: ``text_column`` (a list of two for pairs) or
``path_column``, ``label_columns``, and ``label_delimiter`` if one was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from ghep.data.sources.options import ReadOptions, given_options
from ghep.data.sources.tables.columns import WEAK_TEXT_NAMES, NoColumn, column_names, usual
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import Finding

CONTENT = {"text_column": "--text", "path_column": "--path-column"}


def as_trained(trained: Mapping[str, Any], options: ReadOptions) -> Iterator[ReadOptions]:
    """Yield read options to try in turn: ``options`` with the column of examples in ``trained``, then without it.

    The first is skipped if ``options`` already name a content column. The second is skipped for pairs of texts.
    """
    given = given_options(options)
    column = content_column(trained)
    if column is not None and not given.keys() & CONTENT.keys():
        yield ReadOptions(**{**given, column[0]: column[1][0] if len(column[1]) == 1 else list(column[1])})  # type: ignore[typeddict-item]
        if len(column[1]) > 1:  # no other columns can be known to form a pair
            return
    yield ReadOptions(**given)  # type: ignore[typeddict-item]


def column_findings(
    read: tuple[str, ...] | None, trained: Mapping[str, Any], options: ReadOptions, table: str
) -> tuple[Finding, ...]:
    """Return a finding if the column ``read`` from ``table`` is not the one of ``trained``.

    ``read`` is None if the data are not a table. The finding is a warning unless the user requested the column. Raises
    ``DataError`` if the column was not requested and probably holds something else: in training it was next to the
    column of ``trained``, or it is called "title".
    """
    column = content_column(trained)
    if column is None or read is None or read == column[1]:
        return ()
    option, names = column
    flag = CONTENT[option]
    in_order = " ".join(f"{flag} {quote(name)}" for name in names)
    asked = bool(given_options(options).keys() & CONTENT.keys())
    if len(read) != len(names):
        raise DataError(
            "pairs-unlike-training",
            table=table,
            read=column_names(read),
            trained=column_names(names),
            count=len(read),
            options=in_order,
        )
    another = usual(read[0]) in map(usual, trained.get("other_columns", ()))
    if not asked and (another or usual(read[0]) in WEAK_TEXT_NAMES):
        raise DataError(
            "column-unlike-training",
            table=table,
            column=names[0],
            read=read[0],
            another=another,
            option=f"{flag} {quote(read[0])}",
        )
    if sorted(read) == sorted(names):
        finding = Finding.of(
            "other-column",
            "warning",
            items=read,
            message="columns-swapped",
            read=column_names(read),
            trained=column_names(names),
            options=in_order,
        )
        return (finding,)
    finding = Finding.of(
        "other-column",
        "info" if asked else "warning",
        items=(*read, *names),
        read=column_names(read),
        count=len(read),
        trained=column_names(names),
        asked=asked,
        table=table,
        option=flag,
    )
    return (finding,)


def refusal(errors: Sequence[DataError], trained: Mapping[str, Any]) -> DataError:
    """Return the error to raise if all options that ``as_trained`` yielded failed; ``errors`` are in the same order.

    The message names the column of ``trained`` if the data lack this column.
    """
    first, last, column = errors[0], errors[-1], content_column(trained)
    if column is None or not isinstance(first, NoColumn) or first.column not in column[1]:
        return last
    option, names = column
    if len(names) > 1:
        return DataError("trained-pair-missing", cause=first.cause, trained=column_names(names), option=CONTENT[option])
    if isinstance(last, NoColumn):
        remedy = Message("or-name-column", {"remedy": first.remedy, "option": CONTENT[option]})
        return DataError("trained-column-missing", cause=first.cause, remedy=remedy)
    other = last.cause.removeprefix(f"{first.table}: ")
    return DataError("trained-column-missing-and", cause=first.cause, other=other, remedy=last.remedy)


def content_column(columns: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the read option that names the column of texts or images (two columns for pairs), and the names.

    Returns None for data without columns.
    """
    option = next((option for option in CONTENT if columns.get(option)), None)
    if option is None:
        return None
    return option, (columns[option],) if isinstance(columns[option], str) else tuple(columns[option])
