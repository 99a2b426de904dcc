"""A request to stop training, made from outside of it: by a signal handler, or by another thread.

The loop asks after each step. It knows nothing of signals, and a library must not install handlers in its user's
process: the command line does (``cli/signals.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """``ask()`` from anywhere; whoever is ``listening`` saves and leaves at the next step."""

    def __init__(self) -> None:
        self.asked = False
        self.listening = False
        """Whether a loop is running that will look. If not, nobody is going to answer for a while."""

    def ask(self) -> None:
        """Ask the loop to stop."""
        self.asked = True

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Say that somebody looks at ``asked`` while the block runs."""
        before, self.listening = self.listening, True
        try:
            yield
        finally:
            self.listening = before
