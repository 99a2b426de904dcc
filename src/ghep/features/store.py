"""The store: a cache of activations on disk, shared by runs and processes, so that frozen blocks are computed once.

In: rows (one array per example), under a key of everything that affects them. Out: the same rows, memory-mapped, as far
as they are in the store.

    <folder>/<cause>-<maker>/table.json              describes the rows: a Cause, and the engine and dtype (Maker)
                             seg-*/index.safetensors content digest, position and CRC-32 of each row
                             seg-*/rows.bin          the rows
                             seg-*/MANIFEST.json     size and SHA-256 of both

A segment is written to a temporary folder and renamed (``storage.folder``), so it is complete or absent; several
processes add segments to one table and read each other's. Every row is checked against its CRC before it is used; a
segment with a damaged row is deleted and computed again. Rows with another Cause are in another table, so that they
are never returned by mistake. Anything may be deleted at any time: a reader that has found its rows keeps them, because
it has the file open.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

import numpy as np

from ghep.errors import BundleError
from ghep.messages import Message, text_of
from ghep.storage.folder import read_manifest, sweep, write_folder
from ghep.storage.hashing import sha256_file
from ghep.storage.tensors import write_arrays
from ghep.storage.text import read_json, reason, write_json_atomic
from ghep.types import Finding

FORMAT = 1
DTYPES = ("float16", "float32")
SEGMENT_BYTES = 64 * 2**20
SEGMENT_SECONDS = 30.0
"""A segment is completed after this time, so that a killed process loses at most this much work."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EIO)
"""Error numbers for a folder that is not, or no longer, writable."""


class StoreFullError(Exception):
    """The store has no space or is not writable. Internal: the caller then runs the frozen blocks in every epoch."""


class StoreGoneError(StoreFullError):
    """The store was deleted while it was in use. Internal: the caller tries again."""


@dataclass(frozen=True)
class Cause:
    """Everything that determines a row, except the example's content (the row's digest) and the engine (``Maker``)."""

    weights: str
    """Fingerprint of architecture and weights up to the boundary."""
    boundary: int
    preprocess: str
    """Identity of the preprocessing, with the versions of its libraries."""
    view: str

    @property
    def key(self) -> str:
        """Return the hash of the cause, 32 hexadecimal digits."""
        return _digest(asdict(self))


@dataclass(frozen=True)
class Maker:
    """The engine that computed the rows, and their dtype."""

    engine: str
    """Identity of the engine, with its version."""
    dtype: str = "float16"
    exact: bool = False
    """Whether the engine computes in float32."""


class Table(Protocol):
    """The rows of one ``Cause`` and one ``Maker``, on disk or in memory."""

    maker: Maker

    def find(self, digests: Iterable[str]) -> Mapping[str, np.ndarray]:
        """Return digest -> row for those of ``digests`` that the table has."""

    def writer(self) -> AbstractContextManager[RowWriter]:
        """Return a context manager whose value adds rows; ``find`` returns them once it has ended."""


class RowWriter(Protocol):
    """Adds rows to a table: the value of the context manager ``Table.writer()``."""

    def add(self, digest: str, row: np.ndarray) -> None:
        """Add the row of the example with content digest ``digest``, converted to the table's dtype."""

    def flush(self) -> None:
        """Make the rows that were added outlive this process, if the table is on disk."""


class ActivationStore:
    """A folder of tables of at most ``limit_bytes``; the least recently used tables are deleted first."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.folder = Path(folder)
        self.limit_bytes = limit_bytes

    def tables(self, cause: Cause) -> list[DiskTable]:
        """Return the tables for ``cause``, one per ``Maker`` (engine and dtype), in a fixed order."""
        found = [_read_table(path, cause) for path in sorted(self.folder.glob(f"{cause.key}-*"))]
        return [table for table in found if table is not None]

    def table(self, cause: Cause, maker: Maker, record: Mapping[str, Any] | None = None) -> DiskTable:
        """Return the table of ``cause`` and ``maker``; create it if it does not exist.

        A new table has ``record`` in its table.json, as information for human readers.

        Raises StoreFullError if the disk is full or the folder is not writable.
        """
        path = self.folder / f"{cause.key}-{_digest(asdict(maker))[:12]}"
        table = _read_table(path, cause)
        if table is not None and table.maker == maker:
            return table
        if path.exists():  # another format, or damaged
            _remove(path)
        with _full():
            path.mkdir(parents=True, exist_ok=True)
            content = {"format": FORMAT, "cause": asdict(cause), "maker": asdict(maker), "record": dict(record or {})}
            write_json_atomic(path / "table.json", content)
        return DiskTable(path, maker)

    def note(self, name: str) -> Any:
        """Return the measurement that ``write_note`` saved as ``name``; None if it is missing or cannot be read."""
        try:
            return read_json(self.folder / "notes" / f"{name}.json", error=BundleError, what="a note of the store")
        except BundleError:
            return None

    def write_note(self, name: str, content: Any) -> None:
        """Save ``content``, a measurement, as JSON under ``name`` for later runs; do nothing if that fails."""
        with suppress(OSError):
            (self.folder / "notes").mkdir(parents=True, exist_ok=True)
            write_json_atomic(self.folder / "notes" / f"{name}.json", content)

    def make_room(self, count: int, *, keep: Iterable[Path] = ()) -> bool:
        """Delete the least recently used tables until ``count`` more bytes fit; return whether they do fit.

        Tables at the paths in ``keep`` are not deleted. If ``count`` exceeds the limit, no table is deleted.
        """
        kept = {Path(path) for path in keep}
        if count > self.limit_bytes:
            return False
        sizes = {path: _size(path) for path in self._folders() if path.name != "notes"}
        total = sum(sizes.values())
        for path in sorted(set(sizes) - kept, key=_last_used):
            if total + count <= self.limit_bytes:
                break
            _remove(path)
            total -= sizes[path]
        return total + count <= self.limit_bytes

    def bytes_used(self) -> int:
        """Return the bytes of everything in the store."""
        return sum(_size(path) for path in self._folders())

    def clear(self) -> None:
        """Delete every table."""
        for path in self._folders():
            _remove(path)

    def _folders(self) -> list[Path]:
        with suppress(OSError):
            return [path for path in self.folder.iterdir() if path.is_dir()]
        return []


class DiskTable:
    """The rows of one ``Cause`` and one ``Maker``, in a folder of segments."""

    def __init__(self, path: Path, maker: Maker) -> None:
        self.path = path
        self.maker = maker
        self.damaged: set[str] = set()
        """Damaged segments with the reason; they were deleted, and ``find`` no longer returns their rows."""
        self._segments: dict[str, _Segment | None] = {}

    def find(self, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """Return digest -> row for those of ``digests`` that the table has: memory-mapped, with a correct CRC."""
        wanted = set(digests)
        self._refresh()
        found: dict[str, np.ndarray] = {}
        for name, segment in list(self._segments.items()):
            here = wanted & segment.places.keys() - found.keys() if segment else set()
            if segment is None or not here:
                continue
            try:
                rows = segment.rows(here)
            except FileNotFoundError:  # deleted meanwhile
                self._segments[name] = None
                continue
            if rows is None:
                self._drop(name, text_of("stored-rows-changed"))
            else:
                found |= rows
        with suppress(OSError):
            os.utime(self.path)  # mark as used
        return found

    def writer(self) -> _SegmentWriter:
        """Return a context manager whose value adds rows to the table, segment by segment."""
        return _SegmentWriter(self.path, np.dtype(self.maker.dtype))

    def _refresh(self) -> None:
        """Open the segments that other writers have added since the last call."""
        names: list[str] = []
        with suppress(OSError):
            sweep(self.path)
            names = sorted(path.name for path in self.path.iterdir() if path.name.startswith("seg-"))
        for name in names:
            if name not in self._segments:
                self._segments[name] = self._open(name)

    def _open(self, name: str) -> _Segment | None:
        try:
            return _Segment(self.path / name, np.dtype(self.maker.dtype))
        except (BundleError, OSError, ValueError, KeyError) as error:
            if (self.path / name).exists():  # else another process has deleted it meanwhile
                self._drop(name, str(getattr(error, "cause", error)))
            return None

    def _drop(self, name: str, why: str) -> None:
        """Delete the damaged segment ``name`` and record the reason ``why``; its rows will be computed again."""
        self.damaged.add(f"{self.path.name}/{name}: {why}")
        self._segments[name] = None
        _remove(self.path / name)


class MemoryTable:
    """A table of rows in memory, for a run without a store on disk."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self._rows: dict[str, np.ndarray] = {}

    def find(self, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """Return digest -> row for those of ``digests`` that the table has."""
        return {digest: self._rows[digest] for digest in set(digests) & self._rows.keys()}

    def writer(self) -> _MemoryWriter:
        """Return a context manager whose value adds rows to the table."""
        return _MemoryWriter(self._rows, np.dtype(self.maker.dtype))


class _MemoryWriter:
    def __init__(self, rows: dict[str, np.ndarray], dtype: np.dtype[Any]) -> None:
        self.rows, self.dtype = rows, dtype

    def add(self, digest: str, row: np.ndarray) -> None:
        self.rows[digest] = np.array(row, dtype=self.dtype)

    def flush(self) -> None: ...

    def __enter__(self) -> _MemoryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _Segment:
    """One open segment of a table on disk, with the positions of its rows in the file."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        from safetensors.numpy import load_file

        entries = read_manifest(path, error=BundleError, what=Message("stored-activations"))
        index, rows = path / "index.safetensors", path / "rows.bin"
        if sha256_file(index) != entries["index.safetensors"].sha256:
            raise BundleError("stored-index-changed")
        size = rows.stat().st_size
        if size != entries["rows.bin"].bytes:
            raise BundleError("stored-rows-size-changed")
        arrays = load_file(index)
        self.path, self.dtype = rows, dtype
        # A plain array: each row is a view, which as a memmap would take 488 bytes instead of 120, and 4 times as long.
        self.bytes = np.memmap(rows, dtype=np.uint8, mode="r").view(np.ndarray) if size else np.zeros(0, np.uint8)
        ends, shapes = arrays["ends"].tolist(), [tuple(size for size in row if size >= 0) for row in arrays["shapes"]]
        starts = [0, *ends[:-1]]
        digests = [bytes(row).hex() for row in arrays["digests"]]
        self.places = dict(zip(digests, zip(starts, ends, arrays["crcs"].tolist(), shapes, strict=True), strict=True))

    def rows(self, digests: Iterable[str]) -> dict[str, np.ndarray] | None:
        """Return digest -> row, memory-mapped, for ``digests`` in the segment; None if a row does not match its CRC."""
        found: dict[str, np.ndarray] = {}
        # Checked in the file, not in the map: mapped rows that are checked but not yet used would count as memory.
        with self.path.open("rb") as file:
            for digest in digests:
                start, end, crc, shape = self.places[digest]
                if zlib.crc32(os.pread(file.fileno(), end - start, start)) != crc:
                    return None
                found[digest] = self.bytes[start:end].view(self.dtype).reshape(shape)
        return found


class _SegmentWriter:
    """Writes rows into segments, which are completed when they are large or old enough, and at the end."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        self.path, self.dtype = path, dtype
        self._writing: AbstractContextManager[Path] | None = None
        self._folder: Path | None = None
        self._file: IO[bytes] | None = None
        self._rows: list[tuple[str, int, int, tuple[int, ...]]] = []
        self._end = 0
        self._began = 0.0

    def add(self, digest: str, row: np.ndarray) -> None:
        """Add the row of ``digest``. Raises StoreFullError if the disk is full; completed segments stay."""
        content = np.ascontiguousarray(row, dtype=self.dtype)
        with _full():
            file = self._file or self._begin()
            file.write(content.data)
        self._end += content.nbytes
        self._rows.append((digest, self._end, zlib.crc32(content.data), row.shape))
        if self._end >= SEGMENT_BYTES or time.monotonic() - self._began > SEGMENT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Complete the current segment: write its index and manifest and rename it into the table."""
        if self._file is None or self._folder is None or self._writing is None:
            return
        rank = max(len(shape) for *_, shape in self._rows)
        shapes = [(*shape, *[-1] * (rank - len(shape))) for *_, shape in self._rows]
        index: dict[str, np.ndarray] = {
            "digests": np.frombuffer(b"".join(bytes.fromhex(row[0]) for row in self._rows), np.uint8).reshape(-1, 32),
            "ends": np.array([row[1] for row in self._rows], np.int64),
            "crcs": np.array([row[2] for row in self._rows], np.uint32),
            "shapes": np.array(shapes, np.int32).reshape(len(self._rows), rank),
        }
        with _full():
            try:
                self._file.close()
                write_arrays(self._folder / "index.safetensors", index)
            except BaseException as error:
                self._abandon(error)
                raise
            writing, self._writing = self._writing, None
            self._file, self._folder, self._rows, self._end = None, None, [], 0
            writing.__exit__(None, None, None)

    def __enter__(self) -> _SegmentWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, (StoreFullError, OSError)):
            self._abandon(error)
        else:  # also after an interrupt, so that computed rows are not lost
            self.flush()

    def _begin(self) -> IO[bytes]:
        self._writing = write_folder(self.path / f"seg-{secrets.token_hex(8)}")
        self._folder = self._writing.__enter__()
        self._file = (self._folder / "rows.bin").open("wb")
        self._began = time.monotonic()
        return self._file

    def _abandon(self, error: BaseException) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._writing is not None:
            with suppress(BaseException):
                self._writing.__exit__(type(error), error, error.__traceback__)
        self._writing = self._file = self._folder = None


class _full(AbstractContextManager[None]):  # noqa: N801 - used like a function
    """Context manager: converts errors of a full or read-only disk, or of a deleted store, to StoreFullError."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, OSError) and error.errno in (*FULL, *CLOSED):
            raise StoreFullError(reason(error)) from error
        if isinstance(error, FileNotFoundError):
            raise StoreGoneError(str(error)) from error


def default_folder() -> Path:
    """Return the default folder of the store: ``GHEP_CACHE``, or ``ghep/activations`` in the user's cache folder.

    Raises RuntimeError if there is no home folder.
    """
    given = os.environ.get("GHEP_CACHE")
    if given:
        return Path(given)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "ghep" / "activations"


def opened_store(folder: Path | str | None, *, limit_bytes: int) -> tuple[ActivationStore | None, tuple[Finding, ...]]:
    """Return the store in ``folder`` (None: the default folder); None and a finding if the folder is not writable.

    A container without a home folder, or with a read-only one, can still train: without a store, frozen blocks run in
    every epoch.
    """
    path: Path | None = None
    try:
        path = Path(folder) if folder is not None else default_folder()
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return ActivationStore(path, limit_bytes=limit_bytes), ()
    except (OSError, RuntimeError) as error:
        cause = reason(error) if isinstance(error, OSError) else str(error)
        if path is None:
            return None, (Finding.of("store-not-writable", "warning", message="store-without-home", cause=cause),)
        return None, (Finding.of("store-not-writable", "warning", folder=path, cause=cause),)


def _read_table(path: Path, cause: Cause) -> DiskTable | None:
    """Return the table in the folder ``path`` if it has the rows of ``cause``, else None."""
    if not (path / "table.json").is_file():
        return None
    try:
        content = read_json(path / "table.json", error=BundleError, what=Message("stored-activations"))
        maker = Maker(**content["maker"])
        if content["format"] == FORMAT and content["cause"] == asdict(cause) and maker.dtype in DTYPES:
            return DiskTable(path, maker)
    except (BundleError, KeyError, TypeError):
        pass
    return None


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    """Delete a table or segment. It is renamed first, so that no reader finds it half deleted."""
    renamed = path.with_name(f".gone-{secrets.token_hex(6)}")
    with suppress(OSError):
        path.rename(renamed)
        shutil.rmtree(renamed, ignore_errors=True)
