"""A fast gradient for attention in bfloat16 on a CPU: the same attention in float32.

For each head of each example, PyTorch's kernel multiplies a few small matrices, and in bfloat16 such a product has an
overhead of several microseconds: the backward pass of 32 x 12 heads of 16 positions took 17 ms in bfloat16 and 1 ms in
float32, two fifths of a training step of LoRA on short questions (docs/LOG.md). Linear layers stay in bfloat16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

LONGEST = 128
"""Positions up to which float32 was faster, 2.3 to 12 times; a step of ViT-Ti/16 with 197 took as long in both."""


class QuickAttention(TorchFunctionMode):
    """Context in which attention with slow gradients is computed in float32; all other functions are unchanged."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Replace slow attention; call every other function as it is."""
        kwargs = kwargs or {}
        if func == functional.scaled_dot_product_attention and len(args) == 3 and _is_slow(*args, **kwargs):
            if isinstance(mask := kwargs.get("attn_mask"), torch.Tensor) and mask.is_floating_point():
                kwargs = {**kwargs, "attn_mask": mask.float()}
            with torch.autocast("cpu", enabled=False):
                found = func(*(one.float() for one in args), **kwargs)
            return found.to(_dtype(args[0]))
        return func(*args, **kwargs)


def _is_slow(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **kwargs: Any) -> bool:
    return (
        torch.is_grad_enabled()
        and any(one.requires_grad for one in (query, key, value))
        and query.device.type == "cpu"
        and _dtype(query) == torch.bfloat16
        and max(query.shape[-2], key.shape[-2]) <= LONGEST
        and not kwargs.get("dropout_p")  # with dropout, PyTorch uses another kernel
    )


def _dtype(query: torch.Tensor) -> torch.dtype:
    """Return the dtype in which attention is computed."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else query.dtype
