"""How long a shared model is trained."""

from __future__ import annotations

import pytest

from ghep.comparison.sharing.budget import Length, alone_epochs, shared_epochs, steps_of

ALONE = (Length(rows=100, epochs=12, stages=1, lr=1e-3), Length(rows=400, epochs=6, stages=1, lr=1e-3))


def test_a_shared_model_sees_as_many_examples_as_the_others_together() -> None:
    apart = Length(rows=500, epochs=5, stages=1, lr=1e-3)  # each row is labelled for one task
    assert shared_epochs(ALONE, apart) * apart.rows == 3500 and sum(one.examples for one in ALONE) == 3600
    aligned = Length(rows=400, epochs=6, stages=1, lr=1e-3)  # every row of the small task is one of the large one
    assert shared_epochs(ALONE, aligned) == 9


def test_every_stage_has_an_epoch_and_a_solved_head_has_none() -> None:
    assert shared_epochs([Length(10, 1, 1, 1e-3)], Length(100, 4, 3, 1e-3)) == 3
    assert shared_epochs([Length(10, 0, 0, 0.0)], Length(20, 0, 0, 0.0)) == 0


def test_if_rows_have_all_labels_a_shared_model_is_trained_no_longer_than_a_single_task_one() -> None:
    alone = [Length(400, 6, 1, 1e-3), Length(400, 5, 1, 1e-3)]
    assert shared_epochs(alone, Length(400, 6, 1, 1e-3)) == 6


def test_a_single_task_model_takes_as_many_steps_as_the_shared_one() -> None:
    shared = Length(rows=3349, epochs=3, stages=1, lr=1e-3, batch_size=32)
    signs = Length(rows=1032, epochs=5, stages=1, lr=1e-3, batch_size=32)
    assert alone_epochs(signs, shared, 4) == 13
    assert steps_of(signs, 13) == pytest.approx(steps_of(shared, 4), rel=0.05)


def test_a_single_task_model_never_takes_fewer_steps_than_its_own_plan() -> None:
    shared = Length(rows=8600, epochs=4, stages=1, lr=1e-3, batch_size=32)
    assert alone_epochs(Length(8500, 6, 1, 1e-3, 32), shared, 4) == 6
