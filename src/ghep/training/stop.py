"""A request to stop training, made from outside of it: by a signal handler, or by another thread.

The loop asks after each step. It knows nothing of signals, and a library must not install handlers in its user's
process: the command line does (``cli/signals.py``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """``ask()`` from anywhere; whoever is ``listening`` saves and leaves at the next step."""

    def __init__(self) -> None:
        self.by_somebody = False
        """Whether ``ask`` was called; time that is up is another reason."""
        self.deadline: float | None = None
        """On the clock of ``time.monotonic``; None: there is none."""
        self.listening = False
        """Whether a loop is running that will look. If not, nobody is going to answer for a while."""

    @property
    def asked(self) -> bool:
        """Return whether to stop: somebody asked, or the time is up."""
        return self.by_somebody or (self.deadline is not None and time.monotonic() >= self.deadline)

    def ask(self) -> None:
        """Ask the loop to stop."""
        self.by_somebody = True

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Say that somebody looks at ``asked`` while the block runs."""
        before, self.listening = self.listening, True
        try:
            yield
        finally:
            self.listening = before
