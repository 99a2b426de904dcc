"""SHA-256 of files, bytes and sets of named arrays, in lower-case hexadecimal.

safetensors checks its header but not its numbers: a flipped bit in a weight loads without an error. So everything ghep
saves has a hash, and everything it caches is keyed by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256_file(path: Path) -> str:
    """Hash the content of ``path``, in constant memory."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_bytes(data: bytes) -> str:
    """Hash ``data``."""
    return hashlib.sha256(data).hexdigest()


def fingerprint_arrays(named: Mapping[str, Any]) -> str:
    """Hash a set of named arrays: any change of a name, dtype, shape or bit changes the result; their order does not.

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
    """Return the array's buffer where it is contiguous: a copy of an embedding can be as large as half a network."""
    in_order = getattr(getattr(array, "flags", None), "c_contiguous", False)
    return array.reshape(-1).view("u1") if in_order else array.tobytes()  # as bytes: not every dtype has a buffer
