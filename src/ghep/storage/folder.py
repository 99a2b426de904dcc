"""Atomic folders: written under a temporary name, hashed, synced, then renamed into place.

In: a target path and a block of code that writes files. Out: the target folder with a ``MANIFEST.json`` that lists size
and SHA-256 of every file in the folder. The steps, and what exists if the process is killed during a step:

1. write into ``.{name}.tmp-*``      the old target, untouched
2. manifest, fsync of everything     the old target, untouched
3. old target -> ``.{name}.old-*``   no target; the complete old folder under its other name: ``recover`` restores it
4. temporary folder -> target        the new target
5. ``.{name}.old-*`` -> ``.{name}.tmp-*``, delete it    the new target, and litter that the next writer removes

A folder called ``old`` is always complete: a complete target is renamed to ``old``, and ``old`` is renamed again before
anything in it is deleted. (POSIX has no portable swap of two folders. RENAME_EXCHANGE of Linux would make step 3
unnecessary, but not every file system supports it.)

A writer holds the kernel's lock (flock) on its temporary folder, so a folder whose lock is free belongs to a writer
that has ended. Process ids would not show this, because they mean nothing in another container. Without such locks
(Windows, some network file systems) the temporary folders of killed writers stay.
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
from ghep.messages import Message
from ghep.storage.hashing import sha256_file
from ghep.storage.regular import open_regular
from ghep.storage.text import read_json, reason, sync_file, sync_folder, write_json_atomic

MANIFEST = "MANIFEST.json"
FORMAT = 1
ATTEMPTS = 50
"""Attempts to read a folder that other processes replace."""
CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """Size and SHA-256 of one file in the manifest."""

    sha256: str
    bytes: int


@contextmanager
def write_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder to write into; when the block succeeds, the folder becomes ``target``, synced to disk.

    An existing target is replaced as a whole, never merged. If the block raises, the temporary folder is removed and
    the old target is untouched. If two writers write one target, the folder of the last to finish stays; files of the
    two are never mixed.

    Raises ConfigError when ``target`` is a file, or a folder with files in it that this function did not write (it has
    no manifest): a mistyped ``--out ~/Documents`` must not delete documents.

    >>> with write_folder(Path("bundle")) as folder:  # doctest: +SKIP
    ...     (folder / "labels.json").write_text("[]")
    """
    target = Path(os.path.realpath(target))  # a link is followed: the folder behind it is replaced, not the link
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    refuse_foreign(target)
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
    """Yield a private folder in the system's temporary folder, and remove it when the block ends.

    Folders that killed processes left under the same name are removed first.
    """
    target = Path(tempfile.gettempdir()) / name
    recover(target)
    with _locked_sibling(target, mode=0o700) as temporary:
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def verify_folder(path: Path, *, error: type[UserError], what: str | Message, required: Iterable[str] = ()) -> None:
    """Check the size and SHA-256 of every file of a folder against the folder's manifest.

    ``what`` names the folder in messages ("the bundle"); ``required`` are files that the caller will read: the manifest
    must list them. Files that are neither listed nor required are not checked: do not read them.

    Raises ``error`` with the file's name when the manifest is missing or unreadable, when a listed file is missing or
    differs in size or content, when a name leads out of the folder, or when a required file is not listed.
    """
    _read_folder(Path(path), error=error, what=what, required=required, wanted=())


def read_folder(
    path: Path, *, error: type[UserError], what: str | Message, required: Iterable[str], wanted: Container[str]
) -> dict[str, bytes]:
    """Return name -> content of the ``wanted`` files of a folder; each content matches its hash in the manifest.

    Checks every listed file and raises ``error`` as ``verify_folder`` does. All contents belong to one manifest: when
    another process replaces the folder in the meantime, reading starts again.
    """
    path = Path(path)
    for _ in range(ATTEMPTS):
        before = _state_of(path)
        try:
            return _read_folder(path, error=error, what=what, required=required, wanted=wanted)
        except error:
            if _state_of(path) == before:
                raise
    raise error("folder-replaced-while-read", what=what, path=path, attempts=ATTEMPTS)


def _read_folder(
    path: Path, *, error: type[UserError], what: str | Message, required: Iterable[str], wanted: Container[str]
) -> dict[str, bytes]:
    entries = read_manifest(path, error=error, what=what)
    for name in required:
        if name not in entries:
            raise error("folder-file-unlisted", what=what, path=path, file=name, manifest=MANIFEST)
    contents = {}
    for name, entry in entries.items():
        problem, content = _read_checked(path / name, entry, keep=name in wanted)
        if problem is not None:
            raise error("folder-damaged", what=what, path=path, file=name, problem=problem)
        if name in wanted:
            contents[name] = content
    return contents


def read_manifest(path: Path, *, error: type[UserError], what: str | Message) -> dict[str, Entry]:
    """Return file name -> entry of a folder's manifest, after ``recover``; the files themselves are not read.

    Raises ``error`` when the manifest is missing, when ghep did not write it, or when a name leads out of the folder.
    """
    path = Path(path)
    if "\0" in str(path):
        raise error("path-has-nul", what=what, path=repr(str(path)))
    recover(path)
    if not path.is_dir():
        raise error("folder-missing", what=what, path=path)
    if not (path / MANIFEST).exists():
        raise error("folder-without-manifest", what=what, path=path, manifest=MANIFEST)
    obj = read_json(path / MANIFEST, error=error, what=what)
    if not isinstance(obj, dict) or not isinstance(obj.get("files"), dict):
        raise error("manifest-invalid", what=what, path=path / MANIFEST)
    if (found := obj.get("format")) != FORMAT:
        raise error("manifest-format-unknown", what=what, path=path / MANIFEST, found=f"{found!r:.40}", expected=FORMAT)
    return {check_name(name, error=error, what=what): _entry(name, e, error, what) for name, e in obj["files"].items()}


def check_name(name: str, *, error: type[UserError], what: str | Message) -> str:
    """Return ``name`` if it is a relative path with forward slashes that stays in its folder, else raise ``error``."""
    parts = name.split("/")
    inside = all(part not in ("", ".", "..") and len(part.encode(errors="replace")) <= 255 for part in parts)
    if inside and len(name) <= 1024 and name.isprintable() and not any(c in name for c in '\\:*?"<>|'):
        return name
    raise error("file-name-unsafe", what=what, name=repr(name[:80]))


def recover(target: Path) -> None:
    """Repair what killed writers left: restore an old folder if the target is missing, and remove temporary folders.

    This is safe at any time, also while other writers work: a writer whose old folder is restored meanwhile moves it
    aside again. Readers call this function first. A target that was never written stays missing.
    """
    target = Path(os.path.realpath(target))
    if not target.exists():
        for old in sorted(_siblings(target, "old"), key=_modified, reverse=True)[:1]:
            with suppress(OSError):  # no permission to rename, or another process was quicker
                _rename_if_free(old, target)
    for temporary in _siblings(target, "tmp"):
        _remove_orphan(temporary)
    olds = _siblings(target, "old")
    if target.exists():  # checked after the list was made: the target is newer than every folder in the list
        for old in olds:
            _discard(old, target)


def sweep(folder: Path) -> None:
    """Remove the temporary folders that killed writers left in ``folder``, for any target."""
    for path in folder.glob(".*.tmp-*"):
        if path.is_dir():
            _remove_orphan(path)


def refuse_foreign(target: Path) -> None:
    """Raise ConfigError for a file, or for a folder that ghep did not write.

    Another writer may replace the target during the check, so a folder counts as foreign only if it is the same,
    unchanged folder before and after the check. A folder that is being written into is checked up to 20 times.
    """
    for _ in range(20):
        before = _state_of(target)
        if before is None:
            return
        if not target.is_dir():
            raise ConfigError("folder-is-a-file", path=target)
        with suppress(FileNotFoundError):
            names = set(os.listdir(target))  # noqa: PTH208 - names only, in one call
            if not names or MANIFEST in names:
                return
        if _state_of(target) == before:
            break
    raise ConfigError("folder-not-ours", path=target, manifest=MANIFEST)


def _state_of(path: Path) -> tuple[int, ...] | None:
    """Return numbers that change when a folder is replaced, renamed or written into; None if there is no ``path``."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _seal(folder: Path) -> None:
    """Write the manifest, and sync every file and folder to disk, innermost first."""
    found = sorted(folder.rglob("*"))
    files = [path for path in found if not path.is_dir() and path != folder / MANIFEST]
    entries = {}
    for path in files:
        what = Message("folder-being-saved", {"name": folder.name})
        name = check_name(path.relative_to(folder).as_posix(), error=ConfigError, what=what)
        sync_file(path)
        entries[name] = {"sha256": sha256_file(path), "bytes": path.stat().st_size}
    for path in reversed([path for path in found if path.is_dir()]):
        sync_folder(path)
    write_json_atomic(folder / MANIFEST, {"format": FORMAT, "files": entries})  # last; it syncs the folder itself
    # Some writers (safetensors) create files that only their owner may read; a bundle has to be readable by others.
    ordinary = stat.S_IMODE((folder / MANIFEST).stat().st_mode)
    for path in files:
        if not path.is_symlink():
            path.chmod(ordinary)


def _move_into_place(temporary: Path, target: Path) -> None:
    olds: list[Path] = []
    try:
        # In a loop: another writer, or a reader's recover, may act between the two renames.
        while not _rename_if_free(temporary, target):
            _move_aside(target, olds)
        sync_folder(target.parent)
    except BaseException:
        if olds and not target.exists():
            with suppress(OSError):  # the first error is the one to report
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
    """Rename a folder; return False if something is at ``target`` already."""
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
    """Delete the folder ``old``. It is renamed first, so that a partly deleted folder is never restored."""
    litter = _sibling(target, "tmp")
    try:
        os.rename(old, litter)  # noqa: PTH104
    except OSError:
        return  # another process did, or will
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
    """Create a temporary folder next to ``target``, hold its lock for the block, and yield its path."""
    while True:
        temporary = _sibling(target, "tmp")
        temporary.mkdir(mode)
        with _lock(temporary) as state:
            if state not in ("busy", "gone"):  # else a sweeper locked it between the two calls and removes it
                yield temporary
                return


@contextmanager
def _lock(folder: Path) -> Iterator[Literal["held", "busy", "gone", "unsupported"]]:
    """Try to hold the kernel's lock on ``folder`` for the block, and yield the result.

    The result is "held", "busy" (another process has the lock), "gone" (no such folder) or "unsupported". The kernel
    releases the lock when the process ends.
    """
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
    """Remove the temporary folder of a writer that has ended, unless the writer ran on another host.

    Locks that other hosts hold may be invisible here.
    """
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


def _entry(name: str, obj: object, error: type[UserError], what: str | Message) -> Entry:
    if isinstance(obj, dict) and isinstance(obj.get("sha256"), str) and type(obj.get("bytes")) is int:
        return Entry(obj["sha256"], obj["bytes"])
    raise error("manifest-entry-invalid", what=what, manifest=MANIFEST, file=name)


def _read_checked(path: Path, entry: Entry, *, keep: bool) -> tuple[Message | None, bytes]:
    """Return what is wrong with one file (None: nothing), and the file's content (empty without ``keep``)."""
    digest, content = sha256(), b""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry.bytes:
                return Message("file-wrong-size", {"found": size, "expected": entry.bytes}), b""
            if keep:
                digest.update(content := file.read(size))
            else:
                while part := file.read(CHUNK_BYTES):
                    digest.update(part)
    except FileNotFoundError:
        return Message("file-missing"), b""
    except OSError as cause:
        return Message("file-unreadable", {"cause": reason(cause)}), b""
    if digest.hexdigest() != entry.sha256:
        return Message("file-wrong-hash"), b""
    return None, content
