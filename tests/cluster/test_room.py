"""Room for the actors that compute blocks; no cluster is needed to see that it has none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ghep.cluster.blocks import computed
from ghep.cluster.connect import Node
from ghep.errors import ConfigError


@pytest.mark.parametrize(
    ("cpus", "gpu", "needed"), [((), False, "4 CPUs"), ((0, 0), False, "4 CPUs"), ((8, 2), True, "2 CPUs and a GPU")]
)
def test_a_cluster_without_room_is_an_error_and_not_a_wait(cpus: tuple[int, ...], gpu: bool, needed: str) -> None:
    cluster: Any = SimpleNamespace(nodes=[Node(str(one), "host", one, 0, 2**30) for one in cpus])
    with pytest.raises(ConfigError, match=f"no node of the cluster has room for a process that needs {needed}"):
        list(computed(cluster, [1], lambda _: lambda block: block, None, threads=4, gpu=gpu))
