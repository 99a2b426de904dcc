"""A folder that is whole or not there: written aside, hashed, made durable, then renamed into place.

In: a target path and a block of code that writes files. Out: the target with a ``MANIFEST.json`` that lists size and
SHA-256 of every file in it. The steps, and what a kill between two of them leaves:

1. write into ``.{name}.tmp-*``      the old target, untouched
2. manifest, fsync of everything     the old target, untouched
3. old target -> ``.{name}.old-*``   no target, the whole old folder under its other name: ``recover`` puts it back
4. temporary folder -> target        the new target
5. ``.{name}.old-*`` -> ``.{name}.tmp-*``, delete it    the new target and litter that the next writer sweeps

A folder called ``old`` got that name by one rename of a whole target and loses it by one rename before anything in it
is deleted, so ``old`` always means whole. (POSIX has no portable swap of two folders; with Linux' RENAME_EXCHANGE step
3 would not be needed, but not every file system of a user has it.)

A writer holds the kernel's lock (flock) on its temporary folder. So one whose lock is free belongs to a dead writer, in
whatever container it ran; a process id says nothing in another process namespace. Where there are no such locks
(Windows, some network file systems), litter stays.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from ghep.errors import ConfigError, UserError
from ghep.storage.hashing import sha256_file
from ghep.storage.regular import open_regular
from ghep.storage.text import read_json, reason, sync_file, sync_folder, write_json_atomic

MANIFEST = "MANIFEST.json"
FORMAT = 1
ATTEMPTS = 50
"""To read a folder that others replace."""
CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of one file."""

    sha256: str
    bytes: int


@contextmanager
def write_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder to write into; when the block ends well it becomes ``target``, whole and durable.

    An existing target is replaced as a whole, never merged. If the block raises, the temporary folder is removed and
    the old target is untouched. Two writers on one target: the last one to finish wins, neither is torn.

    Raises ConfigError when ``target`` is a file, or a folder with something in it that this function did not write (it
    has no manifest): a mistyped ``--out ~/Documents`` must not cost anyone their documents.

    >>> with write_folder(Path("bundle")) as folder:  # doctest: +SKIP
    ...     (folder / "labels.json").write_text("[]")
    """
    target = Path(os.path.realpath(target))  # a link is followed: the folder behind it is replaced, not the link
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    _refuse_foreign(target)
    with _locked_sibling(target) as temporary:
        try:
            yield temporary
            _seal(temporary)
            _move_into_place(temporary, target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


@contextmanager
def temporary_folder(name: str) -> Iterator[Path]:
    """Yield a private folder among the system's temporary files, and remove it when the block ends.

    What killed processes left under the same name is removed first.
    """
    target = Path(tempfile.gettempdir()) / name
    recover(target)
    with _locked_sibling(target, mode=0o700) as temporary:
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def verify_folder(path: Path, *, error: type[UserError], what: str, required: Iterable[str] = ()) -> None:
    """Check every file of a folder against its manifest, byte for byte.

    ``what`` names the folder in messages ("the bundle"); ``required`` are files the caller is going to read, which the
    manifest must list. Files that are neither listed nor required are not looked at: do not read them.

    Raises ``error``, naming the file, when the manifest is missing or unreadable, when a listed file is missing, of
    another size or of other content, when a name would lead out of the folder, when a required file is not listed.
    """
    _read_folder(Path(path), error=error, what=what, required=required, wanted=())


def read_folder(
    path: Path, *, error: type[UserError], what: str, required: Iterable[str], wanted: Container[str]
) -> dict[str, bytes]:
    """Return the content of the ``wanted`` files of a folder, each the bytes that its manifest has the hash of.

    Every listed file is checked as by ``verify_folder``, and raises ``error`` as there. What is returned was read once
    and belongs to one manifest, whoever replaces the folder in the meantime: then reading starts over.
    """
    path = Path(path)
    for _ in range(ATTEMPTS):
        before = _state_of(path)
        try:
            return _read_folder(path, error=error, what=what, required=required, wanted=wanted)
        except error:
            if _state_of(path) == before:
                raise
    raise error(
        f"{what} at {path} was replaced {ATTEMPTS} times while it was read", remedy="try again when it is quiet"
    )


def _read_folder(
    path: Path, *, error: type[UserError], what: str, required: Iterable[str], wanted: Container[str]
) -> dict[str, bytes]:
    entries = read_manifest(path, error=error, what=what)
    for name in required:
        if name not in entries:
            raise error(f"{what} at {path} lacks {name}: {MANIFEST} does not list it", remedy=_remedy(what))
    contents = {}
    for name, entry in entries.items():
        problem, content = _read_checked(path / name, entry, keep=name in wanted)
        if problem:
            raise error(f"{what} at {path} is damaged: {name} {problem}", remedy=_remedy(what))
        if name in wanted:
            contents[name] = content
    return contents


def read_manifest(path: Path, *, error: type[UserError], what: str) -> dict[str, Entry]:
    """Read the list of files of a folder (after ``recover``) without looking at the files.

    Raises ``error`` when there is none, when it is not ours or when a name in it would lead out of the folder.
    """
    path = Path(path)
    if "\0" in str(path):
        raise error(f"{what}: {str(path)!r} is no path", remedy="check the path")
    recover(path)
    if not path.is_dir():
        raise error(f"{what}: there is no folder at {path}", remedy="check the path")
    if not (path / MANIFEST).exists():
        raise error(f"{what} at {path} has no {MANIFEST}: it is incomplete, or not from ghep", remedy=_remedy(what))
    obj = read_json(path / MANIFEST, error=error, what=what)
    if not isinstance(obj, dict) or not isinstance(obj.get("files"), dict):
        raise error(f"{what}: {path / MANIFEST} is not a manifest of ghep", remedy=_remedy(what))
    if obj.get("format") != FORMAT:
        found = obj.get("format")
        raise error(f"{what}: {path / MANIFEST} has format {found!r:.40}, known is {FORMAT}", remedy="upgrade ghep")
    return {check_name(name, error=error, what=what): _entry(name, e, error, what) for name, e in obj["files"].items()}


def check_name(name: str, *, error: type[UserError], what: str) -> str:
    """Return ``name`` if it is a relative path with forward slashes that stays in its folder, else raise ``error``."""
    parts = name.split("/")
    inside = all(part not in ("", ".", "..") and len(part.encode(errors="replace")) <= 255 for part in parts)
    if inside and len(name) <= 1024 and name.isprintable() and not any(c in name for c in '\\:*?"<>|'):
        return name
    raise error(
        f"{what}: the file name {name[:80]!r} would leave its folder or is no portable name",
        remedy="do not use this file unless you trust who made it; names are relative, with forward slashes",
    )


def recover(target: Path) -> None:
    """Mend what a killed writer left: put an old folder back if the target is missing, remove litter of dead writers.

    Safe at any time and beside living writers (one whose old folder is put back under its feet moves it aside again).
    Readers call it first; a target that was never written stays missing.
    """
    target = Path(os.path.realpath(target))
    if not target.exists():
        for old in sorted(_siblings(target, "old"), key=_modified, reverse=True)[:1]:
            with suppress(OSError):  # a reader without the right to rename, or another one was quicker
                _rename_if_free(old, target)
    for temporary in _siblings(target, "tmp"):
        _remove_orphan(temporary)
    olds = _siblings(target, "old")
    if target.exists():  # looked at after the list was made: a newer folder is in place, whoever is still writing
        for old in olds:
            _discard(old, target)


def sweep(folder: Path) -> None:
    """Remove what killed writers left in ``folder``, whatever target they were writing."""
    for path in folder.glob(".*.tmp-*"):
        if path.is_dir():
            _remove_orphan(path)


def _refuse_foreign(target: Path) -> None:
    """Raise ConfigError for a file, or for a folder that is not ours.

    Another writer may move the target away, or delete it, between two of these looks. So a folder counts as foreign
    only if it was the same, unchanged folder before and after; a user who is writing into it gets the benefit of a
    few more looks.
    """
    for _ in range(20):
        before = _state_of(target)
        if before is None:
            return
        if not target.is_dir():
            raise ConfigError(f"cannot write a folder to {target}: a file is there", remedy="choose another name")
        with suppress(FileNotFoundError):
            names = set(os.listdir(target))  # noqa: PTH208 - names only, in one look
            if not names or MANIFEST in names:
                return
        if _state_of(target) == before:
            break
    raise ConfigError(
        f"will not replace {target}: it has files in it and no {MANIFEST}, so ghep did not write it",
        remedy="choose another folder, or empty this one",
    )


def _state_of(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a folder is replaced, renamed or written into; None if nothing is there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _seal(folder: Path) -> None:
    """Write the manifest and make every file and folder durable, leaves first."""
    found = sorted(folder.rglob("*"))
    files = [path for path in found if not path.is_dir() and path != folder / MANIFEST]
    entries = {}
    for path in files:
        name = check_name(path.relative_to(folder).as_posix(), error=ConfigError, what=f"the folder {folder.name}")
        sync_file(path)
        entries[name] = {"sha256": sha256_file(path), "bytes": path.stat().st_size}
    for path in reversed([path for path in found if path.is_dir()]):
        sync_folder(path)
    write_json_atomic(folder / MANIFEST, {"format": FORMAT, "files": entries})  # last, and it syncs the folder itself
    # Some writers (safetensors) make files that only their owner may read, which a bundle for others must not be.
    ordinary = stat.S_IMODE((folder / MANIFEST).stat().st_mode)
    for path in files:
        if not path.is_symlink():
            path.chmod(ordinary)


def _move_into_place(temporary: Path, target: Path) -> None:
    olds: list[Path] = []
    try:
        # In a loop, for another writer, or a reader's recover, may come between the two renames.
        while not _rename_if_free(temporary, target):
            _move_aside(target, olds)
        sync_folder(target.parent)
    except BaseException:
        if olds and not target.exists():
            with suppress(OSError):  # what went wrong first is what is reported
                _rename_if_free(olds.pop(), target)
        raise
    finally:
        for old in olds if target.exists() else ():
            _discard(old, target)


def _move_aside(target: Path, olds: list[Path]) -> None:
    old = _sibling(target, "old")
    try:
        os.rename(target, old)  # noqa: PTH104
    except FileNotFoundError:
        return  # another writer was quicker
    olds.append(old)


def _rename_if_free(source: Path, target: Path) -> bool:
    """Rename a folder; False if something is at ``target`` already."""
    if target.exists():  # rename would silently replace an empty folder
        return False
    try:
        os.rename(source, target)  # noqa: PTH104
    except OSError as cause:
        if cause.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _discard(old: Path, target: Path) -> None:
    """Delete an old folder. It loses the name ``old`` first, so that a torn one is never put back."""
    litter = _sibling(target, "tmp")
    try:
        os.rename(old, litter)  # noqa: PTH104
    except OSError:
        return  # somebody else did, or will
    shutil.rmtree(litter, ignore_errors=True)


def _sibling(target: Path, role: str) -> Path:
    return target.with_name(f".{target.name}.{role}-{os.getpid()}-{_host()}{secrets.token_hex(4)}")


def _siblings(target: Path, role: str) -> list[Path]:
    start = f".{target.name}.{role}-"
    try:
        return [path for path in target.parent.iterdir() if path.name.startswith(start) and path.is_dir()]
    except OSError:
        return []


@contextmanager
def _locked_sibling(target: Path, *, mode: int = 0o777) -> Iterator[Path]:
    """Make a temporary folder next to ``target`` and hold its lock for the block."""
    while True:
        temporary = _sibling(target, "tmp")
        temporary.mkdir(mode)
        with _lock(temporary) as state:
            if state not in ("busy", "gone"):  # else a sweeper came between the two calls and removes it
                yield temporary
                return


@contextmanager
def _lock(folder: Path) -> Iterator[Literal["held", "busy", "gone", "unsupported"]]:
    """Try to hold the kernel's lock on ``folder`` for the block; it ends with the process, however that ends."""
    if sys.platform == "win32":
        yield "unsupported"
        return
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as cause:
        yield "gone" if isinstance(cause, FileNotFoundError) else "unsupported"
        return
    try:
        state: Literal["held", "busy", "gone", "unsupported"] = "held"
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not folder.is_dir():
                state = "gone"
        except OSError as cause:
            state = "busy" if isinstance(cause, BlockingIOError) else "unsupported"
        yield state
    finally:
        os.close(descriptor)


def _remove_orphan(temporary: Path) -> None:
    """Remove the temporary folder of a dead writer. Locks of other hosts may not be seen here: theirs stay."""
    if not temporary.name.rsplit("-", 1)[-1].startswith(_host()):
        return
    with _lock(temporary) as state:
        if state == "held":
            shutil.rmtree(temporary, ignore_errors=True)


def _host() -> str:
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _entry(name: str, obj: object, error: type[UserError], what: str) -> Entry:
    if isinstance(obj, dict) and isinstance(obj.get("sha256"), str) and type(obj.get("bytes")) is int:
        return Entry(obj["sha256"], obj["bytes"])
    raise error(f"{what}: {MANIFEST} says nothing usable of {name}", remedy=_remedy(what))


def _read_checked(path: Path, entry: Entry, *, keep: bool) -> tuple[str, bytes]:
    """Return what is wrong with one file, or nothing; and its content if it is to be kept."""
    digest, content = sha256(), b""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry.bytes:
                return f"has {size} bytes instead of {entry.bytes}", b""
            if keep:
                digest.update(content := file.read(size))
            else:
                while part := file.read(CHUNK_BYTES):
                    digest.update(part)
    except FileNotFoundError:
        return "is missing", b""
    except OSError as cause:
        return f"cannot be read ({reason(cause)})", b""
    if digest.hexdigest() != entry.sha256:
        return "has other content than was saved (sha256 differs)", b""
    return "", content


def _remedy(what: str) -> str:
    return f"{what} must be complete and unchanged: copy it again from where it came, or save it again"
