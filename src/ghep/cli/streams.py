"""Standard streams that never stop the work: closed, broken, full, or in an encoding that lacks a character.

After ``prepare_streams``, anything can be written to ``sys.stdout`` and ``sys.stderr``; a failure is remembered and
reported when the process exits.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from ghep.messages import text_of

BROKEN_PIPE = 141
"""128 + SIGPIPE: the exit code of a program that writes to a closed pipe, as in ``ghep ... | head``."""


class Output(io.TextIOWrapper):
    """A text stream that escapes characters its encoding lacks, and after a failure discards what is written.

    Training must not end because the log went to ``head``, or the terminal it was started from is gone.
    """

    lost: OSError | None = None
    """The first failure; everything written since then is lost."""

    def write(self, text: str, /) -> int:
        """Write ``text``; a failure is kept in ``lost``."""
        try:
            return super().write(text)
        except OSError as cause:
            self._lose(cause)
            return len(text)

    def flush(self) -> None:
        """Flush the buffer; a failure is kept in ``lost``."""
        try:
            super().flush()
        except OSError as cause:
            self._lose(cause)

    def _lose(self, cause: OSError) -> None:
        if self.lost is None:
            self.lost = cause
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def prepare_streams() -> None:
    """Open the streams that the caller closed, and make stdout and stderr survive every failure.

    Replaced streams (in a notebook, under pytest) are left alone.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # else the next file that is opened gets this number, and with it what is printed
            # The lowest free number: this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY if descriptor == 0 else os.O_WRONLY), True)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is sys.__stdout__:
        sys.stdout = _output(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _output(sys.stderr, 2)


def _output(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is None:
        return Output(open(descriptor, "wb", closefd=False), encoding="utf-8", errors="backslashreplace")
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Output):
        return stream
    encoding, lines = stream.encoding, stream.line_buffering
    with suppress(OSError):
        stream.flush()
    return Output(stream.detach(), encoding=encoding, errors="backslashreplace", line_buffering=lines)


def exit_code_after(code: int) -> int:
    """Return ``code``, or a code for results that could not be printed; the reason goes to stderr."""
    sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    if lost is None:
        return code
    if isinstance(lost, BrokenPipeError):
        return BROKEN_PIPE
    print(text_of("error-line", text=text_of("output-not-writable", cause=lost.strerror)), file=sys.stderr)
    return code or 2
