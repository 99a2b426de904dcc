"""SIGTERM and Ctrl-C while a model trains: the first one saves and leaves, the second one leaves now.

Only the command line installs handlers, for as long as its work lasts; ``ghep.fit`` in a user's process leaves them as
they are. Where no training is under way (reading, features) there is nothing to save: the first signal leaves at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ghep.errors import Interrupted
from ghep.training.stop import StopRequest

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping() -> Iterator[StopRequest]:
    """Yield a request that signals ask; after an answer to it leave with 130 or 143, as a killed process would."""
    stop, received = StopRequest(), [0]

    def handle(number: int, _: FrameType | None) -> None:
        received[0] = number
        if not stop.listening or stop.asked:
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
        stop.ask()
        # Not print: the handler may have interrupted one.
        os.write(2, b"\nstopping after this step, to save it (once more: now)\n")

    before = {}
    if threading.current_thread() is threading.main_thread():  # Python's rule
        before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    except Interrupted as answer:
        print(f"stopped: {answer.cause}\n  fix: {answer.remedy}", file=sys.stderr)
        raise SystemExit(128 + received[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
