"""An engine runs the frozen blocks: inputs in, the activations at some boundaries out.

This module has the type ``Engine`` and the two engines of PyTorch.

PyTorch in float32 with channels_last inputs is the reference for every other engine (``choose.py``). bfloat16 runs
under autocast: on an AVX-512 CPU it was as fast as converted weights and closer to float32 for a ViT
(docs/decisions/0006-engines.md), and it needs no copy of the backbone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs, laid_out, on_device
from ghep.messages import remedy_of, text_of
from ghep.model.device import exact_float32

Run = Callable[[Inputs], list[Inputs]]
Make = Callable[[Backbone, Sequence[int]], "Engine"]
"""(backbone, boundaries) -> engine."""


class UnavailableError(Exception):
    """The engine cannot run on this machine. Users see the error only if they requested the engine by name."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy

    @classmethod
    def of(cls, code: str, **params: Any) -> Self:
        """Return the error with the text and the remedy of the message ``code``."""
        return cls(text_of(code, **params), remedy=remedy_of(code, **params))


class NotInstalledError(UnavailableError):
    """The engine is not installed but could run on this machine; the remedy says how to install it."""


@dataclass(frozen=True)
class Engine:
    """``engine(inputs)`` returns float32 activations in main memory for each boundary, for any number of examples.

    An engine is valid for the weights at the time it was made, not after training has changed the backbone.
    """

    name: str
    identity: str
    """Name and version of the engine, a part of the key of cached rows."""
    exact: bool
    """Whether the engine computes in float32."""
    run: Run
    compiled: bool = False
    """Whether the engine has a copy of the weights, which training the backbone does not change."""

    def __call__(self, inputs: Inputs) -> list[Inputs]:
        """Return the activations at the engine's boundaries."""
        return self.run(inputs)


def torch_float32(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Return the reference engine: the backbone itself, on its device."""
    return _torch_engine("torch-float32", backbone, boundaries, bfloat16=False)


def torch_bfloat16(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Return the engine that runs the backbone under autocast to bfloat16."""
    return _torch_engine("torch-bfloat16", backbone, boundaries, bfloat16=True)


def _torch_engine(name: str, backbone: Backbone, boundaries: Sequence[int], *, bfloat16: bool) -> Engine:
    device = next(backbone.parameters()).device

    def run(inputs: Inputs) -> list[Inputs]:
        inputs = laid_out(on_device(inputs, device), torch.channels_last)
        # no_grad, not inference_mode: heads and later blocks are trained on these tensors afterwards.
        autocast = torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)
        with torch.no_grad(), evaluating(backbone), exact_float32(device), autocast:
            return [activation.float().cpu() for activation in backbone.forward_at(inputs, boundaries)]

    return Engine(name, f"{name}/{torch.__version__}", not bfloat16, run)
