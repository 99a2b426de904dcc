"""The time of a comparison: what is spent, and what the time limit leaves.

In: the ledger, with the time of earlier calls, and the limit. Out: seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ghep.comparison.execution.ledger import Ledger

RESERVE = 0.03
"""Fraction of a time limit that is reserved for the report."""


@dataclass
class Clock:
    """Counts the time of a comparison from when it is made."""

    ledger: Ledger
    limit: float | None = None
    """The time limit in seconds, earlier calls included; None: no limit."""
    since: float = field(default_factory=time.perf_counter)
    """When the time began that is not yet in the ledger, on the clock of ``time.perf_counter``."""

    def spent(self) -> float:
        """Return the seconds spent on the comparison, earlier calls included."""
        return self.ledger.seconds + time.perf_counter() - self.since

    def left(self) -> float:
        """Return the seconds that the time limit leaves for further runs."""
        assert self.limit is not None
        return (1 - RESERVE) * self.limit - self.spent()

    def save(self) -> None:
        """Save the ledger, with the time spent so far."""
        now = time.perf_counter()
        self.ledger.seconds, self.since = self.ledger.seconds + now - self.since, now
        self.ledger.save()
