"""Keep the memory that training frees for the next step; return it to the system after training.

A training step at 224 px allocates and frees dozens of tensors of tens of megabytes each. glibc returns the memory of
each to the system at once and requests memory for the next one page by page, which takes a fifth of the CPU time of
fine-tuning a MobileNetV2 (docs/LOG.md).
Other allocators and systems are not changed.
"""

from __future__ import annotations

import ctypes
import platform
from contextlib import suppress

TOP_PAD, MMAP_MAX, TRIM_THRESHOLD = -2, -4, -1
"""Settings in glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Let glibc serve large blocks from memory it keeps, for the rest of the process; return whether that worked."""
    if platform.libc_ver()[0] != "glibc":
        return False
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        accepted = (library.mallopt(MMAP_MAX, 0), library.mallopt(TRIM_THRESHOLD, 2**31 - 1))
        return all(accepted) and bool(library.mallopt(TOP_PAD, 2**26))
    return False


def give_back_freed_memory() -> None:
    """Return freed memory to the system, if the allocator is glibc's."""
    if platform.libc_ver()[0] == "glibc":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
