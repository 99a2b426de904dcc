"""A Ray cluster of small nodes on this machine, for tests that ask, stop and kill nodes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}
SYSTEM = {
    "worker_niceness": 0,  # by default workers give way to all other processes
    # A killed node refuses the next checks and is lost after 1.5 s instead of 15; a slow one still has 10 s to answer.
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 3,
}


@contextmanager
def ray_nodes(count: int) -> Iterator[Any]:
    """Start ``count`` nodes with one CPU each and yield Ray's ``Cluster``; more are added by ``add_node(**NODE)``."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    before = signal.getsignal(signal.SIGTERM)
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "_system_config": SYSTEM})
    try:
        for _ in range(count - 1):
            cluster.add_node(**NODE)
        yield cluster
    finally:
        cluster.shutdown()
        signal.signal(signal.SIGTERM, before)
