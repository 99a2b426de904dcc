"""The moving average of the weights is the sum it stands for."""

from __future__ import annotations

import torch
from torch import nn

from ghep.training.average import MovingAverage
from tiny import tiny_model

NAME = "heads.label.bias"


def test_it_is_the_recursion_with_a_short_memory_at_first() -> None:
    model = tiny_model()
    average, expected = MovingAverage(model.state(), 0.9), torch.zeros(3)
    for step in range(1, 200):
        nn.init.constant_(model.head("label").bias, float(step))
        average.update(model.state())
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
        torch.testing.assert_close(average.state()[NAME], expected)


def test_still_weights_stay_to_the_bit_and_counters_are_copied() -> None:
    model = tiny_model()
    average = MovingAverage(model.state(), 0.99)
    model.backbone.net.bn1.num_batches_tracked += 7
    for _ in range(50):
        average.update(model.state())
    state = average.state()
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state().items())


def test_state_goes_round_and_is_a_copy() -> None:
    model = tiny_model()
    average, other = MovingAverage(model.state(), 0.9), MovingAverage(model.state(), 0.9)
    nn.init.ones_(model.head("label").bias)
    average.update(model.state())
    other.load(average.state())
    average.state()[NAME].fill_(99)
    for one in (average, other):
        one.update(model.state())
    assert torch.equal(average.state()[NAME], other.state()[NAME]) and other.steps == 2
    assert not model.state()[NAME].eq(average.state()[NAME]).all(), "the model itself is not averaged"
