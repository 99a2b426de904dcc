"""Attention with fast gradients: the same numbers in another format."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch.nn import functional

from ghep.training.attention import LONGEST, QuickAttention

FLASH = "aten::_scaled_dot_product_flash_attention_for_cpu"


def both(mode: Any, *, bfloat16: bool = True, **kwargs: Any) -> list[torch.Tensor]:
    """Outputs and gradients of attention under autocast, inside ``mode``."""
    generator = torch.Generator().manual_seed(1)
    given = [torch.randn(2, 3, 9, 8, generator=generator).requires_grad_() for _ in range(3)]
    with mode, torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        out = functional.scaled_dot_product_attention(*given, **kwargs)
    assert out.dtype == (torch.bfloat16 if bfloat16 else torch.float32)
    out.float().square().sum().backward()
    return [out.detach().float(), *(one.grad for one in given)]  # type: ignore[misc]


def keep() -> torch.Tensor:
    mask = torch.ones(2, 1, 9, 9, dtype=torch.bool)
    mask[..., 6:] = False
    return mask


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"attn_mask": keep()},
        {"attn_mask": torch.zeros(2, 1, 9, 9, dtype=torch.bfloat16).masked_fill(~keep(), -1e9)},
        {"is_causal": True},
        {"scale": 0.1},
    ],
)
def test_same_outputs_and_gradients_as_without_and_closer_to_float32(kwargs: dict[str, Any]) -> None:
    quick, plain = both(QuickAttention(), **kwargs), both(nullcontext(), **kwargs)
    if (mask := kwargs.get("attn_mask")) is not None and mask.is_floating_point():
        kwargs = {**kwargs, "attn_mask": mask.float()}
    for found, expected, exact in zip(quick, plain, both(nullcontext(), bfloat16=False, **kwargs), strict=True):
        assert torch.allclose(found, expected, atol=0.05 * float(expected.abs().max()))
        assert (found - exact).norm() <= 1.1 * (expected - exact).norm()


def test_short_attention_with_gradients_is_computed_in_float32_and_no_other() -> None:
    def formats(length: int, *, gradients: bool = True, autocast: bool = True) -> set[torch.dtype]:
        seen: set[torch.dtype] = set()

        class Watch(torch.utils._python_dispatch.TorchDispatchMode):
            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                if "attention" in str(func) or "softmax" in str(func):
                    seen.add(args[0].dtype)
                return func(*args, **(kwargs or {}))

        given = [torch.randn(1, 1, length, 8, requires_grad=gradients) for _ in range(3)]
        with QuickAttention(), torch.autocast("cpu", torch.bfloat16, enabled=autocast), Watch():
            functional.scaled_dot_product_attention(*given)
        return seen

    assert formats(LONGEST) == formats(4) == {torch.float32}
    assert formats(LONGEST + 1) == formats(4, gradients=False) == {torch.bfloat16}
    assert formats(4, autocast=False) == {torch.float32}
