"""Keep the memory that training frees, for the next step to use; give back what nobody will use again.

A step of a network on 224 px allocates and frees tensors of tens of megabytes by the dozen. glibc hands each back to
the system at once and asks for it again, page by page: a fifth of the processor time of fine-tuning a MobileNetV2
(docs/LOG.md). Other allocators, and other systems, are left alone.
"""

from __future__ import annotations

import ctypes
import platform
from contextlib import suppress

TOP_PAD, MMAP_MAX, TRIM_THRESHOLD = -2, -4, -1
"""Names of settings in glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Tell glibc to serve large blocks from memory it keeps; return whether it was told. It holds for the process."""
    if platform.libc_ver()[0] != "glibc":
        return False
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        told = (library.mallopt(MMAP_MAX, 0), library.mallopt(TRIM_THRESHOLD, 2**31 - 1))
        return all(told) and bool(library.mallopt(TOP_PAD, 2**26))
    return False


def give_back_freed_memory() -> None:
    """Hand what was freed back to the system, where the allocator is glibc's."""
    if platform.libc_ver()[0] == "glibc":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
