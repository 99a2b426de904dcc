"""Stored or live: the arithmetic, on numbers whose answer is known."""

from __future__ import annotations

import dataclasses

import pytest

from ghep.features.costs import Costs
from ghep.strategy.caching import decide, may_store
from ghep.training.stage import ObjectiveSettings, Stage

COSTS = Costs(
    pass_seconds=0.01, live_seconds=0.02, shares=(0.0, 0.25, 0.5, 0.75, 1.0), row_bytes=(0, 200_000, 50_000, 10_000, 5)
)
GB = 2**30


def stage(frozen: int, *, epochs: int = 10, views: int = 2, blocks: int = 4, **other: object) -> Stage:
    lrs = tuple(0.0 if index < frozen else 1e-3 for index in range(blocks))
    return dataclasses.replace(Stage(f"unfreeze {blocks - frozen}", lrs, epochs=epochs, views=views), **other)


def stored(*stages: Stage, costs: Costs = COSTS, train: int = 100, valid: int = 50, limit: int = GB) -> tuple[int, ...]:
    return decide(stages, costs, train=train, valid=valid, limit_bytes=limit).stored


def test_many_epochs_of_few_views_are_stored() -> None:
    assert stored(stage(3)) == (0,)


@pytest.mark.parametrize(
    "never",
    [
        stage(0),
        stage(3, views=0),
        stage(4, head="solve", epochs=0),
        stage(3, objective=ObjectiveSettings(mixup=0.2)),
        stage(3, objective=ObjectiveSettings(cutmix=0.2)),
    ],
)
def test_what_cannot_be_stored(never: Stage) -> None:
    assert not may_store(never)
    assert stored(never) == ()


def test_without_augmentation_one_view_serves_every_epoch() -> None:
    assert may_store(stage(3, views=0, augment="none"))


def test_one_epoch_is_not_worth_a_pass_of_its_own_and_several_stages_together_are() -> None:
    """One epoch: 150 x 0.02 x 0.75 = 2.25 s live against 250 x 0.01 x 0.75 = 1.875 s, so the pass must be dearer."""
    dear = dataclasses.replace(COSTS, pass_seconds=0.02)
    assert stored(stage(3, epochs=1), costs=dear) == ()
    assert stored(*(stage(frozen, epochs=1) for frozen in (3, 2, 1)), costs=dear) == (0, 1, 2)


def test_rows_that_are_dearer_to_move_than_to_compute_stay_live() -> None:
    """At boundary 1 each row of 200 MB would take 0.4 s to move and 0.005 s to compute."""
    large = dataclasses.replace(COSTS, row_bytes=(0, 200_000_000, 50_000, 10_000, 5))
    assert stored(stage(3), stage(1), costs=large, limit=10**12) == (0,)


def test_the_largest_rows_go_first_when_not_all_fit() -> None:
    room = 250 * (50_000 + 10_000)
    assert stored(stage(3), stage(2), stage(1), limit=room) == (0, 1)
    assert stored(stage(3), stage(2), stage(1), limit=room - 1) == (0,)
    assert stored(stage(3), stage(2), stage(1), limit=10) == ()


def test_the_arithmetic_is_said() -> None:
    (line,) = decide([stage(3)], COSTS, train=100, valid=50, limit_bytes=GB).reasons
    assert "computed once for 2 views of 100 training examples and for 50 validation examples (1.9 s, 2.4 MiB)" in line
    assert "computing them in every epoch would take 22.5 s" in line
    mixed = stage(3, objective=ObjectiveSettings(mixup=0.2))
    (why,) = decide([mixed], COSTS, train=100, valid=50, limit_bytes=GB).reasons
    assert "computed in every epoch, because inputs are blended" in why
