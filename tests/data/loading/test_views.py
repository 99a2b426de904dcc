"""Views: kept ones depend on content and number only, fresh ones on seed, epoch and place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ghep.data.loading.batches import Batch, training_batches
from ghep.data.loading.views import PLAIN, Views
from tiny import tiny_data

KEPT = Views("standard", 3)


def by_place(batches: list[Batch]) -> dict[int, bytes]:
    return {int(i): x.numpy().tobytes() for batch in batches for i, x in zip(batch.indices, batch.inputs, strict=True)}


def epochs(count: int, *, seed: int = 0, size: int = 4, views: Views = KEPT) -> list[dict[int, bytes]]:
    data = tiny_data(8)
    return [
        by_place(list(training_batches(data, batch_size=size, views=views, seed=seed, epoch=epoch)))
        for epoch in range(count)
    ]


def test_kept_views_rotate() -> None:
    seen = epochs(6)
    for place in range(8):
        assert len({epoch[place] for epoch in seen}) == 3
        assert all(seen[epoch][place] == seen[epoch + 3][place] for epoch in range(3))


def test_kept_views_are_the_same_for_every_seed_and_batch_size() -> None:
    one, other = epochs(3), epochs(3, seed=7, size=3)
    for place in set.intersection(*(set(epoch) for epoch in other)):
        assert {epoch[place] for epoch in one} == {epoch[place] for epoch in other}


def test_fresh_views_are_not() -> None:
    one, other = (epochs(1, seed=seed, views=Views("standard"))[0] for seed in (0, 7))
    assert all(one[place] != other[place] for place in range(8))


def test_a_kept_view_follows_the_content_not_the_name() -> None:
    data = tiny_data(4)
    renamed = tuple(dataclasses.replace(example, id=f"new/{example.id}") for example in data.examples)
    digests = {example.id: f"{place:064x}" for place, example in enumerate(data.examples)}
    first = dataclasses.replace(data, digests=digests)
    second = dataclasses.replace(data, examples=renamed, digests={f"new/{name}": d for name, d in digests.items()})
    places, views = np.arange(4), [KEPT.at(place, 0, 0) for place in range(4)]
    assert torch.equal(first.inputs(places, views), second.inputs(places, views))
    assert not torch.equal(first.inputs(places, views), data.inputs(places, views))


def test_without_augmentation_there_is_one_view() -> None:
    assert Views("none", 4).kept == (PLAIN,)
    assert Views("none", 4).at(3, 9, 1) == PLAIN
    assert Views("light").kept == ()
    assert len(Views("light", 4).kept) == 4


def test_the_parts_of_a_key() -> None:
    keys = [str(view.to_json()) for view in (PLAIN, *KEPT.kept, *Views("light", 1).kept)]
    assert len(set(keys)) == 5


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_an_epoch_can_be_entered_in_the_middle(start: int) -> None:
    whole, rest = (
        list(training_batches(tiny_data(11), batch_size=4, views=KEPT, seed=5, epoch=1, start=first))
        for first in (0, start)
    )
    assert [batch.indices.tolist() for batch in whole[start:]] == [batch.indices.tolist() for batch in rest]
    assert all(torch.equal(a.inputs, b.inputs) for a, b in zip(whole[start:], rest, strict=True))
