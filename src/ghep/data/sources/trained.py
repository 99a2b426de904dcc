"""The column that a model was trained on is the one it is asked about; where it is another, that is said.

A bundle names the columns of the table it was trained on, as read options: ``text_column`` (a list of two for pairs) or
``path_column``, ``label_columns``, and ``label_delimiter`` where one was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ghep.data.sources.columns import in_words
from ghep.data.sources.options import ReadOptions, given_options
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

    None was read where the data are no table. A warning, unless the column was asked for.
    """
    column = content_column(trained)
    if column is None or read is None or read == column[1]:
        return ()
    asked = bool(given_options(options).keys() & CONTENT.keys())
    verb = "is" if len(read) == 1 else "are"
    message = f"{in_words(read)} {verb} used; the model was trained on {in_words(column[1])}"
    message += "" if asked else f", which {table} does not have"
    remedy = f"nothing to do if both hold the same kind of input; else name another column: {CONTENT[column[0]]}"
    return (Finding("other-column", "info" if asked else "warning", message, remedy, (*read, *column[1])),)


def content_column(columns: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the read option that names the column of texts or images (the two of pairs), and the names.

    None for data without columns.
    """
    option = next((option for option in CONTENT if columns.get(option)), None)
    if option is None:
        return None
    return option, (columns[option],) if isinstance(columns[option], str) else tuple(columns[option])
