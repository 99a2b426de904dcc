"""How many CPU cores this process may use: fewer than the machine has in a container or under ``taskset``."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return the number of cores that this process may use, at least 1: its affinity, and the quota of its container.

    A quota of one and a half cores counts as one: a second thread would be stopped half of the time.
    """
    found = os.cpu_count() or 1
    with suppress(AttributeError, OSError):
        found = len(os.sched_getaffinity(0))
    quota = _quota()
    return found if quota is None else max(1, min(found, int(quota)))


def _quota() -> float | None:
    """Return the cores that the container's cgroup (version 2, else 1) grants; None if it sets no limit."""
    with suppress(OSError, ValueError):
        limit, period = (CGROUP / "cpu.max").read_text(encoding="ascii").split()
        return None if limit == "max" else int(limit) / int(period)
    with suppress(OSError, ValueError):
        limit = (CGROUP / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (CGROUP / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii")
        return None if int(limit) <= 0 else int(limit) / int(period)
    return None
