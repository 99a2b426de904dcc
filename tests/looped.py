"""In place of a Ray cluster: blocks are computed in this process, the last one first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from ghep.cluster import connect
from ghep.cluster.connect import Cluster


def loop(monkeypatch: pytest.MonkeyPatch, *users: ModuleType, prints: str = "") -> list[int]:
    """Let modules that import ``computed`` use a loop; return a list that gets the number of blocks of each request.

    ``prints`` is printed where a cluster is joined, as Ray does.
    """
    given: list[int] = []

    def computed(
        cluster: Any, blocks: Sequence[Any], make: Callable[[Any], Callable[[Any], Any]], shared: Any, **_: Any
    ) -> Iterator[tuple[int, Any]]:
        given.append(len(blocks))
        compute = make(shared)
        yield from ((index, compute(blocks[index])) for index in reversed(range(len(blocks))))

    @contextmanager
    def connected(address: str) -> Iterator[Cluster]:
        if prints:
            print(prints)
        yield Cluster(address, started=False)

    for user in users:
        monkeypatch.setattr(user, "computed", computed)
    monkeypatch.setattr(connect, "connected", connected)
    return given
