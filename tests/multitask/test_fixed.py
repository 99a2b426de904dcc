from __future__ import annotations

import pytest
import torch

from ghep.errors import ConfigError
from ghep.multitask.settings import Sharing
from ghep.multitask.weighting import weighting_for


def test_weights_are_as_given_and_1_unless_named() -> None:
    given = Sharing(task_weights=(("people", 0.25), ("cars", 0.0)))
    assert weighting_for(given, ("cars", "people", "signs")).weights().tolist() == [0.0, 0.25, 1.0]
    assert weighting_for(Sharing(), ("cars", "people")).weights().tolist() == [1.0, 1.0]


def test_a_weight_of_1_changes_no_bit_of_a_loss() -> None:
    loss = torch.rand(100)
    weight = weighting_for(Sharing(), ("cars", "people")).weights()[0]
    assert torch.equal(weight * loss, loss) and (weight * loss).dtype == torch.float32


@pytest.mark.parametrize(
    ("task_weights", "message"),
    [
        ((("car", 1.0),), 'did you mean "cars"'),
        ((("cars", -1.0),), "at least 0; found cars=-1"),
        ((("cars", float("inf")), ("people", float("nan"))), "cars=inf, people=nan"),
        ((("cars", 0.0), ("people", 0.0)), "nothing to learn"),
    ],
)
def test_weights_that_cannot_be(task_weights: tuple[tuple[str, float], ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        weighting_for(Sharing(task_weights=task_weights), ("cars", "people"))
