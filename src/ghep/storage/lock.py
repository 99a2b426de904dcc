"""One writer for one folder, or one process for one piece of work: a lock that ends with the process, however it ends.

The lock is the kernel's (``flock``) on an open file, so a process that was killed leaves none behind, only an empty
file that blocks nobody. Some network file systems have no such locks: there the folder is used without one, and the
caller is told.
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
    """Hold ``folder``, which exists, for the block; yield what has to be said of it.

    Raises ConfigError if another process, or another thread of this one, holds it. ``option`` is the flag to change.
    """
    path = Path(folder) / FILE
    try:
        file = _taken(path)
    except BlockingIOError:
        raise ConfigError(
            f"another process is writing to {folder}{_holder(path)}",
            remedy=f"wait until it has ended, or choose another {option}",
        ) from None
    except OSError as cause:
        message = (
            f"{folder} cannot be locked ({reason(cause)}): a second run with the same {option} would mix its files in"
        )
        yield (Finding("folder-not-locked", "warning", message, "start no other run that writes there"),)
        return
    try:
        yield ()
    finally:
        with suppress(OSError):  # while it is still locked: nobody else can hold this file
            path.unlink()
        os.close(file)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path`` for the block; yield whether another process or thread held it and was waited for.

    Where the file cannot be made or locked nobody waits: this keeps work from being done twice and protects nothing.
    """
    waited = False
    try:
        try:
            file = _taken(path)
        except BlockingIOError:
            waited, file = True, _taken(path, wait=True)
    except (OSError, ImportError):
        yield False
        return
    try:
        yield waited
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(file)


def _taken(path: Path, *, wait: bool = False) -> int:
    """Return the descriptor of the locked file; raise OSError if it cannot be locked.

    If it is locked by another, ``wait`` for it, or raise BlockingIOError.
    """
    import fcntl

    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same(file, path):  # else the holder before has removed it since it was opened
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
        return f" ({text})" if (text := path.read_text(encoding="utf-8", errors="replace")[:100].strip()) else ""
    return ""
