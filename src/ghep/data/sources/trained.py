"""The column that a model was trained on is the one it is asked about; where it is another, that is said.

A bundle names the columns of the table it was trained on, as read options: ``text_column`` (a list of two for pairs) or
``path_column``, ``label_columns``, and ``label_delimiter`` where one was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from ghep.data.sources.options import ReadOptions, given_options
from ghep.data.sources.tables.columns import WEAK_TEXT_NAMES, NoColumn, column_names, usual
from ghep.errors import DataError
from ghep.types import Finding

CONTENT = {"text_column": "--text", "path_column": "--path-column"}


def as_trained(trained: Mapping[str, Any], options: ReadOptions) -> Iterator[ReadOptions]:
    """Yield read options to try in turn: ``options`` with the content column of ``trained``, then as they are.

    The first is left out where ``options`` name a content column themselves; for pairs of texts there is no second.
    """
    given = given_options(options)
    column = content_column(trained)
    if column is not None and not given.keys() & CONTENT.keys():
        yield ReadOptions(**{**given, column[0]: column[1][0] if len(column[1]) == 1 else list(column[1])})  # type: ignore[typeddict-item]
        if len(column[1]) > 1:  # which other columns are a pair, nobody can tell
            return
    yield ReadOptions(**given)  # type: ignore[typeddict-item]


def column_findings(
    read: tuple[str, ...] | None, trained: Mapping[str, Any], options: ReadOptions, table: str
) -> tuple[Finding, ...]:
    """Return a finding if the column that was ``read`` from ``table`` is not the one of ``trained``.

    None was read where the data are no table. A warning, unless the column was asked for. Raises ``DataError`` where
    nobody asked for it and it holds something else: it lay next to the one of ``trained``, or is called "title".
    """
    column = content_column(trained)
    if column is None or read is None or read == column[1]:
        return ()
    option, names = column
    flag = CONTENT[option]
    in_order = " ".join(f"{flag} {quote(name)}" for name in names)
    asked = bool(given_options(options).keys() & CONTENT.keys())
    if len(read) != len(names):
        holds, takes = ("single texts", "pairs of texts") if len(read) == 1 else ("pairs of texts", "single texts")
        raise DataError(
            f"{table} holds {holds}, by {column_names(read)}, and the bundle takes {takes}, by {column_names(names)}",
            remedy=f"name as many columns as it was trained on: {in_order}",
        )
    beside = usual(read[0]) in map(usual, trained.get("other_columns", ()))
    if not asked and (beside or usual(read[0]) in WEAK_TEXT_NAMES):
        why = "was another column of the training table" if beside else "is more likely something else"
        raise DataError(
            f"{table} has no column {names[0]!r}, which the model was trained on; {read[0]!r} {why}",
            remedy=f"give a table with {names[0]!r}; if {read[0]!r} holds the same kind of input, name it: "
            f"{flag} {quote(read[0])}",
        )
    verb = "is" if len(read) == 1 else "are"
    message = f"{column_names(read)} {verb} used; the model was trained on {column_names(names)}"
    if sorted(read) == sorted(names):
        message += ": the two texts of each pair have changed places"
        return (Finding("other-column", "warning", message, f"name them in the order of training: {in_order}", read),)
    message += "" if asked else f", which {table} does not have"
    remedy = f"nothing to do if both hold the same kind of input; else name another column: {flag}"
    return (Finding("other-column", "info" if asked else "warning", message, remedy, (*read, *names)),)


def refusal(errors: Sequence[DataError], trained: Mapping[str, Any]) -> DataError:
    """Return what to raise where every attempt of ``as_trained`` failed, with its ``errors`` in order.

    It names the column of ``trained`` if the data lack it.
    """
    first, last, column = errors[0], errors[-1], content_column(trained)
    if column is None or not isinstance(first, NoColumn) or first.column not in column[1]:
        return last
    option, names = column
    if len(names) > 1:
        return DataError(
            f"{first.cause}: the model was trained on pairs of texts, from {column_names(names)}",
            remedy=f"name the columns of the first and the second text: {CONTENT[option]} A {CONTENT[option]} B",
        )
    why = "" if isinstance(last, NoColumn) else f"; {last.cause.removeprefix(f'{first.table}: ')}"
    return DataError(
        f"{first.cause}, which the model was trained on{why}",
        remedy=last.remedy if why else f"{first.remedy}; name the column: {CONTENT[option]}",
    )


def content_column(columns: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the read option that names the column of texts or images (the two of pairs), and the names.

    None for data without columns.
    """
    option = next((option for option in CONTENT if columns.get(option)), None)
    if option is None:
        return None
    return option, (columns[option],) if isinstance(columns[option], str) else tuple(columns[option])
