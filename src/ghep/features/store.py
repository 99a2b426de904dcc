"""Activations on disk, shared by runs and processes: what is frozen is computed once.

In: rows (one array per example) under everything that could change them. Out: the same rows, memory-mapped, or a miss.

    <folder>/<cause>-<maker>/table.json              what the rows are: a Cause, and the engine and dtype that made them
                             seg-*/index.safetensors digest of each example's content, place and CRC-32 of its row
                             seg-*/rows.bin          the rows
                             seg-*/MANIFEST.json     size and SHA-256 of both

A segment is written aside and renamed into place (``storage.folder``), so it is whole or not there; several processes
add segments of their own to one table and read each other's. Every row is checked against its CRC when it is found,
before it is used; a segment with a row that does not fit is deleted and computed again. A changed cause is another
table, never a wrong hit. Anything may be deleted at any time: a reader that has found its rows keeps them, since it
holds the file.
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
from ghep.storage.folder import read_manifest, sweep, write_folder
from ghep.storage.hashing import sha256_file
from ghep.storage.tensors import write_arrays
from ghep.storage.text import read_json, reason, write_json_atomic
from ghep.types import Finding

FORMAT = 1
DTYPES = ("float16", "float32")
SEGMENT_BYTES = 64 * 2**20
SEGMENT_SECONDS = 30.0
"""A segment is put in place after this much, so that a kill costs no more."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EIO)
"""What a system says of a folder that cannot be written to, or no longer."""


class StoreFullError(Exception):
    """The store cannot take these rows: no room, or no right to write. Not for users: the caller computes live."""


class StoreGoneError(StoreFullError):
    """The store was deleted while it was written to or read: the caller asks again."""


@dataclass(frozen=True)
class Cause:
    """Everything that could change a row, but for the example's content (each row's own key) and who computed it."""

    weights: str
    """Fingerprint of architecture and weights up to the boundary."""
    boundary: int
    preprocess: str
    """What decodes and resizes, with the versions of the libraries that do."""
    view: str

    @property
    def key(self) -> str:
        """Return 32 hexadecimal digits."""
        return _digest(asdict(self))


@dataclass(frozen=True)
class Maker:
    """Who computed rows and how they are kept."""

    engine: str
    """Identity of the engine, its version included."""
    dtype: str = "float16"
    exact: bool = False
    """Whether the engine computes in float32."""


class Table(Protocol):
    """Rows of one cause and maker: on disk, or in memory."""

    maker: Maker

    def find(self, digests: Iterable[str]) -> Mapping[str, np.ndarray]:
        """Return the rows there are, by digest."""

    def writer(self) -> AbstractContextManager[RowWriter]:
        """Return what adds rows; they can be found when its block has ended."""


class RowWriter(Protocol):
    """Adds rows to a table."""

    def add(self, digest: str, row: np.ndarray) -> None:
        """Add one row; its dtype is the maker's."""


class ActivationStore:
    """A folder of tables, at most ``limit_bytes`` large: the tables that were not used for longest go first."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self.folder = Path(folder)
        self.limit_bytes = limit_bytes

    def tables(self, cause: Cause) -> list[DiskTable]:
        """Return what is there for ``cause``, of any maker, in a fixed order."""
        found = [_read_table(path, cause) for path in sorted(self.folder.glob(f"{cause.key}-*"))]
        return [table for table in found if table is not None]

    def table(self, cause: Cause, maker: Maker, record: Mapping[str, Any] | None = None) -> DiskTable:
        """Return the table of ``maker``, made if it is not there; ``record`` is kept for people to read.

        Raises StoreFullError when the disk is full or the folder cannot be written to.
        """
        path = self.folder / f"{cause.key}-{_digest(asdict(maker))[:12]}"
        table = _read_table(path, cause)
        if table is not None and table.maker == maker:
            return table
        if path.exists():  # of another format, or damaged
            _remove(path)
        with _full():
            path.mkdir(parents=True, exist_ok=True)
            content = {"format": FORMAT, "cause": asdict(cause), "maker": asdict(maker), "record": dict(record or {})}
            write_json_atomic(path / "table.json", content)
        return DiskTable(path, maker)

    def note(self, name: str) -> Any:
        """Return what ``write_note`` wrote under ``name``; None if there is nothing, or nothing that can be read."""
        try:
            return read_json(self.folder / "notes" / f"{name}.json", error=BundleError, what="a note of the store")
        except BundleError:
            return None

    def write_note(self, name: str, content: Any) -> None:
        """Write down a measurement, in JSON, for later runs; without a word if the disk will not have it."""
        with suppress(OSError):
            (self.folder / "notes").mkdir(parents=True, exist_ok=True)
            write_json_atomic(self.folder / "notes" / f"{name}.json", content)

    def make_room(self, count: int, *, keep: Iterable[Path] = ()) -> bool:
        """Delete what was not used for longest until ``count`` more bytes fit; False, and nothing deleted, if never.

        Tables at ``keep`` stay.
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
        """Return the size of everything in the store."""
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
    """Rows of one cause and maker in a folder of segments."""

    def __init__(self, path: Path, maker: Maker) -> None:
        self.path = path
        self.maker = maker
        self.damaged: set[str] = set()
        """Segments that were found damaged, and why; they were deleted, and their rows are misses."""
        self._segments: dict[str, _Segment | None] = {}

    def find(self, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """Return the rows there are, by digest: views of the mapped files, each checked against its CRC."""
        wanted = set(digests)
        self._refresh()
        found: dict[str, np.ndarray] = {}
        for name, segment in list(self._segments.items()):
            here = wanted & segment.places.keys() - found.keys() if segment else set()
            if segment is None or not here:
                continue
            try:
                rows = segment.rows(here)
            except FileNotFoundError:  # deleted just now
                self._segments[name] = None
                continue
            if rows is None:
                self._drop(name, "rows.bin has other content than was saved")
            else:
                found |= rows
        with suppress(OSError):
            os.utime(self.path)  # it was used
        return found

    def writer(self) -> _SegmentWriter:
        """Return a context that takes rows and puts them in place, segment by segment."""
        return _SegmentWriter(self.path, np.dtype(self.maker.dtype))

    def _refresh(self) -> None:
        """Look for segments that were added since."""
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
            if (self.path / name).exists():  # else another process has deleted it just now
                self._drop(name, str(getattr(error, "cause", error)))
            return None

    def _drop(self, name: str, why: str) -> None:
        """Forget a damaged segment and delete it: its rows are computed again."""
        self.damaged.add(f"{self.path.name}/{name}: {why}")
        self._segments[name] = None
        _remove(self.path / name)


class MemoryTable:
    """The same in memory, for a run without a store."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self._rows: dict[str, np.ndarray] = {}

    def find(self, digests: Iterable[str]) -> dict[str, np.ndarray]:
        """Return the rows there are, by digest."""
        return {digest: self._rows[digest] for digest in set(digests) & self._rows.keys()}

    def writer(self) -> _MemoryWriter:
        """Return a context that takes rows."""
        return _MemoryWriter(self._rows, np.dtype(self.maker.dtype))


class _MemoryWriter:
    def __init__(self, rows: dict[str, np.ndarray], dtype: np.dtype[Any]) -> None:
        self.rows, self.dtype = rows, dtype

    def add(self, digest: str, row: np.ndarray) -> None:
        self.rows[digest] = np.array(row, dtype=self.dtype)

    def __enter__(self) -> _MemoryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _Segment:
    """One segment, open: where each row lies."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        from safetensors.numpy import load_file

        entries = read_manifest(path, error=BundleError, what="stored activations")
        index, rows = path / "index.safetensors", path / "rows.bin"
        if sha256_file(index) != entries["index.safetensors"].sha256:
            raise BundleError("index.safetensors has other content than was saved")
        size = rows.stat().st_size
        if size != entries["rows.bin"].bytes:
            raise BundleError("rows.bin has another size than was saved")
        arrays = load_file(index)
        self.path, self.dtype = rows, dtype
        self.bytes = np.memmap(rows, dtype=np.uint8, mode="r") if size else np.zeros(0, np.uint8)
        ends, shapes = arrays["ends"].tolist(), [tuple(size for size in row if size >= 0) for row in arrays["shapes"]]
        starts = [0, *ends[:-1]]
        digests = [bytes(row).hex() for row in arrays["digests"]]
        self.places = dict(zip(digests, zip(starts, ends, arrays["crcs"].tolist(), shapes, strict=True), strict=True))

    def rows(self, digests: Iterable[str]) -> dict[str, np.ndarray] | None:
        """Return views of the mapped file, by digest; None if the content of one is not what was written."""
        found: dict[str, np.ndarray] = {}
        # Read for the check, not through the map: rows that are checked and not used yet would count as memory.
        with self.path.open("rb") as file:
            for digest in digests:
                start, end, crc, shape = self.places[digest]
                if zlib.crc32(os.pread(file.fileno(), end - start, start)) != crc:
                    return None
                found[digest] = self.bytes[start:end].view(self.dtype).reshape(shape)
        return found


class _SegmentWriter:
    """Writes rows into segments that are put in place when they are large or old enough, and at the end."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        self.path, self.dtype = path, dtype
        self._aside: AbstractContextManager[Path] | None = None
        self._folder: Path | None = None
        self._file: IO[bytes] | None = None
        self._rows: list[tuple[str, int, int, tuple[int, ...]]] = []
        self._end = 0
        self._began = 0.0

    def add(self, digest: str, row: np.ndarray) -> None:
        """Add one row. Raises StoreFullError when the disk is full; what was put in place before stays."""
        content = np.ascontiguousarray(row, dtype=self.dtype)
        with _full():
            file = self._file or self._begin()
            file.write(content.data)
        self._end += content.nbytes
        self._rows.append((digest, self._end, zlib.crc32(content.data), row.shape))
        if self._end >= SEGMENT_BYTES or time.monotonic() - self._began > SEGMENT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Put the segment in place."""
        if self._file is None or self._folder is None or self._aside is None:
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
            aside, self._aside = self._aside, None
            self._file, self._folder, self._rows, self._end = None, None, [], 0
            aside.__exit__(None, None, None)

    def __enter__(self) -> _SegmentWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, (StoreFullError, OSError)):
            self._abandon(error)
        else:  # also when interrupted: what was computed is not lost
            self.flush()

    def _begin(self) -> IO[bytes]:
        self._aside = write_folder(self.path / f"seg-{secrets.token_hex(8)}")
        self._folder = self._aside.__enter__()
        self._file = (self._folder / "rows.bin").open("wb")
        self._began = time.monotonic()
        return self._file

    def _abandon(self, error: BaseException) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._aside is not None:
            with suppress(BaseException):
                self._aside.__exit__(type(error), error, error.__traceback__)
        self._aside = self._file = self._folder = None


class _full(AbstractContextManager[None]):  # noqa: N801 - used like a function
    """Turns the ways a disk says that it is full or closed, or that the store is gone, into StoreFullError."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, OSError) and error.errno in (*FULL, *CLOSED):
            raise StoreFullError(reason(error)) from error
        if isinstance(error, FileNotFoundError):
            raise StoreGoneError(str(error)) from error


def default_folder() -> Path:
    """Return where the store lies unless it is named: ``GHEP_CACHE``, or ``ghep`` in the user's cache folder.

    Raises RuntimeError where there is no home folder.
    """
    given = os.environ.get("GHEP_CACHE")
    if given:
        return Path(given)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "ghep" / "activations"


def opened_store(folder: Path | str | None, *, limit_bytes: int) -> tuple[ActivationStore | None, tuple[Finding, ...]]:
    """Return the store in ``folder`` (None: the usual one); None and a finding if nothing can be written there.

    A container without a home folder, or with one that is read-only, is no reason to train nothing: without a store
    frozen blocks run in every epoch.
    """
    place: Path | str = "the home folder"
    try:
        place = Path(folder) if folder is not None else default_folder()
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return ActivationStore(place, limit_bytes=limit_bytes), ()
    except (OSError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        message = f"activations cannot be kept in {place} ({why}): frozen blocks run again in every epoch and every run"
        remedy = "name a folder that can be written to (--cache-dir, or GHEP_CACHE); --no-cache keeps none on purpose"
        return None, (Finding("store-not-writable", "warning", message, remedy),)


def _read_table(path: Path, cause: Cause) -> DiskTable | None:
    """Return the table at ``path`` if it is one of ``cause``; None for anything else."""
    if not (path / "table.json").is_file():
        return None
    try:
        content = read_json(path / "table.json", error=BundleError, what="stored activations")
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
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    """Delete a table or segment; it loses its name first, so that nobody meets half of one."""
    litter = path.with_name(f".gone-{secrets.token_hex(6)}")
    with suppress(OSError):
        path.rename(litter)
        shutil.rmtree(litter, ignore_errors=True)
