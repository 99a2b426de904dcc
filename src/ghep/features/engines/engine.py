"""An engine runs the frozen blocks: inputs in, the activations at some boundaries out. Here: what it is, and PyTorch's.

PyTorch in float32 with channels_last inputs is the reference that every other engine is held to (``choose.py``).
bfloat16 runs under autocast: on an AVX-512 processor it was as fast as converted weights, and nearer to float32 for a
ViT (docs/decisions/0006-engines.md), and it needs no copy of the backbone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs, laid_out

Run = Callable[[Inputs], list[Inputs]]
Make = Callable[[Backbone, Sequence[int]], "Engine"]
"""(backbone, boundaries) -> engine."""


class UnavailableError(Exception):
    """The engine cannot run here. Not for users: ``choose_engine`` passes it on where it was asked for by name."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


class NotInstalledError(UnavailableError):
    """It could run here if it were installed, which is the remedy."""


@dataclass(frozen=True)
class Engine:
    """``engine(inputs)``: inputs of any N examples -> for each boundary float32 activations in main memory.

    Made for the weights as they are: an engine of a backbone that has been trained on since is stale.
    """

    name: str
    identity: str
    """Name and version of what computes: belongs in the key of whatever is stored."""
    exact: bool
    """Whether it computes in float32."""
    run: Run
    compiled: bool = False
    """Whether it has copied the weights: it stays what it is while the backbone is trained."""

    def __call__(self, inputs: Inputs) -> list[Inputs]:
        """Return the activations at the boundaries that the engine was made for."""
        return self.run(inputs)


def torch_float32(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Make the reference: the backbone itself, on its own device."""
    return _torch_engine("torch-float32", backbone, boundaries, bfloat16=False)


def torch_bfloat16(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Make the same under autocast to bfloat16."""
    return _torch_engine("torch-bfloat16", backbone, boundaries, bfloat16=True)


def _torch_engine(name: str, backbone: Backbone, boundaries: Sequence[int], *, bfloat16: bool) -> Engine:
    device = next(backbone.parameters()).device

    def run(inputs: Inputs) -> list[Inputs]:
        inputs = laid_out(inputs.to(device), torch.channels_last)
        # no_grad, not inference_mode: heads and later blocks are trained on these tensors afterwards.
        with torch.no_grad(), evaluating(backbone), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            return [activation.float().cpu() for activation in backbone.forward_at(inputs, boundaries)]

    return Engine(name, f"{name}/{torch.__version__}", not bfloat16, run)
