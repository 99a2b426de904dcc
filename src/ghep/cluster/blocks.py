"""Compute many blocks on the nodes of a cluster: a stream of Ray Data through a pool of actors.

In: a list of blocks, and a function that makes what computes a block. Out: the result of each block, as soon as it is
there. A block says what to read (paths, row numbers), not the content, so that nodes read in parallel and the memory of
this process does not grow with the data; Ray bounds the number of results that wait to be taken. A block whose actor or
node is lost is computed again on another node, so computing a block must have no side effects.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ghep.cluster.connect import Cluster, environment, quiet, ray_setting, require_alike, versions
from ghep.errors import ConfigError, GhepError

B = TypeVar("B")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class ClusterOptions:
    """Where the commands that read many inputs do their work."""

    ray: str | None = ray_setting("advise", "check", "evaluate", "predict")
    """Address of a Ray cluster; None: this process."""


def computed(
    cluster: Cluster,
    blocks: Sequence[B],
    make: Callable[[S], Callable[[B], R]],
    shared: S,
    *,
    threads: int = 1,
    gpu: bool = False,
) -> Iterator[tuple[int, R]]:
    """Yield (index, result) of every block, in the order in which they are finished.

    ``make(shared)`` is called once in each actor and returns the function that computes a block. An actor takes as many
    CPUs as it has ``threads``, or all of the smallest node if that has fewer, and with ``gpu`` one GPU. Raises
    ConfigError if no node has room for an actor; what the function raises, if it is an error of ghep's or a
    FloatingPointError, and otherwise Ray's error.
    """
    if not blocks:
        return
    nodes = cluster.nodes
    cpus = min([threads, *(node.cpus for node in nodes if node.cpus)])
    places = sum(min(node.cpus // cpus, node.gpus if gpu else node.cpus) for node in nodes)
    if not places:
        raise ConfigError("cluster-too-small", threads=cpus, gpu="yes" if gpu else "no")
    import ray
    import ray.data

    most = min(places, len(blocks))
    with quiet("ray.data"):
        pool = ray.data.ActorPoolStrategy(min_size=1, max_size=most, initial_size=most)
        items = [{"index": index, "block": _Whole(block)} for index, block in enumerate(blocks)]
        data = ray.data.from_items(items, override_num_blocks=len(items))
        data.context.enable_progress_bars = False
        data.context.execution_options.preserve_order = False
        results = data.map_batches(
            _Actor,
            fn_constructor_args=(make, ray.put(shared), versions()),
            batch_size=None,
            compute=pool,
            num_cpus=cpus,
            num_gpus=int(gpu),
            runtime_env=environment(),
        )
        for row in results.iter_rows():
            found = row["result"].content
            if isinstance(found, _Raised):
                raise found.error
            yield int(row["index"]), found


@dataclass(frozen=True)
class _Whole:
    """Keeps Ray Data from turning a value into columns."""

    content: Any


@dataclass(frozen=True)
class _Raised:
    """An error that the function raised; Ray would wrap it into one of its own."""

    error: Exception


class _Actor:
    """Computes blocks in a process on a node."""

    def __init__(self, make: Callable[[Any], Callable[[Any], Any]], shared: Any, expected: Mapping[str, str]) -> None:
        self._make, self._shared, self._expected = make, shared, expected
        self._compute: Callable[[Any], Any] | None = None

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[Any]]:
        return {"index": list(rows["index"]), "result": [_Whole(self._result(one.content)) for one in rows["block"]]}

    def _result(self, block: Any) -> Any:
        import ray

        try:
            if self._compute is None:
                require_alike({platform.node(): versions()}, self._expected)  # the node may have joined later
                self._compute = self._make(ray.get(self._shared))
            return self._compute(block)
        except (GhepError, FloatingPointError) as error:
            return _Raised(error)
