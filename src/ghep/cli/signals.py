"""SIGTERM, SIGHUP and Ctrl-C while a model trains: the first one saves and leaves, the second one leaves now.

Only the command line installs handlers, for as long as its work lasts; ``ghep.fit`` in a user's process leaves them as
they are. A signal that the caller has set to be ignored (nohup, a background job of a script) stays ignored. Where no
training is under way (reading, features) there is nothing to save: the first signal leaves at once.
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
from ghep.training.stop import StopRequest

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def stopping() -> Iterator[StopRequest]:
    """Yield a request that signals ask; answered, leave with 128 + the signal, as a killed process would."""
    stop, received = StopRequest(), [0]

    def handle(number: int, _: FrameType | None) -> None:
        received[0] = number
        if not stop.listening or stop.asked:
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
        stop.ask()
        with suppress(OSError):  # the terminal may be what has gone
            # Not print: the handler may have interrupted one.
            os.write(2, b"\nstopping after this step, to save it (once more: now)\n")

    before = {}
    if threading.current_thread() is threading.main_thread():  # Python's rule
        given = {number: signal.getsignal(number) for number in SIGNALS}
        before = {number: handler for number, handler in given.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, handle)
    try:
        yield stop
    except Interrupted as answer:
        print(f"stopped: {answer.cause}\n  fix: {answer.remedy}", file=sys.stderr)
        raise SystemExit(128 + received[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
