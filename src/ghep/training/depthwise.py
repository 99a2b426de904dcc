"""A fast gradient for strided depthwise convolutions in bfloat16 on a CPU.

oneDNN has no fast kernel for the gradient of their inputs: two layers of MobileNetV2 at 224 px took 0.26 of the 0.77 s
of all backward convolutions of a step (32 images, docs/LOG.md). The same gradient is a convolution with stride 1: the
output gradient, dilated with zeros, with the flipped kernel (Dumoulin and Visin 2016, arXiv:1603.07285, section 4.6).
That convolution has a fast kernel, and the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Pair = tuple[int, int]
CONVOLUTIONS = (torch.conv2d, functional.conv2d)


class QuickDepthwise(TorchFunctionMode):
    """Context in which slow depthwise convolutions use ``_Strided``; all other functions are unchanged."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Replace a slow convolution; call every other function as it is."""
        if func in CONVOLUTIONS and not kwargs and len(args) == 7 and _is_slow(*args):
            inputs, weight, bias, stride, padding, _, groups = args
            made = _Strided.apply(_cast(inputs), _cast(weight), stride, padding, groups)
            return made if bias is None else made + _cast(bias)[:, None, None]
        return func(*args, **(kwargs or {}))


def _is_slow(
    inputs: torch.Tensor, weight: torch.Tensor, _: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> bool:
    pairs = all(isinstance(one, tuple) and len(one) == 2 for one in (stride, padding, dilation))
    return (
        pairs
        and groups == inputs.shape[1] == weight.shape[0] > 1
        and stride != (1, 1)
        and dilation == (1, 1)
        and all(one < side for one, side in zip(padding, weight.shape[2:], strict=True))
        and inputs.device.type == "cpu"
        and inputs.requires_grad
        and torch.is_grad_enabled()
        and _dtype(inputs) == torch.bfloat16
    )


def _dtype(tensor: torch.Tensor) -> torch.dtype:
    """Return the dtype in which a convolution of ``tensor`` is computed."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else tensor.dtype


def _cast(tensor: torch.Tensor) -> torch.Tensor:
    """Cast as autocast does for a convolution; autocast does not apply inside an autograd function."""
    return tensor.to(_dtype(tensor))


class _Strided(torch.autograd.Function):
    """Strided depthwise convolution: inputs (N, C, H, W), weight (C, 1, h, w), one kernel per channel -> (N, C, ...).

    The gradient of the inputs is a convolution with stride 1.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: torch.Tensor, weight: torch.Tensor, stride: Pair, padding: Pair, groups: int
    ) -> torch.Tensor:
        ctx.save_for_backward(inputs, weight)
        ctx.stride, ctx.padding, ctx.groups = stride, padding, groups
        return torch.conv2d(inputs, weight, None, stride, padding, 1, groups)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = gradients
        inputs, weight = ctx.saved_tensors
        of_inputs = of_weight = None
        if ctx.needs_input_grad[0]:
            of_inputs = _gradient_of_inputs(gradient, inputs, weight, ctx.stride, ctx.padding)
        if ctx.needs_input_grad[1]:
            geometry = [ctx.stride, ctx.padding, (1, 1), False, (0, 0), ctx.groups, (False, True, False)]
            of_weight = torch.ops.aten.convolution_backward(gradient, inputs, weight, None, *geometry)[1]
        return of_inputs, of_weight, None, None, None


def _gradient_of_inputs(
    gradient: torch.Tensor, inputs: torch.Tensor, weight: torch.Tensor, stride: Pair, padding: Pair
) -> torch.Tensor:
    """Return the gradient of ``inputs`` (N, C, H, W) from the gradient of the outputs."""
    layout = torch.channels_last if inputs.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
    kernel = weight.shape[2:]
    # A stride may leave rows at the end that no output depends on: their gradient is zero as well.
    sides = [side + 2 * pad - size + 1 for side, pad, size in zip(inputs.shape[2:], padding, kernel, strict=True)]
    dilated = torch.empty((*inputs.shape[:2], *sides), dtype=gradient.dtype, memory_format=layout).zero_()
    dilated[:, :, :: stride[0], :: stride[1]] = gradient
    rest = [size - 1 - pad for size, pad in zip(kernel, padding, strict=True)]
    return torch.conv2d(dilated, weight.flip(2, 3), None, 1, rest, 1, inputs.shape[1])
