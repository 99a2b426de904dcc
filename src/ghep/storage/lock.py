"""Locks that allow one writer per folder, or one process per piece of work.

A lock is the kernel's (``flock``) on an open file, so it is released when the process ends, even if it is killed. Only
an empty file is left, which does not block others. Some network file systems have no such locks; there the folder is
used without a lock, and the caller gets a finding.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ghep.errors import ConfigError
from ghep.storage.text import reason
from ghep.types import Finding

FILE = ".ghep-lock"


@contextmanager
def locked(folder: Path, *, option: str = "--out") -> Iterator[tuple[Finding, ...]]:
    """Lock the existing ``folder`` for the block; yield a tuple with a finding if it cannot be locked, else empty.

    Raises ConfigError if another process, or another thread of this process, holds the lock. ``option`` is the flag
    that the message tells the user to change.
    """
    path = Path(folder) / FILE
    try:
        file = _lock_file(path)
    except BlockingIOError:
        raise ConfigError("folder-locked", folder=folder, holder=_holder(path) or "none", option=option) from None
    except OSError as cause:
        yield (Finding.of("folder-not-locked", "warning", folder=folder, cause=reason(cause), option=option),)
        return
    try:
        yield ()
    finally:
        with suppress(OSError):  # while it is still locked: no other process can hold this file
            path.unlink()
        os.close(file)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path`` for the block; yield whether this call had to wait for another process or thread.

    If the file cannot be created or locked, the call does not wait: the lock only avoids duplicate work, it does not
    protect data.
    """
    waited = False
    try:
        try:
            file = _lock_file(path)
        except BlockingIOError:
            waited, file = True, _lock_file(path, wait=True)
    except (OSError, ImportError):
        yield False
        return
    try:
        yield waited
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(file)


def _lock_file(path: Path, *, wait: bool = False) -> int:
    """Return the descriptor of the locked file; raise OSError if the file cannot be locked.

    If another process holds the lock, wait for it with ``wait``, else raise BlockingIOError.
    """
    import fcntl

    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(file, path):  # else the previous holder removed it after it was opened
                os.ftruncate(file, 0)
                os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")[:100].strip()
    return ""
