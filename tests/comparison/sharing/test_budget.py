"""How long a shared model is trained."""

from __future__ import annotations

from ghep.comparison.sharing.budget import Length, shared_epochs

ALONE = (Length(rows=100, epochs=12, stages=1, lr=1e-3), Length(rows=400, epochs=6, stages=1, lr=1e-3))


def test_a_shared_model_sees_as_many_examples_as_the_others_together() -> None:
    apart = Length(rows=500, epochs=5, stages=1, lr=1e-3)  # each row is labelled for one task
    assert shared_epochs(ALONE, apart) * apart.rows == 3500 and sum(one.examples for one in ALONE) == 3600
    aligned = Length(rows=400, epochs=6, stages=1, lr=1e-3)  # every row of the small task is one of the large one
    assert shared_epochs(ALONE, aligned) == 9


def test_every_stage_has_an_epoch_and_a_solved_head_has_none() -> None:
    assert shared_epochs([Length(10, 1, 1, 1e-3)], Length(100, 4, 3, 1e-3)) == 3
    assert shared_epochs([Length(10, 0, 0, 0.0)], Length(20, 0, 0, 0.0)) == 0
