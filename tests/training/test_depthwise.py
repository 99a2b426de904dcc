"""The gradient of strided depthwise convolutions: the same numbers by another way."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from ghep.training.depthwise import QuickDepthwise, _Strided

GENERATOR = torch.Generator().manual_seed(0)


def both(mode: Any, make: Any, channels: int = 6) -> tuple[torch.Tensor, ...]:
    """Outputs and gradients of a convolution, inside ``mode``."""
    inputs = torch.randn(3, channels, 11, 9, generator=GENERATOR.manual_seed(1)).requires_grad_()
    weight = torch.randn(channels, 1, 3, 3, generator=GENERATOR.manual_seed(2)).requires_grad_()
    bias = torch.randn(channels, generator=GENERATOR.manual_seed(3)).requires_grad_()
    with mode:
        out = make(inputs, weight, bias)
    out.square().sum().backward()
    return out.detach().float(), inputs.grad, weight.grad, torch.zeros(1) if bias.grad is None else bias.grad


class Plain:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("stride", [(2, 2), (3, 2), (1, 2)])
@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 1)])
def test_same_outputs_and_gradients_as_without(stride: tuple[int, int], padding: tuple[int, int], biased: bool) -> None:
    def make(inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return functional.conv2d(inputs, weight, bias if biased else None, stride, padding, (1, 1), 6)

    for found, expected in zip(both(QuickDepthwise(), make), both(Plain(), make), strict=True):
        assert torch.allclose(found, expected, rtol=0.02, atol=0.02 * float(expected.abs().max()))


@pytest.mark.parametrize(("kernel", "padding"), [(3, 0), (3, 1), (5, 2), (2, 0), (1, 0)])
@pytest.mark.parametrize(("size", "stride"), [(7, 2), (8, 2), (7, 3), (8, 3), (9, 3)])  # all remainders
def test_its_gradients_are_those_of_finite_differences(size: int, kernel: int, padding: int, stride: int) -> None:
    inputs = torch.randn(2, 3, size, size + 1, dtype=torch.double, generator=GENERATOR, requires_grad=True)
    weight = torch.randn(3, 1, kernel, kernel, dtype=torch.double, generator=GENERATOR, requires_grad=True)
    pair = ((stride, stride), (padding, padding), 3)
    assert torch.autograd.gradcheck(lambda *given: _Strided.apply(*given, *pair), (inputs, weight))


@pytest.mark.parametrize(
    ("shape", "stride", "groups", "taken"),
    [
        ((6, 1, 3, 3), (2, 2), 6, True),
        ((6, 1, 3, 3), (1, 1), 6, False),
        ((6, 3, 3, 3), (2, 2), 2, False),
        ((12, 1, 3, 3), (2, 2), 6, False),
        ((6, 6, 3, 3), (2, 2), 1, False),
    ],
)
def test_only_strided_depthwise_ones_are_taken(
    shape: tuple[int, ...], stride: tuple[int, int], groups: int, taken: bool
) -> None:
    inputs, weight = torch.randn(2, 6, 8, 8).requires_grad_(), torch.randn(shape)
    with torch.autocast("cpu", torch.bfloat16), QuickDepthwise():
        out = functional.conv2d(inputs, weight, None, stride, (1, 1), (1, 1), groups)
    assert ("_Strided" in type(out.grad_fn).__name__) is taken


def test_float32_is_left_alone() -> None:
    inputs, weight = torch.randn(2, 6, 8, 8).requires_grad_(), torch.randn(6, 1, 3, 3)
    with QuickDepthwise():
        out = functional.conv2d(inputs, weight, None, (2, 2), (1, 1), (1, 1), 6)
    assert "_Strided" not in type(out.grad_fn).__name__


def test_the_layout_of_the_inputs_is_kept() -> None:
    inputs = torch.randn(2, 6, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16), QuickDepthwise():
        functional.conv2d(inputs, torch.randn(6, 1, 3, 3), None, (2, 2), (1, 1), (1, 1), 6).sum().backward()
    assert inputs.grad is not None and inputs.grad.is_contiguous(memory_format=torch.channels_last)
