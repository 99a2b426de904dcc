"""Unlabelled inputs that another process can read in parts: a list of examples, or rows of a Parquet file.

In: a Parquet file and a range of its rows. Out: the examples in these rows, as if the whole file had been read. A large
file is so divided among processes, and none of them has to hold it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from ghep.data.sources import columns_as_trained, read_rows
from ghep.data.sources.options import ReadOptions, given_options
from ghep.data.sources.tables.arrow import parquet_shape, read_parquet
from ghep.data.sources.tables.columns import ID_NAME, PATH_NAMES, usual
from ghep.data.sources.tables.rows import ids_in
from ghep.data.sources.trained import CONTENT
from ghep.storage.hashing import sha256_bytes
from ghep.types import Example, Finding, Modality, Raw

SAMPLE = 1000
"""Rows from which the columns are chosen."""


@dataclass(frozen=True)
class Listed:
    """Examples in memory: paths, texts, or the bytes of images."""

    given: tuple[Example, ...]

    def __len__(self) -> int:
        return len(self.given)

    def part(self, start: int, stop: int) -> Listed:
        """Return the examples from ``start`` to before ``stop``."""
        return Listed(self.given[start:stop])

    def examples(self) -> list[Example]:
        """Return the examples."""
        return list(self.given)

    def absolute(self) -> Listed:
        """Return the examples with absolute paths, for a process in another folder."""
        return Listed(tuple(example.elsewhere() for example in self.given))

    def identity(self) -> list[Any]:
        """Return what changes when the content of an example does, as values for JSON."""
        return [[one.id, _identity(one.raw)] for one in self.given]


@dataclass(frozen=True)
class ParquetRows:
    """The rows from ``start`` to before ``stop`` of a Parquet file."""

    path: Path
    start: int
    stop: int
    columns: tuple[str, ...]
    """The columns that are read."""
    modality: Modality
    options: Mapping[str, Any]
    """Read options that name the column of the examples."""

    def __len__(self) -> int:
        return self.stop - self.start

    def part(self, start: int, stop: int) -> ParquetRows:
        """Return the rows from ``start`` to before ``stop`` of these rows."""
        return replace(self, start=self.start + start, stop=min(self.stop, self.start + stop))

    def examples(self) -> list[Example]:
        """Return the examples in these rows. Raises DataError if the file cannot be read."""
        return read_rows(self.path, self.modality, range(self.start, self.stop), self.columns, **self.options)

    def absolute(self) -> ParquetRows:
        """Return the rows with an absolute path, for a process in another folder."""
        return replace(self, path=Path(os.path.abspath(self.path)))  # noqa: PTH100 - links stay

    def identity(self) -> list[Any]:
        """Return what changes when the rows do, as values for JSON."""
        return [_identity(self.path), self.start, self.stop, self.columns, sorted(self.options.items())]


Part = Listed | ParquetRows


def parquet_rows(
    path: Path, modality: Modality, trained: Mapping[str, Any], **options: Unpack[ReadOptions]
) -> tuple[ParquetRows, tuple[Finding, ...]]:
    """Return all rows of a Parquet file, and findings about its columns, as ``read_as_trained`` does for any table.

    The columns are chosen by the first ``SAMPLE`` rows. ``trained`` are the columns named in a bundle. Raises DataError
    for a file that cannot be read.
    """
    size, names = parquet_shape(path)
    contents, findings = columns_as_trained(path, modality, trained, range(min(size, SAMPLE)), **options)
    wanted = {*map(usual, contents), *(PATH_NAMES if modality == "image" else ())}
    columns = [name for name in names if usual(name) in wanted]
    ids = next((name for name in names if name.lower() == ID_NAME), None)
    if modality == "text" and ids is not None and ids not in columns:
        found = read_parquet(path, path.parent, None, rows=range(size), only=[ids])
        columns += [ids] if ids_in([found]) is not None else []
    named = {"path_column": contents[0]} if modality == "image" else {"text_column": list(contents)}
    kept = {name: value for name, value in given_options(options).items() if name not in CONTENT}
    return ParquetRows(path, 0, size, tuple(columns), modality, {**kept, **named}), findings


def _identity(raw: Raw) -> Any:
    """Return the path, size and time of change of a file, or the hash of other content."""
    if isinstance(raw, Path):
        try:
            status = raw.stat()
        except (OSError, ValueError):
            return [str(raw)]
        return [str(raw), status.st_size, status.st_mtime_ns]
    return sha256_bytes(raw if isinstance(raw, bytes) else repr(raw).encode("utf-8", "backslashreplace"))
