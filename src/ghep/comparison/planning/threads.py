"""How many runs are made at once, and how many threads each run has.

The number of threads changes the last bits of results (sums in another order). So each run has the same number of
threads, whether one run is made at a time or several: the number that this machine's cores allow for several runs at
once. On two cores, two runs with one thread each made 1.6 times as many training steps as one run with two threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ghep.cpus import cores

MOST_AT_ONCE = 4
"""Most runs at once by default: each holds a backbone, its gradients and its batches in memory."""
WORKER_BYTES = 9 * 2**29
"""Assumed memory of a worker process, 4.5 GiB: training all of MobileNetV2 at 224 px in batches of 32 took 4.4 GiB."""
START_SECONDS = 8.0
"""CPU seconds to start a worker process: imports, and loading the backbone."""


def threads_of_a_run() -> int:
    """Return the default number of threads of a run on this machine."""
    return max(1, cores() // MOST_AT_ONCE)


def workers_that_pay(*, threads: int, runs: int, seconds: float) -> int:
    """Return how many runs to make at once; 1 means one after the other, in this process.

    The result is at most ``runs``, ``MOST_AT_ONCE``, the number that fits into free memory, and the number of cores
    divided by ``threads``. It is 1 unless parallel runs save more time than starting the workers takes; ``seconds`` is
    the total time of all runs.
    """
    fit = min(cores() // max(1, threads), runs, MOST_AT_ONCE, free_bytes() // WORKER_BYTES)
    if fit < 2 or seconds * (1 - 1 / fit) < 2 * START_SECONDS:
        return 1
    return fit


def free_bytes() -> int:
    """Return the bytes of memory available without swapping: of the machine, or of the container if that has less."""
    found = 2**62
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
        counts = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        found = min(found, limit - used + int(counts.get("inactive_file", 0)))  # inactive files are cache
    return found


@contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Set the number of threads of PyTorch, BLAS and OpenMP to ``count`` in the block."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(count):
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
