"""The protocol by which a run reports progress, and reporters that ignore it, wholly or in part."""

from __future__ import annotations

from typing import Any, Protocol


class Reporter(Protocol):
    """Receives progress: a terminal, a log, or ``Silent``."""

    def say(self, text: str) -> None:
        """Report one line of text."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` items of ``phase`` are finished."""

    def epoch(self, row: Any) -> None:
        """Report one row of the history."""


class Silent:
    """A reporter that ignores everything."""

    def say(self, text: str) -> None:
        """Do nothing."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Do nothing."""

    def epoch(self, row: Any) -> None:
        """Do nothing."""


class OnlyProgress(Silent):
    """A reporter that passes on how many items are finished, and ignores lines and epochs."""

    def __init__(self, reporter: Reporter) -> None:
        self.progress = reporter.progress  # type: ignore[method-assign]
