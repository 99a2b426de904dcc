"""Read data in memory. In: a table, a dataset of pairs, or a dict of these by split. Out: a ``Table`` for each split.

    a table     a dict of columns, a data frame, an Arrow table, a Hugging Face ``Dataset``
    pairs       a dataset of (example, class), as in torchvision and PyTorch, or a list of such tuples
    by split    {"train": ..., "test": ...}, a Hugging Face ``DatasetDict``

No library is imported: the types are recognised by their attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.sources.folders.split_names import known_splits, split_of
from ghep.data.sources.tables.arrow import arrow_table
from ghep.data.sources.tables.columns import IMAGE_SUFFIXES, is_image
from ghep.data.sources.tables.delimited import Table
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import Finding, Split

NAME = "table"


def is_in_memory(data: Any) -> bool:
    """Return whether ``data`` is a table, a dataset of pairs, or a dict of these (a dict of paths names tasks)."""
    return _is_table(data) or _holds_pairs(data) or (isinstance(data, Mapping) and _is_by_split(data))


def tables_in_memory(data: Any) -> tuple[list[Table], tuple[Finding, ...]]:
    """Return ``data`` as one table per split, and findings; relative paths start at the working directory.

    Raises DataError for columns of different lengths, for splits without train, and for rows that are not an example
    and a class.
    """
    if _is_table(data) or _holds_pairs(data):
        return [_table(NAME, data, None)], ()
    splits, findings = known_splits([str(name) for name in data], "dict")
    given = {str(name): one for name, one in data.items()}
    return [_table(name, given[name], split) for name, split in splits.items()], findings


def _is_column(column: Any) -> bool:
    return hasattr(column, "__len__") and not isinstance(column, str | bytes | Path)


def _is_table(data: Any) -> bool:
    if isinstance(data, Mapping):
        return bool(data) and not _is_by_split(data) and all(map(_is_column, data.values()))
    return not isinstance(data, str | Path) and _names(data) is not None and hasattr(data, "__getitem__")


def _holds_pairs(data: Any) -> bool:
    """Return whether the rows of ``data`` are pairs (example, class); False for a column, an array and a table."""
    if isinstance(data, str | bytes | Path | Mapping) or hasattr(data, "__array__") or _names(data) is not None:
        return False
    if not (hasattr(data, "__getitem__") and hasattr(data, "__len__")) or not len(data):
        return False
    try:
        first = data[0]
    except (KeyError, TypeError):  # keys are no integers
        return False
    return isinstance(first, tuple) and len(first) == 2


def _is_by_split(data: Mapping[Any, Any]) -> bool:
    values = list(data.values())
    if values and all(isinstance(one, list) for one in values):  # columns may hold pairs of numbers
        return all(split_of(str(name)) for name in data) and all(map(_holds_pairs, values))
    return bool(values) and all(_is_table(one) or _holds_pairs(one) for one in values)


def _table(name: str, data: Any, split: Split | None) -> Table:
    if _holds_pairs(data):
        return _table_of_pairs(name, data, split)
    if hasattr(data, "with_format") and hasattr(data, "features"):  # Hugging Face: encoded images, class names
        return arrow_table(data.with_format("arrow")[:], name, Path(), split, data.features.to_dict())
    names = list(data) if isinstance(data, Mapping) else _names(data) or []
    return _of_columns(name, {str(column): _cells(data[column]) for column in names}, split)


def _of_columns(
    name: str, columns: Mapping[str, list[Any]], split: Split | None, classes: Sequence[Any] | None = None
) -> Table:
    lengths = {column: len(cells) for column, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        each = [Message("column-length", {"column": one, "length": n}) for one, n in list(lengths.items())[:8]]
        raise DataError("columns-of-different-lengths", lengths=each)
    for column, cells in columns.items():
        first = next((cell for cell in cells if cell is not None), None)
        if hasattr(first, "detach") and getattr(first, "ndim", 0) > 1:
            raise DataError("column-holds-tensors", column=column)
    class_names = {"label": tuple(map(str, classes))} if classes else {}
    rows = range(1, 1 + next(iter(lengths.values()), 0))
    return Table(name, Path(), columns, rows, split, class_names, unit="row")


def _table_of_pairs(name: str, data: Any, split: Split | None) -> Table:
    base, places = data, list(range(len(data)))
    while hasattr(base, "dataset") and hasattr(base, "indices"):  # torch.utils.data.Subset
        _refuse_transform(base)
        places, base = [base.indices[place] for place in places], base.dataset
    _refuse_transform(base)
    files = getattr(base, "samples", None)  # torchvision's ImageFolder: (path, class), without decoding
    pairs = files if isinstance(files, list) and files and isinstance(files[0][0], str | Path) else base
    rows = [pairs[int(place)] for place in places]
    odd = next((at for at, row in enumerate(rows, start=1) if not isinstance(row, tuple) or len(row) != 2), None)
    if odd is not None:
        raise DataError("row-not-pair", row=odd)
    examples, labels = [one for one, _ in rows], [_label(label, row) for row, (_, label) in enumerate(rows, start=1)]
    return _of_columns(
        name,
        {_column_of(examples[0]): [str(one) if isinstance(one, Path) else one for one in examples], "label": labels},
        split,
        getattr(base, "classes", None),
    )


def _refuse_transform(data: Any) -> None:
    if getattr(data, "transform", None) is not None or getattr(data, "target_transform", None) is not None:
        raise DataError("dataset-has-transform", name=type(data).__name__)


def _column_of(example: Any) -> str:
    """Return the column name, ``path``, ``image`` or ``text``, that usually holds examples such as ``example``."""
    if isinstance(example, str):
        return "path" if example.lower().endswith(IMAGE_SUFFIXES) and "\n" not in example else "text"
    if isinstance(example, Path):
        return "path"
    if isinstance(example, bytes) or is_image(example):
        return "image"
    raise DataError("example-of-other-type", type=type(example).__name__)


def _label(label: Any, row: int) -> Any:
    """Return a class as an int or str, also if it is a scalar of NumPy, PyTorch or another library."""
    if hasattr(label, "item") and getattr(label, "ndim", 0) == 0:
        return label.item()
    if label is None or isinstance(label, str | int | float):
        return label
    raise DataError("label-of-other-type", row=row, type=type(label).__name__)


def _names(data: Any) -> Sequence[Any] | None:
    """Return the column names of a data frame (``columns``), an Arrow table or a dataset (``column_names``)."""
    for attribute in ("column_names", "columns"):
        names = getattr(data, attribute, None)
        if names is not None and not callable(names) and hasattr(names, "__iter__"):
            return names if isinstance(names, list) else list(names)
    return None


def _cells(column: Any) -> list[Any]:
    """Return a column as a list, with None for the missing values of any library."""
    missing = column.isna().tolist() if hasattr(column, "isna") else []
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, method) and getattr(column, "ndim", 1) == 1:  # an array (N, H, W, 3) is N images
            column = getattr(column, method)()
            break
    cells = [str(cell) if isinstance(cell, Path) else cell for cell in column]
    return [None if gone else cell for cell, gone in zip(cells, missing, strict=True)] if missing else cells
