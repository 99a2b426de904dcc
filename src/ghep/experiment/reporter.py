"""How a run tells of its progress: three calls, silent unless someone listens."""

from __future__ import annotations

from typing import Any, Protocol


class Reporter(Protocol):
    """Where progress goes: a terminal, a log, nowhere."""

    def say(self, text: str) -> None:
        """Take one line."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Take ``done`` of ``total`` in ``phase``."""

    def epoch(self, row: Any) -> None:
        """Take one row of the history."""


class Silent:
    """A reporter that says nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Say nothing."""

    def epoch(self, row: Any) -> None:
        """Say nothing."""
