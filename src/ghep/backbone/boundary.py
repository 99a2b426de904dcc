"""Run a network up to the end of a block, and on from there.

``run_to`` stops the forward pass as soon as the block has answered. ``run_from`` runs the network's own ``forward``
with every earlier module replaced by a stub: the last one returns the stored activation, the others return
placeholders that are never read - they are NaN, so that a network with a connection across the boundary answers NaN
and never a wrong number. So whatever a network does between its modules (adding a position embedding,
flattening a map) happens as its authors wrote it, and nothing about a family of networks has to be known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ghep.backbone.blocks import Block


class _ReachedError(Exception):
    """Carries the activation out of a forward pass that is over."""

    def __init__(self, activation: torch.Tensor) -> None:
        self.activation = activation


def run_to(net: nn.Module, blocks: Sequence[Block], inputs: torch.Tensor, k: int) -> torch.Tensor:
    """Return the output of block k - 1 (the first k blocks have run); k = 0 returns the inputs."""
    if k == 0:
        return inputs

    def stop(_: nn.Module, __: object, output: torch.Tensor) -> None:
        raise _ReachedError(output)

    handle = net.get_submodule(blocks[k - 1].modules[-1]).register_forward_hook(stop)
    try:
        net(inputs)
    except _ReachedError as reached:
        return reached.activation
    finally:
        handle.remove()
    raise AssertionError(f"block {k - 1} ({blocks[k - 1].name}) was not called")


def run_from(
    net: nn.Module, blocks: Sequence[Block], activation: torch.Tensor, k: int, *, size: tuple[int, int]
) -> torch.Tensor:
    """Return the features (N, D) given the output of the first k blocks; ``size`` is the native (H, W)."""
    features: torch.Tensor
    if k == 0:
        features = net(activation)
        return features
    with _stubbed(net, blocks[:k], activation):
        features = net(_placeholder((3, *size), activation))
    return features


@contextmanager
def _stubbed(net: nn.Module, blocks: Sequence[Block], activation: torch.Tensor) -> Iterator[None]:
    stubs = {
        path: _placeholder(shape, activation)
        for block in blocks
        for path, shape in zip(block.modules, block.shapes, strict=True)
    }
    stubs[blocks[-1].modules[-1]] = activation.clone()  # the next layer may work in place
    modules = [net.get_submodule(path) for path in stubs]
    for module, output in zip(modules, stubs.values(), strict=True):
        module.forward = _returning(output)
    try:
        yield
    finally:
        for module in modules:
            del module.forward


def _placeholder(shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    return torch.full((), torch.nan, dtype=like.dtype, device=like.device).expand(len(like), *shape)


def _returning(output: torch.Tensor) -> Any:
    return lambda *_, **__: output
