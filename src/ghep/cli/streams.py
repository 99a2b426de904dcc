"""Keep working if a standard stream is closed, broken, full, or in an encoding that lacks a character.

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
    """A text stream that escapes characters that its encoding lacks, and that discards all text after a failure.

    Training must not end because the log is piped to ``head``, or because the terminal was closed.
    """

    lost: OSError | None = None
    """The first failure, or None; everything written after it is lost."""

    def write(self, text: str, /) -> int:
        """Write ``text``; an OSError is stored in ``lost`` and not raised."""
        try:
            return super().write(text)
        except OSError as cause:
            self._lose(cause)
            return len(text)

    def flush(self) -> None:
        """Flush the buffer; an OSError is stored in ``lost`` and not raised."""
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
    """Return ``code``, or another exit code if results could not be printed; the reason is printed to stderr."""
    sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    if lost is None:
        return code
    if isinstance(lost, BrokenPipeError):
        return BROKEN_PIPE
    print(text_of("error-line", text=text_of("output-not-writable", cause=lost.strerror)), file=sys.stderr)
    return code or 2
