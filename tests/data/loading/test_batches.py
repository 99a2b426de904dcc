"""Batches: every example once, the same for any number of workers, and no thread left running."""

from __future__ import annotations

import dataclasses
import itertools
import threading

import numpy as np
import pytest
import torch

from ghep.data.loading.batches import (
    POSITIONS,
    Batch,
    LabelledExamples,
    batches_in_order,
    training_batches,
    typical_batch,
)
from ghep.data.loading.views import Views
from tiny import tiny_data

PLAIN, STANDARD = Views(), Views("standard")


def indices(batches: list[Batch]) -> list[int]:
    return [int(index) for batch in batches for index in batch.indices]


def equal(one: list[Batch], other: list[Batch]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a.indices, b.indices)
        and torch.equal(a.inputs, b.inputs)
        and a.targets.keys() == b.targets.keys()
        and all(torch.equal(a.targets[task], b.targets[task]) for task in a.targets)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 17])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_evaluation_drops_nothing_and_keeps_the_order(n: int, batch_size: int) -> None:
    data = tiny_data(n)
    batches = list(batches_in_order(data, batch_size=batch_size))
    assert indices(batches) == list(range(n))
    assert torch.cat([batch.targets["label"] for batch in batches]).tolist() == data.targets["label"].tolist()
    plain = data.preprocess.collate([data.preprocess.view(example.raw) for example in data.examples])
    assert torch.equal(torch.cat([batch.inputs for batch in batches]), plain)


@pytest.mark.parametrize("n", [2, 7, 8, 16, 18])
def test_an_epoch_is_every_example_once_in_random_order(n: int) -> None:
    batches = list(training_batches(tiny_data(n), batch_size=8, views=PLAIN, seed=0, epoch=0))
    assert sorted(indices(batches)) == list(range(n))
    assert n < 7 or indices(batches) != list(range(n))


def test_a_last_batch_of_one_is_dropped_with_another_example_each_time() -> None:
    left_out = set()
    for epoch in range(10):
        batches = list(training_batches(tiny_data(9), batch_size=8, views=PLAIN, seed=0, epoch=epoch))
        assert [len(batch.indices) for batch in batches] == [8]
        left_out |= set(range(9)) - set(indices(batches))
    assert len(left_out) > 3


def test_batches_do_not_depend_on_the_number_of_workers() -> None:
    data = tiny_data(20)
    runs = [
        list(training_batches(data, batch_size=4, views=STANDARD, seed=1, epoch=2, workers=workers))
        for workers in (0, 1, 2, 7)
    ]
    assert all(equal(runs[0], run) for run in runs[1:])


@pytest.mark.parametrize("change", [{"seed": 2}, {"epoch": 3}, {"views": PLAIN}, {}])
def test_seed_and_epoch_decide_order_and_views(change: dict[str, int]) -> None:
    arguments = {"batch_size": 4, "views": STANDARD, "seed": 1, "epoch": 2}
    first, other = (list(training_batches(tiny_data(12), **a)) for a in (arguments, {**arguments, **change}))
    assert equal(first, other) is (change == {})


def test_a_view_depends_on_the_example_and_not_on_its_batch() -> None:
    """Needed to continue an epoch in the middle, and to key a cache by (example, epoch)."""
    data = tiny_data(12)
    views: list[dict[int, torch.Tensor]] = []
    for size in (4, 6):
        batches = training_batches(data, batch_size=size, views=STANDARD, seed=0, epoch=0)
        views.append({int(i): x for batch in batches for i, x in zip(batch.indices, batch.inputs, strict=True)})
    assert all(torch.equal(views[0][index], views[1][index]) for index in range(12))


def test_an_example_looks_different_in_every_epoch() -> None:
    data, seen = tiny_data(6), {}
    for epoch in range(4):
        (batch,) = training_batches(data, batch_size=6, views=STANDARD, seed=0, epoch=epoch)
        for index, view in zip(batch.indices, batch.inputs, strict=True):
            seen.setdefault(int(index), set()).add(view.numpy().tobytes())
    assert all(len(views) == 4 for views in seen.values())


def test_batches_have_all_tasks_and_missing_labels() -> None:
    data = tiny_data(6, tasks=("a", "b.c"))
    data.targets["b.c"][2] = -1
    (batch,) = batches_in_order(data, batch_size=8)
    assert batch.targets["a"].tolist() == [0, 1, 2, 0, 1, 2]
    assert batch.targets["b.c"].tolist() == [0, 1, -1, 0, 1, 2]
    assert batch.targets["a"].dtype == torch.int64


def test_an_error_in_a_worker_reaches_the_caller() -> None:
    def broken(example: object) -> np.ndarray:
        raise OSError("the disk is gone")

    data = dataclasses.replace(tiny_data(8), prepared=broken)
    with pytest.raises(OSError, match="the disk is gone"):
        list(batches_in_order(data, batch_size=2))


def test_stopping_early_leaves_no_thread_and_little_prefetched() -> None:
    loaded = []
    plain = tiny_data(200)
    data = dataclasses.replace(plain, prepared=lambda example: loaded.append(example.id) or example.raw)
    batches = batches_in_order(data, batch_size=2, workers=2)
    next(batches)
    batches.close()
    assert len(loaded) <= 2 * (2 + 2)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ghep-loader")]


def of_lengths(lengths: list[int]) -> LabelledExamples:
    data = tiny_data(len(lengths))
    return dataclasses.replace(data, lengths=np.array(lengths))


def test_examples_of_one_length_are_batched_in_random_order() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 400).tolist()
    data = of_lengths(lengths)
    batches = list(training_batches(data, batch_size=8, views=PLAIN, seed=0, epoch=0))
    assert sorted(indices(batches)) == list(range(400))
    spread = [np.ptp(data.lengths[batch.indices]) for batch in batches]
    assert np.mean(spread) < 8, "of 99 that a batch at random would have nearly all of"
    means = [data.lengths[batch.indices].mean() for batch in batches]
    assert not all(one <= other for one, other in itertools.pairwise(means)), "batches are not sorted"
    other = list(training_batches(data, batch_size=8, views=PLAIN, seed=0, epoch=1))
    assert {frozenset(batch.indices.tolist()) for batch in batches} != {frozenset(b.indices.tolist()) for b in other}


def test_a_typical_batch_has_median_lengths() -> None:
    data = of_lengths([9, 1, 5, 7, 3, 8, 2])
    assert sorted(data.lengths[typical_batch(data, 3)]) == [3, 5, 7]
    assert sorted(typical_batch(data, 50)) == list(range(7))
    assert typical_batch(tiny_data(7), 3).tolist() == [0, 1, 2]


def test_a_resumed_epoch_continues_with_the_same_batches() -> None:
    data = of_lengths(list(range(1, 30)))
    whole = list(training_batches(data, batch_size=4, views=PLAIN, seed=1, epoch=2))
    rest = list(training_batches(data, batch_size=4, views=PLAIN, seed=1, epoch=2, start=3))
    assert equal(whole[3:], rest)


def test_evaluation_fills_batches_by_positions() -> None:
    data = of_lengths([POSITIONS, 1, POSITIONS // 2, POSITIONS // 2, 3, 2, 5 * POSITIONS])
    batches = list(batches_in_order(data, batch_size=2))
    assert [batch.indices.tolist() for batch in batches] == [[6], [0], [2, 3], [4, 5, 1]]
