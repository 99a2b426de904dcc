"""Costs are counted: the operations of known layers, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ghep.features.costs import (
    ELEMENTS_PER_SECOND,
    OPERATIONS_PER_SECOND,
    _Counter,
    _saved_bytes,
    activation_bytes,
    counted_seconds,
)
from ghep.types import Example
from tiny import BLOCKS, SIZE, tiny_backbone, tiny_data, tiny_model

N = 2
ATTENTION = torch.randn(N, 3, 10, 8)


LINEAR, CONVOLUTION, DEPTHWISE = nn.Linear(16, 4), nn.Conv2d(4, 8, 3), nn.Conv2d(8, 8, 3, groups=8)


@pytest.mark.parametrize(
    ("run", "shape", "operations", "elements"),
    [
        (LINEAR, (N, 16), 2 * N * 16 * 4, N * 4),
        (CONVOLUTION, (N, 4, 6, 6), 2 * N * 8 * 4 * 4 * (4 * 9), N * 8 * 16),
        (DEPTHWISE, (N, 8, 6, 6), 2 * N * 8 * 16 * 9, N * 8 * 16),
        (lambda x: torch.bmm(x, x.transpose(1, 2)), (N, 3, 5), 2 * N * 3 * 5 * 3, N * 3 * 3),
        (torch.relu, (N, 7), 0, N * 7),
        (lambda x: x.transpose(0, 1).view(7, N), (N, 7), 0, 0),
    ],
)
def test_known_layers(
    run: Callable[[torch.Tensor], torch.Tensor], shape: tuple[int, ...], operations: float, elements: float
) -> None:
    inputs = torch.randn(shape)
    with torch.no_grad(), _Counter() as counter:
        run(inputs)
    assert counter.seconds == pytest.approx(operations / OPERATIONS_PER_SECOND + elements / ELEMENTS_PER_SECOND)


def test_attention_and_recurrence_are_counted() -> None:
    with torch.no_grad(), _Counter() as attention:
        nn.functional.scaled_dot_product_attention(ATTENTION, ATTENTION, ATTENTION)
    assert attention.seconds >= 4 * N * 3 * 10 * 10 * 8 / OPERATIONS_PER_SECOND
    lstm = nn.LSTM(8, 16).eval()
    with torch.no_grad(), _Counter() as recurrence:
        lstm(torch.ones(5, N, 8))
    assert recurrence.seconds >= 2 * 5 * N * 4 * 16 * (8 + 16) / OPERATIONS_PER_SECOND


def test_seconds_of_an_example_do_not_depend_on_how_many_there_are() -> None:
    images = torch.randn(6, 3, SIZE, SIZE)
    one, six = (counted_seconds(tiny_backbone(), images[:count]) for count in (1, 6))
    assert one == pytest.approx(six, rel=0.05) and one[0] == 0 and len(one) == BLOCKS + 1
    assert list(one) == sorted(one) and one == counted_seconds(tiny_backbone(), images[:1])


def test_the_activations_of_an_example_are_what_autograd_saves_for_it() -> None:
    """Of conv1, BatchNorm and ReLU: their inputs, and the output of the last, which is the input of the next block."""
    model, data = tiny_model(), tiny_data(2)
    pixels, channels = SIZE * SIZE, model.backbone.net.conv1.out_channels
    whole, behind_the_first = (activation_bytes(model, data, frozen) for frozen in (0, 1))
    statistics = 2 * channels * 4 / 2  # BatchNorm's mean and scale, shared by two examples
    assert whole - behind_the_first == 4 * (3 * pixels + channels * pixels) + statistics
    features = 4 * model.backbone.feature_dim
    assert activation_bytes(model, data, BLOCKS) == features, "of a frozen backbone the input of the head"


def test_counting_activations_leaves_the_model_as_it_was() -> None:
    model, images = tiny_model(dropout=0.5), torch.randn(2, 3, SIZE, SIZE)
    model.freeze(1, keep_statistics=True)
    model.eval()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    moving = [parameter.requires_grad for parameter in model.parameters()]
    random = torch.get_rng_state()
    first = _saved_bytes(model, images, 0)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())
    assert [parameter.requires_grad for parameter in model.parameters()] == moving and not model.training
    assert torch.equal(torch.get_rng_state(), random)
    assert _saved_bytes(model, images, 0) == first


def test_of_texts_the_longest_example_is_counted() -> None:
    data = replace(tiny_data(3), lengths=np.array([5, 9, 7]))
    asked: list[int] = []

    def noted(example: Example) -> np.ndarray:
        asked.append(int(example.id.split("/")[1]))
        raw: np.ndarray = example.raw
        return raw

    activation_bytes(tiny_model(), replace(data, prepared=noted), 0)
    assert asked == [1, 1]
