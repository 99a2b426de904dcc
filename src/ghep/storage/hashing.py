"""SHA-256 of files, bytes and sets of named arrays, in lower-case hexadecimal.

safetensors checks the header of a file but not the numbers, so a weight with a flipped bit loads without an error. So
everything that ghep saves has a hash, and everything that ghep caches is identified by a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of the content of ``path``, computed in constant memory."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def fingerprint_arrays(named: Mapping[str, Any]) -> str:
    """Return a hash of named arrays, which changes with any name, dtype, shape or bit, but not with their order.

    An array is anything with ``shape``, ``dtype`` and ``tobytes()``, as in numpy.
    Bits are compared, not values: -0.0 differs from 0.0. Memory layout (C, Fortran, strided) has no effect.
    >>> import numpy
    >>> fingerprint_arrays({"weight": numpy.zeros(3)}) == fingerprint_arrays({"weight": numpy.zeros((3, 1))})
    False
    """
    digest = hashlib.sha256()
    for name in sorted(named):
        array = named[name]
        # Each part is prefixed with its length, so that two different sets never give the same stream of bytes.
        for part in (name.encode(), str(array.dtype).encode(), repr(tuple(array.shape)).encode(), _content(array)):
            digest.update(memoryview(part).nbytes.to_bytes(8, "little"))
            digest.update(part)
    return digest.hexdigest()


def _content(array: Any) -> Any:
    """Return the bytes of an array, without a copy if it is contiguous: an embedding can be half of a network."""
    in_order = getattr(getattr(array, "flags", None), "c_contiguous", False)
    return array.reshape(-1).view("u1") if in_order else array.tobytes()  # as bytes: not every dtype has a buffer
