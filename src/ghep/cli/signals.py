"""SIGTERM, SIGHUP and Ctrl-C during training: the first one saves and exits, the second one exits at once.

Only the command line installs handlers, and only while it works; ``ghep.fit`` in a user's process does not touch them.
A signal that the caller ignores (nohup, a background job of a script) stays ignored. Outside training (reading,
features) there is nothing to save: the first signal exits at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from ghep.errors import Interrupted
from ghep.messages import text_of
from ghep.training.stop import StopRequest

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def stopping() -> Iterator[StopRequest]:
    """Yield a stop request that SIGINT, SIGTERM and SIGHUP set.

    When training has stopped because of it, the process exits with 128 + the number of the signal, like a killed
    process.
    """
    stop, received = StopRequest(), [0]
    stopping_line = f"\n{text_of('stopping')}\n".encode()

    def handle(number: int, _: FrameType | None) -> None:
        received[0] = number
        if not stop.listening or stop.asked:
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
        stop.ask()
        with suppress(OSError):  # the terminal may be what has gone
            # Not print: the handler may have interrupted one.
            os.write(2, stopping_line)

    before = {}
    if threading.current_thread() is threading.main_thread():  # Python's rule
        given = {number: signal.getsignal(number) for number in SIGNALS}
        before = {number: handler for number, handler in given.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    except Interrupted as answer:
        if not answer.repeated:
            print(text_of("stopped", cause=answer.cause), file=sys.stderr)
            print(text_of("fix-line", text=answer.remedy), file=sys.stderr)
        raise SystemExit(128 + received[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
