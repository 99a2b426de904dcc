"""Costs are counted: the operations of known layers, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from ghep.features.costs import ELEMENTS_PER_SECOND, OPERATIONS_PER_SECOND, _Counter, counted_seconds
from tiny import BLOCKS, SIZE, tiny_backbone

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
