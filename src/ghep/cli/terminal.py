"""Progress on stderr: a bar with the remaining time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from contextlib import AbstractContextManager, redirect_stdout
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ghep.messages import is_code, number_text, text_of


class Terminal:
    """A reporter for the command line; ``quiet`` (``--json``) prints nothing.

    In Python, ``fit`` and ``compare`` print nothing by default. ``ghep.fit(data, reporter=ghep.Terminal())`` prints a
    line for each phase and epoch. In a notebook, a ``Terminal`` needs neither ``with`` nor ipywidgets.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        self.bars = self.console.is_terminal and not quiet
        self._progress: Progress | None = None
        self._bar: dict[str, TaskID] = {}
        self._began = time.perf_counter()

    def __enter__(self) -> Terminal:
        if self.bars:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=self.console, transient=True)
            self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()

    def say(self, text: str) -> None:
        """Print one line."""
        if not self.quiet:
            self.console.print(text)

    def progress(self, phase: str, done: int, total: int) -> None:
        """Move the bar of ``phase``; if stderr is not a terminal, print a line with the seconds when the phase ends."""
        phase = text_of(f"phase-{phase}") if is_code(f"phase-{phase}") else phase
        if self._progress is not None:
            if phase not in self._bar:
                self._bar[phase] = self._progress.add_task(phase, total=total)
            self._progress.update(self._bar[phase], completed=done, total=total, visible=done < total)
        elif done == total:
            said = text_of("progress-done", phase=phase, total=total)
            self.say(f"{self._since()} {said}")

    def epoch(self, row: Any) -> None:
        """Print one row of the history."""
        began = text_of("progress-epoch", stage=row.stage, epoch=row.epoch)
        parts = [f"{self._since()} {began}"]
        if not math.isnan(row.train_loss):
            parts.append(text_of("progress-train-loss", loss=number_text(row.train_loss, ".3f")))
        if row.valid_loss is not None:
            parts.append(text_of("progress-valid-loss", loss=number_text(row.valid_loss, ".3f")))
        if row.valid_score is not None:
            parts.append(text_of("progress-valid-score", score=number_text(row.valid_score, ".3f")))
        each = [f"{one.task} {number_text(one.valid_score, '.3f')}" for one in row.tasks if one.valid_score is not None]
        if each:
            parts.append(f"({', '.join(each)})")
        self.say("  ".join(parts))

    def _since(self) -> str:
        return f"[{number_text(time.perf_counter() - self._began, '.1f'):>7} s]"


def stdout_for_result() -> AbstractContextManager[Any]:
    """Return a context manager for the work before the result: whatever libraries print meanwhile goes to stderr.

    Ray, for example, reports a lost node on standard output.
    """
    return redirect_stdout(sys.stderr)


def print_json(obj: Any) -> None:
    """Print one JSON document on stdout, valid in any encoding; bytes of file names that are not UTF-8 are escaped."""
    import json

    from ghep.storage.text import plain

    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(plain(obj), indent=2, ensure_ascii=not unicode, allow_nan=False)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
