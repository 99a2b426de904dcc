"""The column that a model was trained on is the one it is asked about; where it is another, that is said.

A bundle names the columns of the table it was trained on, as read options: ``text_column`` or ``path_column``,
``label_columns``, and ``label_delimiter`` where one was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ghep.data.sources.options import ReadOptions, given_options
from ghep.types import Finding

CONTENT = {"text_column": "--text", "path_column": "--path-column"}


def as_trained(trained: Mapping[str, Any], options: ReadOptions) -> Iterator[ReadOptions]:
    """Yield read options to try in turn: ``options`` with the content column of ``trained``, then as they are.

    The first is left out where ``options`` name a content column themselves.
    """
    given = given_options(options)
    column = content_column(trained)
    if column is not None and not given.keys() & CONTENT.keys():
        yield ReadOptions(**{**given, column[0]: column[1]})  # type: ignore[typeddict-item]
    yield ReadOptions(**given)  # type: ignore[typeddict-item]


def column_findings(
    read: str | None, trained: Mapping[str, Any], options: ReadOptions, table: str
) -> tuple[Finding, ...]:
    """Return a finding if the column that was ``read`` from ``table`` is not the one of ``trained``.

    None was read where the data are no table. A warning, unless the column was asked for.
    """
    column = content_column(trained)
    if column is None or read is None or read == column[1]:
        return ()
    asked = bool(given_options(options).keys() & CONTENT.keys())
    message = f"column {read!r} is used; the model was trained on column {column[1]!r}"
    message += "" if asked else f", which {table} does not have"
    remedy = f"nothing to do if both hold the same kind of input; else name another column: {CONTENT[column[0]]}"
    return (Finding("other-column", "info" if asked else "warning", message, remedy, (read, column[1])),)


def content_column(columns: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the read option that names the column of texts or images, and that name; None for data without columns."""
    return next(((option, str(columns[option])) for option in CONTENT if columns.get(option)), None)
