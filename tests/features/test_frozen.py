"""The frozen part: computed once, for several boundaries and views, and the same as running it."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ghep.features.frozen as frozen
from ghep.backbone.base import Backbone
from ghep.backbone.image import ImageBackbone
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.data.loading.views import PLAIN, Views
from ghep.errors import BackboneError
from ghep.features.decisions import Decisions
from ghep.features.engines.choose import PLAIN as PLAIN_ENGINE
from ghep.features.engines.choose import Candidate, Choice, choose_engine
from ghep.features.engines.engine import Engine, UnavailableError, torch_float32
from ghep.features.frozen import COMPILED_SHARE, Engines, FrozenPart, frozen_part
from ghep.features.options import FeatureOptions
from ghep.features.store import ActivationStore, StoreFullError, default_folder
from tiny import BLOCKS, same, tensors_of, tiny_backbone, tiny_data

VIEWS = Views("standard", 2).kept
FLOAT32 = Engines("torch-float32", half=False)


@pytest.fixture
def store(tmp_path: Path) -> ActivationStore:
    return ActivationStore(tmp_path / "store", limit_bytes=2**30)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images went through a backbone, call by call."""
    counts: list[int] = []
    forward_at = ImageBackbone.forward_at

    def counted(self: Backbone, inputs: torch.Tensor, boundaries: object) -> object:
        counts.append(len(inputs))
        return forward_at(self, inputs, boundaries)

    monkeypatch.setattr(ImageBackbone, "forward_at", counted)
    return counts


def part_of(store: ActivationStore | None, backbone: Backbone | None = None, engines: Engines = FLOAT32) -> FrozenPart:
    return FrozenPart(backbone or tiny_backbone(), store=store, engines=engines)


@pytest.mark.parametrize("kind", ["store", "memory"])
@pytest.mark.parametrize("boundary", range(1, BLOCKS + 1))
def test_stored_is_what_the_blocks_put_out(store: ActivationStore, boundary: int, kind: str) -> None:
    data, backbone = tiny_data(7), tiny_backbone()
    found = part_of(store if kind == "store" else None, backbone).activations(data, [boundary])[boundary]
    (batch,) = batches_in_order(found, batch_size=7)
    with torch.no_grad():
        images = data.inputs(np.arange(7), [PLAIN] * 7)
        expected = backbone.eval().forward_to(images, boundary)
    torch.testing.assert_close(batch.inputs, expected, rtol=1e-5, atol=1e-6)
    assert batch.inputs.dtype == torch.float32 and batch.boundary == boundary
    assert batch.targets["label"].tolist() == data.targets["label"].tolist()
    torch.testing.assert_close(backbone.forward_from(batch.inputs, boundary), backbone(images), rtol=1e-5, atol=1e-6)


def test_each_view_has_its_own_rows(store: ActivationStore) -> None:
    data, backbone = tiny_data(4), tiny_backbone()
    found = part_of(store, backbone).activations(data, [1], views=VIEWS)[1]
    places = np.arange(4)
    for view in VIEWS:
        with torch.no_grad():
            expected = backbone.eval().forward_to(data.inputs(places, [view] * 4), 1)
        torch.testing.assert_close(found.inputs(places, [view] * 4), expected, rtol=1e-5, atol=1e-6)
    mixed = found.inputs(places, [VIEWS[place % 2] for place in places])
    assert torch.equal(mixed[1], found.inputs(places, [VIEWS[1]] * 4)[1])


def test_half_precision_is_near_and_half_the_size(store: ActivationStore) -> None:
    data, backbone = tiny_data(6), tiny_backbone()
    exact = part_of(store, backbone).activations(data, [1])[1]
    full = store.bytes_used()
    half = part_of(store, backbone, Engines("torch-float32")).activations(data, [1], what="half")[1]
    assert torch.equal(half.inputs(np.arange(6), [PLAIN] * 6), exact.inputs(np.arange(6), [PLAIN] * 6)), "found, exact"
    store.clear()
    half = part_of(store, backbone, Engines("torch-float32")).activations(data, [1])[1]
    assert store.bytes_used() < 0.75 * full
    torch.testing.assert_close(
        half.inputs(np.arange(6), [PLAIN] * 6), exact.inputs(np.arange(6), [PLAIN] * 6), rtol=2e-3, atol=1e-3
    )


def test_a_second_run_does_no_pass_at_all(store: ActivationStore, ran: list[int]) -> None:
    data = tiny_data(9)
    first = part_of(store)
    first.activations(data, [1, 2], views=VIEWS)
    assert first.passes[0].computed == 18 and sum(ran) >= 18
    ran.clear()
    again = part_of(store)
    again.activations(data, [2], views=VIEWS)
    again.activations(data, [1], views=VIEWS[:1])
    assert ran == [] and [one.computed for one in again.passes] == [0, 0]
    assert [one.reused for one in again.passes] == [18, 9]


def test_two_at_once_make_one_pass(store: ActivationStore) -> None:
    data, parts = tiny_data(8), [part_of(store), part_of(store)]
    store.folder.mkdir()
    with ThreadPoolExecutor() as pool:  # a lock on a file keeps threads apart as it does processes
        found = list(pool.map(lambda part: part.activations(data, [1])[1], parts))
    assert sorted(part.passes[0].computed for part in parts) == [0, 8]
    assert np.array_equal(found[0].inputs(np.arange(8), [PLAIN] * 8), found[1].inputs(np.arange(8), [PLAIN] * 8))


def test_one_pass_serves_several_boundaries(store: ActivationStore, ran: list[int]) -> None:
    data = tiny_data(8)
    part = part_of(store)
    part.engine_for(data, (1, 2), exact=False, images=8)
    ran.clear()
    part.activations(data, [1, 2])
    assert sum(ran) == 8


def test_only_what_is_new_is_computed(store: ActivationStore, ran: list[int]) -> None:
    part_of(store).activations(tiny_data(6), [1])
    more = tiny_data(9)
    digests = {example.id: f"{place:064x}" for place, example in enumerate(more.examples)}
    known = dataclasses.replace(more, digests=digests)
    part_of(store).activations(dataclasses.replace(known, examples=known.examples[:6]), [1])
    part = part_of(store)
    part.activations(known, [1])
    assert (part.passes[0].computed, part.passes[0].reused) == (3, 6)


def test_equal_files_are_computed_once(store: ActivationStore) -> None:
    data = tiny_data(4)
    twins = dataclasses.replace(data, digests={example.id: "ab" * 32 for example in data.examples})
    part = part_of(store)
    found = part.activations(twins, [1])[1]
    assert part.passes[0].computed == 1
    rows = found.inputs(np.arange(4), [PLAIN] * 4)
    assert all(torch.equal(rows[0], row) for row in rows)


def changed_weights(backbone: Backbone, block: int) -> Backbone:
    with torch.no_grad():
        next(iter(backbone.block_parameters(block).values())).view(-1)[0] += 1e-3
    return backbone


@pytest.mark.parametrize(
    ("what", "hit"),
    [("nothing", True), ("first block", False), ("last block", True), ("statistics", False), ("preprocess", False)],
)
def test_what_is_a_hit(store: ActivationStore, what: str, hit: bool) -> None:
    data, backbone = tiny_data(5), tiny_backbone()
    part_of(store, tiny_backbone()).activations(data, [1])
    if what == "first block":
        backbone = changed_weights(backbone, 0)
    elif what == "last block":
        backbone = changed_weights(backbone, BLOCKS - 1)
    elif what == "statistics":
        next(tensor for name, tensor in backbone.block_tensors(0).items() if "running_mean" in name).add_(1)
    elif what == "preprocess":
        data = dataclasses.replace(data, preprocess=dataclasses.replace(data.preprocess, mean=(0.4, 0.5, 0.5)))
    part = part_of(store, backbone)
    assert part.holds(data, [1], views=(PLAIN,), exact=False) is hit
    part.activations(data, [1])
    assert (part.passes[0].computed == 0) is hit


def test_scored_splits_are_never_served_from_half_precision(store: ActivationStore) -> None:
    data = tiny_data(6)
    part_of(store, engines=Engines("torch-bfloat16")).activations(data, [1])
    part = part_of(store, engines=Engines("torch-bfloat16"))
    assert not part.holds(data, [1], views=(PLAIN,), exact=True)
    part.activations(data, [1], exact=True, what="valid")
    assert part.passes[0].engine.startswith("torch-float32") and part.passes[0].computed == 6
    assert part_of(store).holds(data, [1], views=(PLAIN,), exact=False), "exact rows serve training too"


def test_a_store_that_is_too_small_says_so_before_any_pass(tmp_path: Path, ran: list[int]) -> None:
    part = part_of(ActivationStore(tmp_path / "small", limit_bytes=1000))
    with pytest.raises(StoreFullError, match="KiB of activations do not fit"):
        part.activations(tiny_data(6), [1])
    assert part.in_memory().activations(tiny_data(6), [BLOCKS])[BLOCKS].matrix().shape == (6, part.backbone.feature_dim)


def test_a_damaged_row_is_computed_again_and_said(store: ActivationStore) -> None:
    data = tiny_data(6)
    expected = part_of(store).activations(data, [1])[1].inputs(np.arange(6), [PLAIN] * 6)
    (file,) = store.folder.rglob("rows.bin")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    part = part_of(store)
    found = part.activations(data, [1])[1].inputs(np.arange(6), [PLAIN] * 6)
    assert torch.equal(found, expected) and part.passes[0].computed == 6
    assert [finding.code for finding in part.findings] == ["store-damaged"]


def test_a_backbone_that_puts_out_nan_is_refused(store: ActivationStore) -> None:
    backbone = tiny_backbone()
    with torch.no_grad():
        next(iter(backbone.block_parameters(0).values())).fill_(float("nan"))
    with pytest.raises(BackboneError, match="NaN"):
        part_of(store, backbone).activations(tiny_data(4), [1])


def test_costs_are_counted_and_no_clock_is_asked(
    store: ActivationStore, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: pytest.fail("the clock was asked"))
    costs = part_of(store).costs(tiny_data(8))
    assert costs.shares[0] == 0 and costs.shares[-1] == pytest.approx(1)
    assert list(costs.shares) == sorted(costs.shares)
    assert costs.pass_seconds == costs.live_seconds > 0 and len(costs.row_bytes) == BLOCKS + 1
    assert part_of(None).costs(tiny_data(8)) == costs and ran == []
    compiled = part_of(store, engines=Engines()).costs(tiny_data(8))
    assert compiled.pass_seconds == pytest.approx(COMPILED_SHARE * costs.live_seconds)


def test_scoring_starts_from_activations_only_if_that_is_faster_than_the_exact_engine_for_all_blocks() -> None:
    """With LoRA, minilm was scored from its embeddings in plain PyTorch: 14 s for 2,132 texts instead of 5."""
    part, data, many = part_of(None, engines=Engines()), tiny_data(8), 10**9
    costs = part.costs(data)
    early = [boundary for boundary in range(1, BLOCKS) if costs.shares[boundary] < 1 - COMPILED_SHARE]
    assert early and not any(part.shortens_scoring(data, boundary, images=many) for boundary in early)
    assert part.shortens_scoring(data, BLOCKS, images=many)
    assert part.shortens_scoring(data, early[0], images=3), "plain PyTorch runs so few"
    assert part_of(None).shortens_scoring(data, early[0], images=many), "the engine is plain PyTorch"


@pytest.mark.slow
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("there", ["nothing", "a part", "another boundary", "rows for training", "half of it"])
def test_fixed_and_exact_rows_are_the_same_bits_whatever_is_in_the_store(
    store: ActivationStore, there: str, exact: bool
) -> None:
    """A row that was computed in a batch of another size can differ in its last bits."""
    data, fixed = tiny_data(37), Engines("torch-float32", fixed=not exact)
    expected = part_of(None, engines=fixed).activations(data, [1, BLOCKS], exact=exact)
    if there == "a part":
        part_of(store, engines=fixed).activations(tiny_data(36), [1, BLOCKS], exact=exact)
    elif there == "another boundary":
        part_of(store, engines=fixed).activations(data, [BLOCKS], exact=exact)
    elif there == "rows for training":
        part_of(store, engines=Engines("torch-float32", half=False)).activations(tiny_data(36), [1, BLOCKS])
    elif there == "half of it":
        part_of(store, engines=fixed).activations(data, [1, BLOCKS], exact=exact)
        shutil.rmtree(next(path for path in store.folder.glob("*/seg-*")))
    part = part_of(store, engines=fixed)
    found = part.activations(data, [1, BLOCKS], exact=exact)
    for boundary in (1, BLOCKS):
        for digest, row in expected[boundary].rows.items():
            assert np.array_equal(row, found[boundary].rows[digest])
    assert part.passes[0].computed == 37
    again = part_of(store, engines=fixed)
    again.activations(data, [1, BLOCKS], exact=exact)
    assert again.passes[0].computed == 0, "the same pass is found"


def test_a_decided_engine_makes_the_rows_and_only_its_rows_are_used(store: ActivationStore, tmp_path: Path) -> None:
    data, decided = tiny_data(6), Decisions(tmp_path / "decisions.json")
    part = part_of(store, engines=Engines())
    part.decisions = decided
    part.note("torch-bfloat16", exact=False)
    assert part.activations(data, [1])[1] and part.passes[0].engine.startswith("torch-bfloat16")
    assert part.passes[0].computed == 6
    other = part_of(store, engines=Engines())
    other.decisions = Decisions()
    other.note("torch-float32", exact=False)
    other.activations(data, [1])
    assert other.passes[0].engine.startswith("torch-float32") and other.passes[0].computed == 6
    resumed = part_of(store, engines=Engines())
    resumed.decisions = Decisions(tmp_path / "decisions.json")
    resumed.activations(data, [1])
    assert resumed.passes[0].engine.startswith("torch-bfloat16") and resumed.passes[0].computed == 0


def test_another_engine_than_the_decided_one_is_named(store: ActivationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    part = part_of(store, engines=Engines())
    part.note("openvino-float32", exact=True)
    monkeypatch.setattr("ghep.features.engines.openvino.is_installed", lambda: False)
    part.activations(tiny_data(6), [BLOCKS], exact=True)
    assert part.passes[0].engine.startswith("torch-float32")
    (said,) = [finding for finding in part.findings if finding.code == "engine-changed"]
    assert "openvino-float32" in said.message and "torch-float32 computes the remaining features" in said.message


def test_an_engine_that_disagrees_at_several_boundaries_is_named_once(
    store: ActivationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghep.features.engines.choose.TOLERANCE", 0.0)
    part = part_of(store, engines=Engines("torch-bfloat16"))
    part.activations(tiny_data(6), [1])
    part.activations(tiny_data(6), [2])
    assert [finding.code for finding in part.findings] == ["engine-disagrees"]


def test_choosing_an_engine_is_counted_apart_from_the_pass(store: ActivationStore) -> None:
    part = part_of(store)
    began = time.perf_counter()
    part.activations(tiny_data(6), [1])
    assert part.choosing_seconds > 0 and part.passes[0].seconds > 0
    assert part.choosing_seconds + part.passes[0].seconds <= time.perf_counter() - began
    again = part_of(store)
    again.activations(tiny_data(6), [1])
    assert again.choosing_seconds == 0


def test_engines_are_let_go_of_by_purpose(store: ActivationStore) -> None:
    data, part = tiny_data(6), part_of(store)

    def engine(*, exact: bool) -> object:
        return part.engine_for(data, (BLOCKS,), exact=exact, images=6)

    exact, training = engine(exact=True), engine(exact=False)
    part.release(exact=False)
    assert engine(exact=True) is exact and engine(exact=False) is not training
    part.release(exact=True)
    assert engine(exact=True) is not exact
    assert part.activations(data, [BLOCKS])[BLOCKS].matrix().shape[0] == 6


def test_where_the_store_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GHEP_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "ghep" / "activations"
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "here"))
    assert default_folder() == tmp_path / "here"


def test_modes_gradients_and_statistics_are_untouched(store: ActivationStore) -> None:
    backbone = tiny_backbone().train()
    backbone.net.layer1.eval()
    before, modes = tensors_of(backbone), [module.training for module in backbone.modules()]
    part = part_of(store, backbone)
    part.activations(tiny_data(6), [1, BLOCKS])
    part.costs(tiny_data(6))
    assert same(before, tensors_of(backbone)) and part.unmoved() == BLOCKS
    assert modes == [module.training for module in backbone.modules()]
    assert all(parameter.requires_grad and parameter.grad is None for parameter in backbone.parameters())
    assert torch.is_grad_enabled()


def test_what_is_stored_can_train_what_follows(store: ActivationStore) -> None:
    """Tensors made under inference_mode cannot."""
    backbone = tiny_backbone()
    found = part_of(store, backbone).activations(tiny_data(6), [1])[1]
    backbone.forward_from(found.inputs(np.arange(6), [PLAIN] * 6), 1).sum().backward()
    assert all(parameter.grad is not None for parameter in backbone.block_parameters(BLOCKS - 1).values())


def test_the_same_bits_for_any_number_of_workers() -> None:
    parts = [FrozenPart(tiny_backbone(), engines=FLOAT32, workers=workers) for workers in (1, 3)]
    one, other = (part.activations(tiny_data(40), [1, BLOCKS]) for part in parts)
    assert np.array_equal(one[BLOCKS].matrix(), other[BLOCKS].matrix())


def test_which_blocks_moved() -> None:
    for block in range(BLOCKS):
        part = FrozenPart(tiny_backbone())
        changed_weights(part.backbone, block)
        assert part.unmoved() == block


def test_examples_keep_their_names(store: ActivationStore) -> None:
    data: LabelledExamples = tiny_data(3)
    assert part_of(store).activations(data, [1])[1].name(2) == data.name(2)


def test_an_engine_is_measured_once_for_passes_alike(store: ActivationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    broken: list[str] = []

    def make(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
        if broken:
            raise UnavailableError(broken[0], remedy="")
        return dataclasses.replace(torch_float32(backbone, boundaries), name="fast", identity="fast/1")

    def choose(*arguments: Any, decided: str = "", **options: Any) -> Choice:
        asked.append(decided)
        clock = itertools.chain([0.0, 10.0], itertools.count(11.0))  # plain float32 takes ten times as long
        return choose_engine(*arguments, decided=decided, clock=lambda: next(clock), **options)

    def chosen(boundary: int = 1, *, images: int = 10**6) -> str:
        part = part_of(store, engines=Engines())
        return part.engine_for(tiny_data(20), (boundary,), exact=False, images=images).engine.name

    monkeypatch.setattr(frozen, "CANDIDATES", (Candidate("fast", make, True, ("cpu",), 0.0, 1e9),))
    monkeypatch.setattr(frozen, "choose_engine", choose)
    assert [chosen(), chosen()] == ["fast", "fast"] and asked == ["", "fast"]
    chosen(images=10**5)
    chosen(2)
    assert asked[2:] == ["", ""], "other passes are measured"
    broken.append("it is not installed any more")
    assert [chosen(), chosen()] == [PLAIN_ENGINE, PLAIN_ENGINE]
    assert asked[4:] == ["fast", "", PLAIN_ENGINE], "what cannot be used is measured again, once"


def test_features_are_kept_in_memory_when_the_store_is_full(tmp_path: Path) -> None:
    data, backbone = tiny_data(), tiny_backbone()
    plain = FrozenPart(backbone).features(data)
    assert plain.shape == (len(data), backbone.feature_dim) and plain.dtype == np.float32
    part = frozen_part(backbone, FeatureOptions(cache_dir=tmp_path, cache_size=10), expected=len(data))
    with pytest.raises(StoreFullError):
        part.activations(data, [len(backbone.blocks())], exact=True)
    assert np.array_equal(part.features(data), plain)


def test_options_say_where_activations_are_stored_and_what_computes_them(tmp_path: Path) -> None:
    options = FeatureOptions(cache_dir=tmp_path / "store", engine="torch-float32", workers=1, deterministic=True)
    part = frozen_part(tiny_backbone(), options, expected=7)
    assert part.store is not None and (tmp_path / "store").is_dir() and part.findings == []
    assert (part.engines, part.workers, part.expected) == (Engines("torch-float32", fixed=True), 1, 7)
    assert frozen_part(tiny_backbone(), FeatureOptions(cache=False), expected=7).store is None
    (tmp_path / "file").write_text("")
    nowhere = frozen_part(tiny_backbone(), FeatureOptions(cache_dir=tmp_path / "file"), expected=7)
    assert nowhere.store is None and [one.code for one in nowhere.findings] == ["store-not-writable"]
