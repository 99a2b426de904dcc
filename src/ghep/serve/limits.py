"""How many connections this process may open, and a budget that threads share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SPARE_FILES = 64
"""File descriptors left for the model, logs and libraries."""


def most_connections(wanted: int) -> int:
    """Return ``wanted``, or less if this process may not open as many files; raises its own limit if it can."""
    try:
        import resource
    except ImportError:  # Windows
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + SPARE_FILES:
        soft = wanted + SPARE_FILES if hard == resource.RLIM_INFINITY else min(hard, wanted + SPARE_FILES)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - SPARE_FILES))


class Budget:
    """An amount that threads share: a thread waits until its part is free. Parts are granted in order of arrival."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._left = total
        self._free = threading.Condition()
        self._line = threading.Lock()
        """Held by the first of those that wait, so that a large part is not overtaken forever by small ones."""

    @contextmanager
    def holding(self, part: int) -> Iterator[None]:
        """Hold ``part`` of the budget for the block; a part larger than the whole counts as the whole."""
        part = min(part, self.total)
        with self._line, self._free:
            self._free.wait_for(lambda: self._left >= part)
            self._left -= part
        try:
            yield
        finally:
            with self._free:
                self._left += part
                self._free.notify_all()
