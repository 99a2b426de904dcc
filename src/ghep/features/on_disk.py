"""Features that are too many for memory: a matrix in a scratch file, which is read block by block.

In: rows, one after the other. Out: a memory-mapped array (N, D) of a file without a name, which the system deletes when
the array is gone, also after a kill.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from ghep.errors import ConfigError
from ghep.storage.text import reason

LARGE_BYTES = 2**30
"""Features of more bytes in float32 (210,000 x 1280) are read from the disk in blocks. In memory, a solver needs them
three times. A constant, so that the same data is solved in the same way on every machine with 8 GiB or more."""
SHARE = 1 / 8
"""On a smaller machine, features are large from this share of its memory."""
WRITTEN = 4096
"""Rows written at a time."""


class Rows(Protocol):
    """What is needed of features to read them block by block; an array has it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, D)."""

    def __getitem__(self, part: slice, /) -> np.ndarray:
        """Return the rows in ``part``."""


@dataclass(frozen=True)
class Stacked:
    """The rows of several arrays (N_i, D), one below the other, without a copy of them."""

    parts: Sequence[Rows]

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (N, D)."""
        return (sum(part.shape[0] for part in self.parts), *self.parts[0].shape[1:])

    def __getitem__(self, part: slice, /) -> np.ndarray:
        """Return the rows in ``part``, whose step must be 1."""
        start, stop, _ = part.indices(self.shape[0])
        found, at = [], 0
        for rows in self.parts:
            found.append(rows[max(0, start - at) : max(0, stop - at)])
            at += rows.shape[0]
        together = np.concatenate(found)
        for rows in found:
            forget(rows)
        return together


def is_large(shape: Sequence[int]) -> bool:
    """Whether features of ``shape`` (N, D) are read from the disk in blocks and not kept in memory."""
    return 4 * int(np.prod(shape)) > min(LARGE_BYTES, SHARE * memory_bytes())


def memory_bytes() -> float:
    """Return the bytes of memory of this machine, or of the container if that has less; infinite if unknown."""
    found = float("inf")
    with suppress(OSError, ValueError, AttributeError):
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # "max" is no limit
            return min(found, int(Path(limit).read_text(encoding="ascii")))
    return found


def matrix_on_disk(rows: Iterable[np.ndarray], shape: tuple[int, int], folder: Path) -> np.ndarray:
    """Return ``rows``, each (D,), as an array of ``shape`` (N, D), float32, in a file without a name in ``folder``.

    Raises ConfigError if the file cannot be written: the disk has no space for it.
    """
    source: Iterator[np.ndarray] = iter(rows)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            while part := list(islice(source, WRITTEN)):
                file.write(np.stack(part).astype(np.float32, copy=False).data)
            file.flush()
            return np.memmap(file, dtype=np.float32, mode="r", shape=shape)  # the map keeps the file
    except OSError as cause:
        size = 4 * shape[0] * shape[1]
        raise ConfigError("features-not-written", bytes=size, folder=folder, cause=reason(cause)) from cause


def forget(features: object) -> None:
    """Let the system take back the memory of pages that were read of mapped ``features``; the file still has them."""
    while isinstance(features, np.ndarray):
        features = features.base
    if isinstance(features, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        features.madvise(mmap.MADV_DONTNEED)
