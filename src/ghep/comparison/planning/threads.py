"""How many runs at once, and with how many threads each.

Threads of a run change the last bits of its numbers (sums are added up in another order), so they are the same whoever
carries it out: as many as this machine's cores allow when several runs share it, however many really do. Two runs with
one thread each got through 1.6 times as many training steps as one with two threads on two cores.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST_AT_ONCE = 4
"""Runs that share a machine unless more are asked for: each holds a backbone, its gradients and batches in memory."""
WORKER_BYTES = 9 * 2**29
"""What a worker is taken to need, 4.5 GiB: training a whole MobileNetV2 at 224 px in batches of 32 took 4.4."""
START_SECONDS = 8.0
"""Processor time to start a worker: imports, and the backbone."""


def cores() -> int:
    """Return the processor cores that this process may use."""
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_of_a_run() -> int:
    """Return the threads that each run has on this machine unless they are given."""
    return max(1, cores() // MOST_AT_ONCE)


def workers_that_pay(*, threads: int, runs: int, seconds: float) -> int:
    """Return how many runs to make at once: 1 means in this process.

    As many as have ``threads`` cores each and fit into the memory that is free, no more than there are ``runs``. What
    that saves of the ``seconds`` that all of them take must be worth the start of the workers.
    """
    fit = min(cores() // max(1, threads), runs, MOST_AT_ONCE, free_bytes() // WORKER_BYTES)
    if fit < 2 or seconds * (1 - 1 / fit) < 2 * START_SECONDS:
        return 1
    return fit


def free_bytes() -> int:
    """Return the memory that can be had without swapping: of the machine, or of the container if that is less."""
    found = 2**62
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        counts = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        found = min(found, limit - used + int(counts.get("inactive_file", 0)))  # that much is only cache
    return found


@contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Have ``count`` threads in all arithmetic (PyTorch, BLAS, OpenMP) for the block."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(count):
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
