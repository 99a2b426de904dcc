"""Run an image network up to a block boundary, or from there to the end.

``run_at`` records the activation at each boundary and stops the forward pass at the last boundary. ``run_from`` runs
the network's own ``forward`` with all modules before the boundary replaced by stubs: the last stub returns the given
activation, the others return NaN. A network with a connection across the boundary therefore outputs NaN instead of
wrong numbers. Operations between modules (adding a position embedding, flattening a map) run as their authors wrote
them, so no family of networks is special-cased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from ghep.backbone.blocks import Block


class _ReachedError(Exception):
    """Raised to end a forward pass at the last requested boundary; carries the activation at that boundary."""

    def __init__(self, activation: torch.Tensor) -> None:
        self.activation = activation


def keep_layout(net: nn.Module, blocks: Sequence[Block]) -> None:
    """Add hooks that convert the gradient of the last feature maps to the memory layout of these maps.

    Pooling returns an expanded gradient without a layout, so the backward pass of a channels-last network would mix
    layouts. This cost a quarter of the time of fine-tuning MobileNetV2's last two blocks (docs/LOG.md).
    """
    pairs = [pair for block in blocks for pair in zip(block.modules, block.shapes, strict=True)]
    maps = [path for path, shape in pairs if len(shape) == 3]
    if maps:
        net.get_submodule(maps[-1]).register_forward_hook(_in_own_layout)


def _in_own_layout(_: nn.Module, __: object, output: object) -> None:
    if not isinstance(output, torch.Tensor) or not output.requires_grad or output.is_contiguous():
        return
    if output.is_contiguous(memory_format=torch.channels_last):
        output.register_hook(_channels_last)  # type: ignore[no-untyped-call]


def _channels_last(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)


def run_at(
    net: nn.Module, blocks: Sequence[Block], inputs: torch.Tensor, boundaries: Sequence[int]
) -> list[torch.Tensor]:
    """Return the output of the first k blocks for each k of ``boundaries``, from one pass up to the largest k.

    k = 0 gives the inputs, k = len(blocks) the features (N, D).
    """
    deepest = max(boundaries, default=0)
    found: dict[int, torch.Tensor] = {}

    def note(k: int) -> Any:
        def hook(_: nn.Module, __: object, output: torch.Tensor) -> None:
            if k == deepest:
                raise _ReachedError(output)
            found.setdefault(k, output.clone())  # later layers may work in place

        return hook

    if 0 in boundaries:
        found[0] = inputs.clone() if deepest else inputs
    with ExitStack() as hooks:
        for k in {*boundaries} - {0, len(blocks)}:
            module = net.get_submodule(blocks[k - 1].modules[-1])
            hooks.callback(module.register_forward_hook(note(k)).remove)
        try:
            if deepest:
                found[len(blocks)] = net(inputs)
        except _ReachedError as reached:
            found[deepest] = reached.activation
    missing = {*boundaries} - {*found}
    assert not missing, f"blocks {sorted(k - 1 for k in missing)} were not called"
    return [found[k] for k in boundaries]


def run_from(
    net: nn.Module, blocks: Sequence[Block], activation: torch.Tensor, k: int, *, size: tuple[int, int]
) -> torch.Tensor:
    """Return the features (N, D) given the output of the first k blocks; ``size`` is (H, W) of the network's inputs."""
    features: torch.Tensor
    if k == 0:
        features = net(activation)
        return features
    with _stubbed(net, outputs_of(blocks[:k]), activation):
        features = net(_placeholder((3, *size), activation))
    return features


def outputs_of(blocks: Sequence[Block]) -> dict[str, tuple[int, ...]]:
    """Return the path of each module of ``blocks`` -> its output shape without the batch axis, in call order."""
    return {path: shape for block in blocks for path, shape in zip(block.modules, block.shapes, strict=True)}


def run_to_module(net: nn.Module, path: str, inputs: torch.Tensor) -> torch.Tensor:
    """Run ``net`` on ``inputs`` (N, 3, H, W) up to the module ``path``; return the output of this module."""

    def reached(_: nn.Module, __: object, output: torch.Tensor) -> None:
        raise _ReachedError(output)

    handle = net.get_submodule(path).register_forward_hook(reached)
    try:
        net(inputs)
    except _ReachedError as error:
        return error.activation
    finally:
        handle.remove()
    raise AssertionError(f"{path} was not called")


def run_from_module(
    net: nn.Module, blocks: Sequence[Block], activation: torch.Tensor, path: str, *, size: tuple[int, int]
) -> torch.Tensor:
    """Return the features (N, D) given the output of the module ``path``, which is one of the modules of ``blocks``."""
    outputs = outputs_of(blocks)
    before = dict(list(outputs.items())[: list(outputs).index(path) + 1])
    with _stubbed(net, before, activation):
        features: torch.Tensor = net(_placeholder((3, *size), activation))
    return features


@contextmanager
def _stubbed(net: nn.Module, outputs: Mapping[str, tuple[int, ...]], activation: torch.Tensor) -> Iterator[None]:
    """Inside the ``with`` statement, replace the modules of ``outputs`` (path -> output shape) by stubs.

    The last stub returns ``activation``, the others NaN.
    """
    stubs = {path: _placeholder(shape, activation) for path, shape in outputs.items()}
    stubs[list(outputs)[-1]] = activation.clone()  # the next layer may work in place
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
