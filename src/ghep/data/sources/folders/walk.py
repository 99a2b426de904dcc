"""List a folder and everything below it. In: a folder. Out: a tree of files and folders, sorted, without clutter.

Links to folders are followed, except links to a parent folder, inside or above the listed folder. So listing always
ends, and the folders around the data set are not listed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ghep.errors import DataError

_CLUTTER = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}
_DEEPEST = 100
"""Levels of folders: more than any data set has, and less than Python's recursion limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """A folder with its files and subfolders."""

    path: Path
    files: tuple[Path, ...]
    """Regular files and links to files; a broken link is one if its name has a suffix."""
    folders: tuple[Folder, ...]
    odd: tuple[Path, ...]
    """Pipes, sockets, devices; broken links without a suffix, which may have led to folders."""
    loops: tuple[Path, ...]
    """Links to a parent folder."""
    identity: tuple[int, int]
    """Device and inode of the folder, with links resolved."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.name

    def below(self) -> Iterator[Folder]:
        """Yield this folder and all folders below it, parents first."""
        yield self
        for folder in self.folders:
            yield from folder.below()

    def all_files(self) -> Iterator[Path]:
        """Yield the files in this folder and below it."""
        for folder in self.below():
            yield from folder.files


def walk(root: Path) -> Folder:
    """Return ``root`` with everything below it. Raises ``DataError`` if a folder cannot be listed."""
    return _walk(root, frozenset(_identity(folder) for folder in root.resolve().parents if folder.exists()), 0)


def is_clutter(name: str) -> bool:
    """Return whether a file is hidden, or was left behind by an operating system."""
    return name.startswith(".") or name.lower() in _CLUTTER


def visible(folder: Path) -> list[Path]:
    """Return the paths in a folder, sorted by name, without clutter. Raises ``DataError`` if it cannot be listed."""
    try:
        return sorted((entry for entry in folder.iterdir() if not is_clutter(entry.name)), key=lambda entry: entry.name)
    except OSError as error:
        raise _cannot_list(folder, error) from None


def _walk(path: Path, above: frozenset[tuple[int, int]], depth: int) -> Folder:
    if depth > _DEEPEST:
        raise DataError("folders-too-deep", path=path, limit=_DEEPEST)
    files: list[Path] = []
    folders: list[Folder] = []
    odd: list[Path] = []
    loops: list[Path] = []
    try:
        identity = _identity(path)
        here = above | {identity}
        with os.scandir(path) as listing:
            entries = sorted((entry for entry in listing if not is_clutter(entry.name)), key=lambda entry: entry.name)
        for entry in entries:
            below = path / entry.name
            if entry.is_dir():
                if _identity(below) in here:
                    loops.append(below)
                else:
                    folders.append(_walk(below, here, depth + 1))
            elif entry.is_file() or (entry.is_symlink() and below.suffix and not below.exists()):
                files.append(below)
            else:
                odd.append(below)
    except OSError as error:
        raise _cannot_list(path, error) from None
    return Folder(path, tuple(files), tuple(folders), tuple(odd), tuple(loops), identity)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _cannot_list(path: Path, error: OSError) -> DataError:
    return DataError("folder-not-listed", path=path, problem=error.strerror)
