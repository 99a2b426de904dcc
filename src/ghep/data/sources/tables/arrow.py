"""Read Parquet files and folders of Hugging Face's ``save_to_disk``. Out: a ``Table`` of cells and names of classes.

Hugging Face describes columns by ``features``, in the metadata ``huggingface`` of a Parquet schema and in
``dataset_info.json``. A column of type ``Image`` holds a struct of bytes and path, one of type ``ClassLabel`` integers
whose names are in the features (https://huggingface.co/docs/datasets/about_arrow).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.data.sources.folders.split_names import known_splits
from ghep.data.sources.tables.delimited import Table, place_in_table
from ghep.errors import DataError
from ghep.types import Finding, Split


def read_parquet(
    path: Path, root: Path, split: Split | None, *, rows: range | None = None, only: Sequence[str] | None = None
) -> Table:
    """Return a Parquet file as a table, or some ``rows`` and ``only`` some columns of it.

    Raises ``DataError`` if the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if rows is None:
            content = pq.read_table(path, partitioning=None)
        else:
            with pq.ParquetFile(path) as file:
                content = _some_rows(file, rows, only)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    info = (content.schema.metadata or {}).get(b"huggingface", b"{}")
    features = _json_object(info, path).get("info", {}).get("features", {})
    name = path.relative_to(root).as_posix()
    return arrow_table(content, name, path.parent, split, features, first=0 if rows is None else rows.start)


def parquet_shape(path: Path) -> tuple[int, tuple[str, ...]]:
    """Return the number of rows of a Parquet file and the names of its columns. Raises ``DataError``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return file.metadata.num_rows, tuple(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def _some_rows(file: Any, rows: range, only: Sequence[str] | None) -> Any:
    """Return the ``rows`` of an open Parquet file as an Arrow table; only the row groups that have them are decoded."""
    import pyarrow as pa

    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    ends = list(itertools.accumulate(sizes))
    groups = [at for at, end in enumerate(ends) if end > rows.start and end - sizes[at] < rows.stop]
    schema = (
        file.schema_arrow
        if only is None
        else pa.schema([file.schema_arrow.field(name) for name in only], file.schema_arrow.metadata)
    )
    batches, at = [], ends[groups[0]] - sizes[groups[0]] if groups else 0
    columns = None if only is None else list(only)
    for batch in file.iter_batches(batch_size=max(1, len(rows)), row_groups=groups, columns=columns):
        first, last = max(rows.start - at, 0), min(rows.stop - at, batch.num_rows)
        if first < last:
            batches.append(batch.slice(first, last - first))
        at += batch.num_rows
        if at >= rows.stop:
            break
    return pa.Table.from_batches(batches, schema)


def read_saved(root: Path) -> tuple[list[Table], tuple[Finding, ...]]:
    """Return a ``save_to_disk`` folder as one table per split, or one table without a split. Raises ``DataError``."""
    if not (root / "dataset_dict.json").is_file():
        return [_read_saved_split(root, root, None)], ()
    given = _json_object((root / "dataset_dict.json").read_bytes(), root / "dataset_dict.json").get("splits", [])
    names = [str(name) for name in given] if isinstance(given, list) else []
    if not names:
        raise DataError("saved-without-splits", path=root / "dataset_dict.json")
    known, findings = known_splits(names, str(root))
    tables = [_read_saved_split(root / _plain_name(name, root), root, split) for name, split in known.items()]
    return tables, findings


def _read_saved_split(folder: Path, root: Path, split: Split | None) -> Table:
    import pyarrow as pa

    try:
        state = _json_object((folder / "state.json").read_bytes(), folder / "state.json")
        info = _json_object((folder / "dataset_info.json").read_bytes(), folder / "dataset_info.json")
        files = [folder / _plain_name(entry["filename"], folder) for entry in state["_data_files"]]
        content = pa.concat_tables([_arrow_file(path) for path in files])
    except (pa.ArrowException, OSError, KeyError, TypeError) as error:
        raise _unreadable(folder, error) from None
    if state.get("_indices_data_files"):
        raise DataError("saved-with-index", folder=folder)
    name = folder.relative_to(root).as_posix()
    return arrow_table(content, name if name != "." else "data", folder, split, info.get("features", {}))


def _arrow_file(path: Path) -> Any:
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        try:
            return pa.ipc.open_stream(source).read_all()
        except pa.ArrowInvalid:
            return pa.ipc.open_file(source).read_all()


def arrow_table(
    content: Any, name: str, folder: Path, split: Split | None, features: Mapping[str, Any], *, first: int = 0
) -> Table:
    """Return an Arrow table as a ``Table``; ``features`` are the features in the JSON of a Hugging Face dataset.

    ``first`` is the number of rows of the file before those of ``content``.
    """
    columns = {key: _cells(content, key, name) for key in dict.fromkeys(content.column_names)}
    class_names = {
        key: tuple(str(label) for label in one["names"])
        for key, feature in features.items()
        for one in (feature, feature.get("feature") if isinstance(feature, dict) else None)  # a list of ClassLabels
        if isinstance(one, dict) and one.get("_type") == "ClassLabel" and one.get("names")
    }
    lines = range(first + 1, first + content.num_rows + 1)
    return Table(name, folder, columns, lines, split, class_names, unit="row", first_row=first)


def _cells(content: Any, key: str, name: str) -> list[Any]:
    column = content.column(key)
    try:
        cells: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        row = next(row for row, cell in enumerate(column, start=1) if not _is_text(cell))
        raise DataError("arrow-text-not-utf-8", place=place_in_table(name, "row", row), column=key) from None
    except (ValueError, OverflowError) as error:  # a date that Python cannot represent
        raise DataError("arrow-column-unreadable", table=name, column=key, problem=error) from None
    return cells


def _is_text(cell: Any) -> bool:
    try:
        cell.as_py()
    except UnicodeDecodeError:
        return False
    return True


def _json_object(data: bytes, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise _unreadable(path, error) from None
    return value if isinstance(value, dict) else {}


def _plain_name(name: Any, folder: Path) -> str:
    """Return ``name``, a file in ``folder``. Raises ``DataError`` if it leads out of the folder."""
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise DataError("saved-file-outside", folder=folder, file=repr(name))
    return name


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).split("\n")[0] or type(error).__name__
    return DataError("table-unreadable", path=path, problem=reason)
