"""BatchNorm statistics: of the data a network was trained on (stored in it), and of other inputs.

The stored mean and variance of each channel describe the source data without the source data. ``input_statistics``
measures the same numbers on other inputs, in one pass; ``reestimate`` replaces the stored ones by those of other
inputs, as is needed after weights were averaged, and helps where inputs look different from the source data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs


@dataclass
class ChannelStatistics:
    """Mean and variance of the inputs of one BatchNorm layer, by channel."""

    mean: torch.Tensor
    """(C,) in float64."""
    variance: torch.Tensor
    """(C,) in float64, of the population."""
    count: int
    """Values per channel: examples times positions."""


def norm_layers(backbone: Backbone, *, first_block: int = 0) -> dict[str, _BatchNorm]:
    """Return the BatchNorm layers with stored statistics in the blocks from ``first_block`` on, by module path."""
    paths = [path for index in range(first_block, len(backbone.blocks())) for path in backbone.blocks()[index].modules]
    found = {
        ".".join(filter(None, (path, name))): module
        for path in paths
        for name, module in backbone.net.get_submodule(path).named_modules()
    }
    return {
        name: module
        for name, module in found.items()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    }


def input_statistics(backbone: Backbone, batches: Iterable[Inputs]) -> dict[str, ChannelStatistics]:
    """Return the statistics of each BatchNorm layer's inputs on ``batches``, in eval mode; nothing is changed.

    Each layer sees what the layers before it output with their stored statistics, so a layer's numbers include the
    differences of all layers before it.
    """
    sums: dict[str, torch.Tensor] = {}
    counts: dict[str, int] = {}

    def measured(name: str, inputs: torch.Tensor) -> None:
        rows = inputs.detach().double().transpose(0, 1).flatten(1)
        both = torch.stack([rows.sum(1), rows.square().sum(1)])
        sums[name] = sums[name] + both if name in sums else both
        counts[name] = counts.get(name, 0) + rows.shape[1]

    handles = [
        layer.register_forward_pre_hook(lambda _, inputs, name=name: measured(name, inputs[0]))
        for name, layer in norm_layers(backbone).items()
    ]
    try:
        with evaluating(backbone), torch.no_grad():
            for inputs in batches:
                backbone(inputs)
    finally:
        for handle in handles:
            handle.remove()
    found = {}
    for name, both in sums.items():
        mean, square = both / counts[name]
        found[name] = ChannelStatistics(mean, (square - mean**2).clamp_min(0), counts[name])
    return found


def reestimate(backbone: Backbone, batches: Iterable[Inputs], *, first_block: int = 0) -> None:
    """Replace the stored statistics of the blocks from ``first_block`` on by the average over ``batches``.

    These layers normalise with the statistics of each batch meanwhile, so that later layers see normalised inputs. All
    other modules stay in eval mode, and statistics of earlier blocks are unchanged. The batches should be of at least
    32 examples and of about equal size, because each counts equally. Without such layers, nothing is run.
    """
    layers = norm_layers(backbone, first_block=first_block)
    if not layers:
        return
    with evaluating(backbone), _averaging(layers.values()), torch.no_grad():
        for inputs in batches:
            backbone(inputs)


@contextmanager
def _averaging(layers: Iterable[_BatchNorm]) -> Iterator[None]:
    """Let ``layers`` average the statistics of all batches with equal weights, starting anew."""
    layers = list(layers)
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # PyTorch: the average over all batches, in place of an exponential one
        layer.train()
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
