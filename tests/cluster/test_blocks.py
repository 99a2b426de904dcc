"""Blocks on a cluster of several small nodes: equal results, also if a node or the calling process is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ghep.cli.app import run
from ghep.cluster.blocks import computed
from ghep.cluster.connect import connected
from ghep.data import modalities
from ghep.data.loading.batches import LabelledExamples
from ghep.errors import DataError
from ghep.export import shards
from ghep.features import remote
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import ActivationStore
from ghep.types import Example
from ray_nodes import NODE, ray_nodes
from tiny import PREPROCESS, tiny_backbone

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # of Ray Data, by itself
N = 400


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """A cluster of two small nodes on this machine."""
    with ray_nodes(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``N`` small images, of which one is damaged."""
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(N):
        Image.fromarray(rng.integers(0, 255, (24, 24, 3)).astype(np.uint8)).save(folder / f"{number:03d}.png")
    damaged = folder / "123.png"
    damaged.write_bytes(damaged.read_bytes()[:300])
    return folder


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    assert run(["fit", str(photos), "--backbone", small_backbone, "--out", str(out), "--no-control"]) == 0
    return out / "bundle"


def test_results_come_with_their_number_and_errors_as_they_were_raised(nodes: Any) -> None:
    def doubling(wrong: int) -> Callable[[int], int]:  # in here, so that it is sent as code and not by its name
        def double(block: int) -> int:
            if block == wrong:
                raise DataError("data-missing", path=Path("nowhere"))
            return 2 * block

        return double

    with connected(nodes.address) as cluster:
        assert dict(computed(cluster, range(20), doubling, -1)) == {block: 2 * block for block in range(20)}
        assert list(computed(cluster, [], doubling, -1)) == []
        with pytest.raises(DataError, match="nowhere"):
            list(computed(cluster, range(20), doubling, 11))


def test_the_table_of_a_folder_and_of_a_parquet_file_is_that_of_one_process(
    nodes: Any, bundle: Path, images: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = [{"bytes": path.read_bytes(), "path": path.name} for path in sorted(images.iterdir())]
    pq.write_table(pa.table({"image": content}), tmp_path / "data.parquet", row_group_size=70)
    for inputs in (images, tmp_path / "data.parquet"):
        for name, more in (("plain", []), ("ray", ["--ray", nodes.address])):
            asked = ["predict", str(bundle), str(inputs), "--out", str(tmp_path / f"{name}.csv"), *more]
            assert run(asked) == 1  # for the damaged image
        assert (tmp_path / "ray.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()
    assert b"truncated" in (tmp_path / "ray.csv").read_bytes()
    assert "execution" not in capfd.readouterr().err  # nothing of what Ray Data logs


def examples(images: Path) -> LabelledExamples:
    given = tuple(Example(path.name, path) for path in sorted(images.iterdir()) if path.name != "123.png")
    return LabelledExamples(given, {}, lambda one: PREPROCESS.decode(one.raw), PREPROCESS)


def test_a_killed_node_costs_time_only(
    nodes: Any, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, engines = examples(images), Engines("torch-float32", fixed=True)
    serial = FrozenPart(tiny_backbone(), engines=engines).activations(data, [1, 3], exact=True)
    third = nodes.add_node(**NODE)
    monkeypatch.setattr(remote, "BATCHES", 1)
    store = ActivationStore(tmp_path, limit_bytes=2**30)
    seen: list[int] = []

    def kill_at_the_third_block(what: str, done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            nodes.remove_node(third, allow_graceful=False)

    with connected(nodes.address) as cluster:
        part = FrozenPart(
            tiny_backbone(), store=store, engines=engines, cluster=cluster, progress=kill_at_the_third_block
        )
        found = part.activations(data, [1, 3], exact=True)
    assert all(np.array_equal(serial[k].matrix(), found[k].matrix()) for k in (1, 3))
    assert seen[-1] == len(data) == part.passes[0].computed  # each block was taken once


def in_small_blocks(patch: pytest.MonkeyPatch) -> None:
    """Let ``predict`` take blocks of 16 images."""
    row = modalities.modality_named("image")
    patch.setitem(modalities._ROWS, "image", replace(row, given=replace(row.given, chunk=16)))
    patch.setattr(shards, "CHUNKS", 1)


SMALL_BLOCKS = """
import sys, pytest
from cluster.test_blocks import in_small_blocks
from ghep.cli.app import run
in_small_blocks(pytest.MonkeyPatch())
sys.exit(run(sys.argv[1:]))
"""


def test_a_killed_call_continues_and_computes_only_what_is_missing(
    nodes: Any, bundle: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["predict", str(bundle), str(images), "--out", str(tmp_path / "table.csv")]
    on_nodes = [*asked, "--ray", nodes.address]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen([sys.executable, "-c", SMALL_BLOCKS, *on_nodes], stderr=subprocess.PIPE, env=environment)
    folder, limit = tmp_path / "table.csv.parts", time.monotonic() + 300
    while len(list(folder.glob("*.jsonl"))) < 3:
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.02)
    process.kill()
    process.communicate()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*.jsonl")}
    assert 3 <= len(kept) < N / 16
    in_small_blocks(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(shards.Shards, "remove", lambda self: None)
        assert run(on_nodes) == 1  # for the damaged image
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())  # not computed again
    assert len(list(folder.glob("*.jsonl"))) == N / 16
    found = (tmp_path / "table.csv").read_bytes()
    assert run(asked) == 1
    assert (tmp_path / "table.csv").read_bytes() == found
