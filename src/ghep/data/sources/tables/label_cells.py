"""Parse the cells of a label column, which name one class, several, or none. In: tables. Out: a label for each row.

A cell names several classes as a list (also written as text: ``"['a', 'b']"``, ``[1. 0. 1.]``) or with a delimiter
between the names, by default ``|``. A column may mix lists and names. Lists of equal length that hold only 0 and 1 are
multi-hot: each position stands for a class. The names of these classes are in the metadata of the column, else they are
called ``label_0``, ``label_1``, ...
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, compress
from typing import Any, NamedTuple

from ghep.data.sources.tables.columns import filled
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.marked_columns import mark_of
from ghep.data.sources.tables.no_value import is_dash, may_say_no_value, says_no_value
from ghep.data.text.loader import without_lone_halves
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import BAR, Finding, LabelSet

_CLOSING = {"[": "]", "(": ")", "{": "}"}
_QUOTED = re.compile(r"""\s*,?\s*(?:'([^']*)'|"([^"]*)")\s*""")
_ZERO_OR_ONE = r"[01](?:\.0*)?"
_BARE_POSITIONS = re.compile(rf"\s*{_ZERO_OR_ONE}(?:(?:\s+|\s*[,;|]\s*){_ZERO_OR_ONE}){{2,}}\s*")
_POSITION = {"0": 0, "0.0": 0, "0.": 0, "false": 0, "1": 1, "1.0": 1, "1.": 1, "true": 1}
_SIGNED = _POSITION | {"-1": -1, "-1.0": -1, "-1.": -1}
_HALVES = re.compile(r"\d+,[05]0?")
"""Decimal commas of half-star ratings: 1,5."""
_SURE_LIST = re.compile(r"""\s*(\[\s*\]|[\[{]\s*(['"]|[-+\d.]+\s*,))""")
"""The beginning of a list or object with quotes or numbers, which no class name has."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_IN_NAMES = ("/", "+", " & ")
"""Signs between classes that also occur in names (AC/DC): they divide only if all parts are labels by themselves."""
_OTHER_DELIMITERS = (",", ";", *_IN_NAMES)
_SHOWN = 8
"""Maximum number of names in a message."""

_Names = str | list[str] | None
"""The content of a cell: one class, a list of classes, or nothing."""


class Labels(NamedTuple):
    """The labels in one column, and findings."""

    by_table: list[list[str | None]]
    """One for each row of each table; None: no label. If any names several classes, all are ``LabelSet``."""
    findings: list[Finding]


def read_labels(tables: Sequence[Table], column: str, delimiter: str | None = None) -> Labels:
    """Return the labels in ``column``; ``delimiter`` separates the classes in a cell of text.

    Raises ``DataError`` for cells that are neither a class, a list of classes, nor multi-hot.
    """
    tables, missing = _without_no_value(tables, column)
    written = _lists_in_texts(tables, column, delimiter)
    cells = [
        [written.get(cell, cell) if isinstance(cell, str) else _plain(cell) for cell in table.columns[column]]
        for table in tables
    ]
    _refuse_other_indicators(tables, column, cells)
    length = _length_of_positions(tables, column, cells)
    if length:
        of_positions = _of_positions(tables, column, cells, length)
        return of_positions._replace(findings=[*missing, *of_positions.findings])
    seen: dict[str, str | None] = {}  # a few different texts repeat in many rows
    names: list[list[_Names]] = []
    for table, of_table in zip(tables, cells, strict=True):
        found: list[_Names] = []
        for row, cell in enumerate(of_table):
            if isinstance(cell, str):
                if cell not in seen:
                    seen[cell] = _name(cell, None)
                found.append(seen[cell])
            else:
                found.append(_names(cell, table, row, column))
        names.append(found)
    every = [one for of_table in names for one in of_table if one is not None]
    sets = any(len(one) > 1 if isinstance(one, list) else BAR in one and len(LabelSet(one).names) > 1 for one in every)
    divided = delimiter or (BAR if any(BAR in one for one in every) else "lists")
    findings = _two_delimiters(column, every, divided if sets else None)
    if not (findings or sets or delimiter):
        findings = _suspected(column, Counter(one for one in every if isinstance(one, str)))
    counts = Counter(one for of_table in cells for one in of_table if isinstance(one, str))
    findings += [*missing, *_look_missing(column, counts)]
    if delimiter is None and written:
        text, read = next(iter(written.items()))
        findings.append(
            Finding.of(
                "lists-in-text",
                "info",
                items=(column,),
                column=column,
                text=_shortened(text),
                read=BAR.join(map(str, read)),
            )
        )
    if delimiter is not None and not sets:
        findings.append(
            Finding.of("label-delimiter-unused", "warning", items=(column,), column=column, delimiter=delimiter)
        )
    by_table = [
        [_label(one, table, row, sets=sets) for row, one in enumerate(of_table)]
        for table, of_table in zip(tables, names, strict=True)
    ]
    return Labels(by_table, findings)


def _without_no_value(tables: Sequence[Table], column: str) -> tuple[Sequence[Table], list[Finding]]:
    """Return ``tables`` with blanks in place of cells of ``column`` such as ``#N/A``, and a finding on these cells."""
    every = {cell for table in tables for cell in table.columns[column] if isinstance(cell, str)}
    no_value = set(filter(says_no_value, every))
    if not no_value:
        return tables, []
    held = [[isinstance(cell, str) and cell in no_value for cell in table.columns[column]] for table in tables]
    counts = Counter(
        cell.strip() for table, none in zip(tables, held, strict=True) for cell in compress(table.columns[column], none)
    )
    blanked = [
        [None if is_none else cell for cell, is_none in zip(table.columns[column], none, strict=True)]
        for table, none in zip(tables, held, strict=True)
    ]
    tables = [
        replace(table, columns={**table.columns, column: cells}) for table, cells in zip(tables, blanked, strict=True)
    ]
    finding = Finding.of(
        "labels-look-missing",
        "warning",
        items=sorted(counts),
        message="labels-read-as-blank",
        column=column,
        labels=_with_rows(counts),
    )
    return tables, [finding]


def _look_missing(column: str, counts: Mapping[str, int]) -> list[Finding]:
    """Return a warning about labels that often mean a missing value, such as "nan"."""
    words = may_say_no_value(counts)
    found: Counter[str] = Counter()
    for cell, count in counts.items():
        if cell.strip() in words:
            found[cell.strip()] += count
    if not found or (
        all(map(is_dash, found)) and mark_of(column, {cell: counts[cell] for cell in counts if not is_dash(cell)})
    ):
        return []  # in a column of X and -, one means yes and the other no
    return [Finding.of("labels-look-missing", "warning", items=sorted(found), column=column, labels=_with_rows(found))]


def _with_rows(counts: Mapping[str, int]) -> list[Message]:
    return [Message("label-rows", {"label": cell, "count": count}) for cell, count in sorted(counts.items())]


def _plain(cell: Any) -> Any:
    """Return an array or number of NumPy, as in data frames, as a list or number of Python."""
    if isinstance(cell, list | tuple) and cell and hasattr(cell[0], "tolist"):
        return [_plain(value) for value in cell]
    return cell.tolist() if hasattr(cell, "tolist") else _unwrapped(cell)


def _unwrapped(cell: Any) -> Any:
    """Return the list in ``{"choices": [...]}``, Label Studio's form of several choices; any other cell unchanged."""
    if not isinstance(cell, dict) or list(cell) != ["choices"]:
        return cell
    return cell["choices"] if isinstance(cell["choices"], list) else [cell["choices"]]


def _lists_in_texts(tables: Sequence[Table], column: str, delimiter: str | None) -> Mapping[str, list[Any]]:
    """Return a dict: cell -> list, for the cells of text that mean lists (or JSON objects, which are refused later).

    If lists are at most half of the cells, words in brackets such as ``[other]`` are class names, unless one of several
    words in the brackets is also a label of another cell.
    """
    counts = Counter(
        cell for table in tables for cell in table.columns[column] if isinstance(cell, str) and filled(cell)
    )
    lists = {text: found for text in counts if (found := _written_list(text)) is not None}
    if 2 * sum(counts[text] for text in lists) <= counts.total():
        lists = {text: found for text, found in lists.items() if _SURE_LIST.match(text) or _has_name(found, counts)}
    if not lists and all(map(_BARE_POSITIONS.fullmatch, counts)):
        lists = {text: re.split(r"\s*[,;|]\s*|\s+", text.strip()) for text in counts}
    if delimiter is not None:
        lists |= {text: _split(text, delimiter) for text in counts if text not in lists}
    return lists


def _has_name(found: Any, names: Container[str]) -> bool:
    return isinstance(found, list) and len(found) > 1 and any(isinstance(one, str) and one in names for one in found)


def _written_list(text: str) -> Any:
    """Return the list or object that ``text`` represents in Python, JSON or NumPy notation, or None."""
    text = text.strip()
    if len(text) < 2 or _CLOSING.get(text[0]) != text[-1]:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escape sequences
            found = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return _json_value(text) or _loose_list(text[1:-1])
    if isinstance(found, dict):
        return _unwrapped(found) or None
    if isinstance(found, list | tuple | set | frozenset):
        if all(isinstance(one, str) for one in found) and len(_QUOTED.findall(text)) > len(found):
            return _loose_list(text[1:-1])  # NumPy writes no commas, and Python concatenates 'a' 'b' to 'ab'
        return list(found) if not isinstance(found, set | frozenset) else sorted(found, key=str)
    return [found] if isinstance(found, str) else None


def _json_value(text: str) -> Any:
    try:
        return _unwrapped(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _loose_list(inner: str) -> list[Any] | None:
    """Return the items in ``inner``, the text between brackets: 'a' 'b', 1. 0. 1., True False, or a, b."""
    quoted = list(_QUOTED.finditer(inner))
    if quoted and sum(len(match[0]) for match in quoted) == len(inner):
        return [match[1] if match[1] is not None else match[2] for match in quoted]
    tokens = re.split(r"[\s,]+", inner.strip())
    if all(token.lower() in ("true", "false") for token in tokens):
        return [token.lower() == "true" for token in tokens]
    if all(map(_NUMBER.fullmatch, tokens)):
        return [float(token) for token in tokens]
    return None if re.search(r"""["'\[\](){}]""", inner) else _split(inner, ",")


def _split(text: str, delimiter: str) -> list[str]:
    return [name for part in text.split(delimiter) if (name := part.strip())]


def _length_of_positions(tables: Sequence[Table], column: str, cells: list[list[Any]]) -> int:
    """Return the length of the lists if all of them are multi-hot (0 or 1 for each class), else 0.

    Lists of 0 and 1 could also be class numbers. But class numbers do not repeat within a list, whereas a multi-hot
    list of three classes or more always has a repeated number. A multi-hot list of two classes has one too, unless it
    is [0, 1] or [1, 0]; as class numbers, these two lists would mean the same.
    """
    lists = [cell for of_table in cells for cell in of_table if not _is_missing(cell)]
    if not lists or not all(isinstance(one, list | tuple) for one in lists):
        return 0
    lengths = {len(one) for one in lists}
    length = min(lengths)
    if len(lengths) > 1 or length < 2:
        return 0
    distinct = {tuple(map(_position, one)) for one in lists}
    if any(None in one for one in distinct):
        return 0
    named = {len(table.class_names[column]) for table in tables if column in table.class_names}
    repeats = any(len(set(one)) < length for one in distinct)
    return length if repeats or (len(distinct) > 1 and named <= {length}) else 0


def _refuse_other_indicators(tables: Sequence[Table], column: str, cells: list[list[Any]]) -> None:
    """Raise ``DataError`` for multi-hot lists that hold null or -1 in some positions besides 0 and 1."""
    lists = [cell for of_table in cells for cell in of_table if not _is_missing(cell)]
    if not all(isinstance(one, list | tuple) for one in lists) or len({len(one) for one in lists}) != 1:
        return
    for sign in (None, -1):
        named = sign is not None and any(table.class_names.get(column) for table in tables)
        found = next(
            (
                (table, row, cell)
                for table, of_table in zip(tables, cells, strict=True)
                for row, cell in enumerate(of_table)
                if not _is_missing(cell) and len(cell) > 1 and any(_is_indicator(value, sign) for value in cell)
            ),
            None,
        )
        if named or found is None or not all(_is_indicator(value, None, -1, 0, 1) for one in lists for value in one):
            continue
        table, row, cell = found
        raise DataError(
            "label-positions-unknown",
            place=table.where(row),
            column=column,
            cell=_shortened(json.dumps(cell)),
            sign="null" if sign is None else sign,
        )


def _is_indicator(value: Any, *signs: int | None) -> bool:
    if value is None or (isinstance(value, float) and value != value):
        return None in signs
    text = str(value).lower() if isinstance(value, int | float | str) else ""
    return text in _SIGNED and _SIGNED[text] in signs


def _position(value: Any) -> int | None:
    """Return 0 or 1 for a value that means it: 1, 1.0, True, "1", "True"; None for others."""
    return _POSITION.get(str(value).lower()) if isinstance(value, str | int | float) else None


def _is_missing(cell: Any) -> bool:
    return not isinstance(cell, list | tuple | dict) and filled(cell) is None


def _of_positions(tables: Sequence[Table], column: str, cells: list[list[Any]], length: int) -> Labels:
    """Return the labels in multi-hot lists: the names of the classes with a 1.

    If every list has exactly one 1, each row has a single class.
    """
    given = [table.class_names[column] for table in tables if len(table.class_names.get(column, ())) == length]
    default = given[0] if given else tuple(f"label_{at}" for at in range(length))
    names: list[list[list[str] | None]] = []
    for table, of_table in zip(tables, cells, strict=True):
        own = table.class_names.get(column, default)
        names.append(
            [
                None if _is_missing(cell) else [name for name, value in zip(own, cell, strict=True) if _position(value)]
                for cell in of_table
            ]
        )
    sets = any(len(one) != 1 for of_table in names for one in of_table if one is not None)
    by_table = [
        [_label(one, table, row, sets=sets) for row, one in enumerate(of_table)]
        for table, of_table in zip(tables, names, strict=True)
    ]
    finding = Finding.of(
        "positions-named",
        "info",
        items=default,
        column=column,
        length=length,
        given=bool(given),
        names=list(default[:_SHOWN]),
        more=max(0, len(default) - _SHOWN),
    )
    return Labels(by_table, [finding])


def _names(cell: Any, table: Table, row: int, column: str) -> _Names:
    class_names = table.class_names.get(column)
    place = table.where(row)
    if isinstance(cell, dict):
        raise DataError("label-is-object", place=place, column=column, cell=_shortened(json.dumps(cell, default=str)))
    if not isinstance(cell, list | tuple):
        return _name(cell, class_names)
    shown = _shortened(str(cell))
    if any(isinstance(value, list | tuple | dict) for value in cell):
        raise DataError("label-is-nested-list", place=place, column=column, cell=shown)
    values = [value for value in cell if filled(value) is not None]
    if any(isinstance(value, float) and not value.is_integer() for value in values):
        raise DataError("label-has-decimals", place=place, column=column, cell=shown)
    if all(isinstance(value, int | float) for value in values) and len(set(values)) < len(values):
        raise DataError("label-repeats-number", place=place, column=column, cell=shown)
    found = [name for value in values if (name := _name(value, class_names)) is not None]
    return list(dict.fromkeys(found))


def _name(value: Any, class_names: Sequence[str] | None) -> str | None:
    """Return the class that a value names; an int is an index of ``class_names``. None for no label, such as -1."""
    if class_names and isinstance(value, int):
        return class_names[value] if 0 <= value < len(class_names) else None
    text = filled(value)
    return None if text is None else without_lone_halves(text)


def _label(names: _Names, table: Table, row: int, *, sets: bool) -> str | None:
    if names is None:
        return None
    if isinstance(names, str):
        return LabelSet(names) if sets else names
    if not sets:
        return names[0] if names else None
    barred = next((name for name in names if BAR in name), None)
    if barred is not None:
        raise DataError("bar-in-class", place=table.where(row), label=barred)
    return LabelSet(BAR.join(names) or BAR)  # an empty list: none of the classes


def _two_delimiters(column: str, every: Sequence[str | list[str]], divided: str | None) -> list[Finding]:
    """Return a warning if a column seems to use two delimiters between classes, as in "a|b", "b;c", "c".

    That is so if all parts of labels with one sign are labels by themselves or parts of labels with the other sign.
    ``divided`` is the delimiter that already divides the labels of the column, or "lists".
    """
    names: Counter[str] = Counter()
    for one in every:
        names.update(one if isinstance(one, list) else LabelSet(one).names if divided == BAR else (one,))
    joined = {
        sign: {name: parts for name in names if sign in name and len(parts := _split(name, sign)) > 1}
        for sign in _OTHER_DELIMITERS
    }
    found: list[tuple[str, str, Mapping[str, list[str]]]] = []
    if divided is not None:
        found = [(divided, sign, labels) for sign, labels in joined.items() if _are_among(labels, names)]
    else:
        for one, other in combinations(_OTHER_DELIMITERS, 2):
            both = joined[one].keys() & joined[other].keys()
            if (
                not both
                and _are_among(joined[one], {*names, *chain(*joined[other].values())})
                and _are_among(joined[other], {*names, *chain(*joined[one].values())})
            ):
                found.append((one, other, joined[other]))
    if not found:
        return []
    first, second, labels = found[0]
    return [
        Finding.of(
            "label-delimiter-suspected",
            "warning",
            items=sorted(labels),
            message="label-delimiters-differ",
            column=column,
            first=first,
            second=second,
            label=_shortened(max(labels, key=lambda name: names[name])),
        )
    ]


def _are_among(joined: Mapping[str, Sequence[str]], names: Container[str]) -> bool:
    return bool(joined) and all(part in names for parts in joined.values() for part in parts)


def _suspected(column: str, counts: Mapping[str, int]) -> list[Finding]:
    """Return a warning about labels that look like several classes with an undeclared delimiter between them.

    The parts of such labels recur: each part is also a label by itself, or few parts make many labels, or the same
    parts occur in another order. This is not so for class names with a comma ("Paris, France").
    """
    for delimiter, most_parts in ((",", 0.6), (";", 0.6), *((sign, 0.0) for sign in _IN_NAMES), (" ", 0.2)):
        split = {label: tuple(_split(label, delimiter)) for label in counts}
        joined = {label: parts for label, parts in split.items() if len(parts) > 1}
        if len(joined) < (1 if delimiter in ",;" else 2):
            continue
        if delimiter == "," and len(joined) > 1 and all(map(_HALVES.fullmatch, joined)):
            continue
        parts = {part for one in split.values() for part in one}
        alone = all(part in counts for one in joined.values() for part in one)
        few = len(parts) <= most_parts * len(split) and any(len(one) > 2 for one in joined.values())
        reordered = delimiter in ",;" and len({frozenset(one) for one in joined.values()}) < len(joined)
        if alone or few or reordered:
            example = max(joined, key=lambda label: (len(joined[label]), counts[label]))
            return [
                Finding.of(
                    "label-delimiter-suspected",
                    "warning",
                    items=sorted(parts),
                    column=column,
                    delimiter=delimiter,
                    label=_shortened(example),
                    labels=len(counts),
                    parts=len(parts),
                )
            ]
    return []


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
