"""A request to stop training, made by a signal handler or another thread.

The training loop checks the request after each step. The loop does not handle signals, because a library must not
install signal handlers in its user's process: the command line does (``cli/signals.py``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """Call ``ask()`` from anywhere; a training loop in progress saves and ends after its current step."""

    def __init__(self) -> None:
        self.by_request = False
        """Whether ``ask`` was called. ``asked`` is also true when the time is up."""
        self.deadline: float | None = None
        """When the time is up, on the clock of ``time.monotonic``; None: no limit."""
        self.listening = False
        """Whether a training loop is running that checks the request. If not, a request may take effect late."""

    @property
    def asked(self) -> bool:
        """Whether to stop: ``ask`` was called, or the time is up."""
        return self.by_request or (self.deadline is not None and time.monotonic() >= self.deadline)

    def ask(self) -> None:
        """Request that the loop stops."""
        self.by_request = True

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Set ``listening`` while the block runs, which tells signal handlers that a request will be checked."""
        before, self.listening = self.listening, True
        try:
            yield
        finally:
            self.listening = before
