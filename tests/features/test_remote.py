"""Rows that a cluster computes are those of this process; ``tests/cluster`` has a cluster that loses nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.cluster.connect import Cluster
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.views import PLAIN, Views
from ghep.errors import ConfigError
from ghep.features import frozen, remote
from ghep.features.decisions import Decisions
from ghep.features.engines.choose import engine_named
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import ActivationStore
from ghep.types import Example
from tiny import PREPROCESS, tiny_backbone, tiny_data

NODES: Any = Cluster("none", started=False)
N = 150


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A pool that computes blocks of two batches here, the last one first; the list of how many it was given."""
    counts: list[int] = []

    def computed(
        cluster: Any, blocks: Sequence[Any], make: Callable[[Any], Callable[[Any], Any]], shared: Any, **_: Any
    ) -> Iterator[tuple[int, Any]]:
        counts.append(len(blocks))
        compute = make(shared)
        yield from ((index, compute(blocks[index])) for index in reversed(range(len(blocks))))

    monkeypatch.setattr(remote, "computed", computed)
    monkeypatch.setattr(remote, "BATCHES", 2)
    return counts


def part_of(store: ActivationStore | None, cluster: Any = None, *, fixed: bool = True) -> FrozenPart:
    return FrozenPart(tiny_backbone(), store=store, engines=Engines("torch-float32", fixed=fixed), cluster=cluster)


def test_rows_are_equal_bit_for_bit_and_are_found_without_the_cluster(given: list[int], tmp_path: Path) -> None:
    data, views = tiny_data(N), Views("standard", 2).kept
    store = ActivationStore(tmp_path, limit_bytes=2**30)
    serial = part_of(None).activations(data, [1, 3], views=views)
    here = part_of(store, NODES)
    found = here.activations(data, [1, 3], views=views)
    assert given == [3, 3] and here.passes[0].computed == 2 * N
    for boundary, source in serial.items():
        for view in views:
            assert np.array_equal(source.matrix(view), found[boundary].matrix(view))
    again = part_of(store)
    again.activations(data, [1, 3], views=views)
    assert again.passes[0].computed == 0


@pytest.mark.parametrize("exact", [True, False])
def test_what_a_killed_call_has_received_is_not_computed_again(
    given: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exact: bool
) -> None:
    data, store = tiny_data(N), ActivationStore(tmp_path, limit_bytes=2**30)
    serial = part_of(None).activations(data, [3], exact=exact)[3].matrix()

    def dies(what: str, done: int, total: int) -> None:
        if done > 64 + 22:
            raise SystemExit

    dying = part_of(store, NODES)
    dying.progress = dies
    with pytest.raises(SystemExit):
        dying.activations(data, [3], exact=exact)
    resumed = part_of(store, NODES)
    found = resumed.activations(data, [3], exact=exact)[3].matrix()
    assert given == [3] and 0 < resumed.passes[0].computed < N  # one block is not worth sending
    assert np.array_equal(found, serial)


def test_examples_are_read_on_the_node(given: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (20, 20), "red").save("a.png")
    here = LabelledExamples(
        (Example("a", Path("a.png"), {"label": "x"}),), {}, lambda one: PREPROCESS.decode(one.raw), PREPROCESS
    )
    block = remote._block(here, [np.array([0])])
    assert block.examples == (Example("a", tmp_path / "a.png"),)
    expected = part_of(None).activations(here, [3])[3].matrix()
    monkeypatch.setattr(frozen, "worth_sending", lambda chunks: True)
    monkeypatch.setattr(remote, "computed", lambda cluster, blocks, make, shared, **_: [(0, make(shared)(block))])
    assert np.array_equal(part_of(None, NODES).activations(here, [3])[3].matrix(), expected)
    Path("a.png").unlink()
    backbone = tiny_backbone()
    engine = engine_named("torch-float32", backbone, (3,))
    compute = remote._computing(
        remote._Work(backbone, engine.name, engine.identity, {3: "float32"}, PLAIN, PREPROCESS, threads=1, workers=1)
    )
    with pytest.raises(ConfigError, match="cannot read a: ") as raised:
        compute(block)
    assert "network folder" in raised.value.remedy


class Late:
    """The decisions of other machines: one of them decides while this one measures."""

    def get(self, name: str) -> Any:
        return None

    def first(self, name: str, content: Any) -> Any:
        return {"engine": "torch-float32", "trials": []}


def test_an_engine_that_another_machine_chose_meanwhile_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = frozen.choose_engine

    def measured(*given: Any, decided: str = "", **more: Any) -> Any:
        choice = choose(*given, decided=decided or "torch-float32", **more)
        other = dataclasses.replace(choice.engine, name="torch-bfloat16", identity="torch-bfloat16/0")
        return choice if decided else dataclasses.replace(choice, engine=other)

    monkeypatch.setattr(frozen, "choose_engine", measured)
    part = FrozenPart(tiny_backbone(), store=ActivationStore(tmp_path, limit_bytes=2**30))
    part.decisions = Decisions(agreement=Late())
    assert part.activations(tiny_data(40), [3])[3].matrix().shape[0] == 40
    assert [one.engine.partition("/")[0] for one in part.passes] == ["torch-float32"]


def test_a_node_with_another_engine_is_refused(given: list[int]) -> None:
    backbone = tiny_backbone()
    engine = dataclasses.replace(engine_named("torch-float32", backbone, (3,)), identity="torch-float32/0.1")
    with pytest.raises(ConfigError, match=r"here it is torch-float32/0\.1"):
        rows = remote.remote_rows(
            NODES, backbone, engine, tiny_data(4), [np.arange(4)], {3: "float32"}, view=PLAIN, workers=1
        )
        list(rows)
