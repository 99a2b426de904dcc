"""BatchNorm statistics: of the data a network was trained on (stored in it), and of other inputs.

The stored mean and variance of each channel describe the source data without the source data. ``input_statistics``
measures the same numbers on other inputs, in one pass; ``layer_mismatches`` compares the two; ``reestimate`` replaces
the stored ones by those of other inputs, as is needed after weights were averaged, and helps where inputs look
different from the source data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs

BATCH = 32
"""Images of a batch on which statistics are measured or re-estimated, or a little more."""


@dataclass
class ChannelStatistics:
    """Mean and variance of the inputs of one BatchNorm layer, by channel."""

    mean: torch.Tensor
    """(C,) in float64."""
    variance: torch.Tensor
    """(C,) in float64, of the population."""
    count: int
    """Values per channel: examples times positions."""


@dataclass(frozen=True)
class LayerMismatch:
    """How far the inputs of one BatchNorm layer are from its stored statistics: means over its channels."""

    layer: str
    """Module path."""
    shift: float
    """Squared difference of the means, in units of the stored variance."""
    spread: float
    """Squared difference of the logarithms of the standard deviations."""


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
    found: dict[str, ChannelStatistics] = {}

    def measured(name: str, inputs: torch.Tensor) -> None:
        now = channel_statistics(inputs)
        found[name] = _pooled(found[name], now) if name in found else now

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
    return found


def channel_statistics(values: torch.Tensor) -> ChannelStatistics:
    """Return the statistics of ``values`` (N, C, ...) over everything but the channels.

    Each image is summed in float32, and the images in float64. Converting whole feature maps, and ``torch.var``, take
    several times as long as the network itself.
    """
    rows = values.detach().float().reshape(*values.shape[:2], -1)
    mean = rows.mean(2).double().mean(0)
    square = torch.linalg.vector_norm(rows, dim=2).double().square().mean(0) / rows.shape[2]
    return ChannelStatistics(mean, (square - mean**2).clamp_min(0), rows.shape[0] * rows.shape[2])


def _pooled(one: ChannelStatistics, other: ChannelStatistics) -> ChannelStatistics:
    """Return the statistics of two sets of values together (Chan et al. 1979)."""
    count = one.count + other.count
    share, apart = other.count / count, other.mean - one.mean
    within = (1 - share) * one.variance + share * other.variance
    return ChannelStatistics(one.mean + share * apart, within + share * (1 - share) * apart.square(), count)


def layer_mismatches(
    layers: Mapping[str, _BatchNorm], first: Mapping[str, ChannelStatistics], second: Mapping[str, ChannelStatistics]
) -> tuple[LayerMismatch, ...]:
    """Return how far the inputs of ``layers`` are from the stored statistics, measured on two halves of the inputs.

    With (m, s^2) stored and (M, S^2) measured on a half, the shift of a channel is (M1 - m) (M2 - m) / s^2, its spread
    log(S1 / s) log(S2 / s). The product of two halves has no bias from sampling, because their errors are independent;
    the square of one mean has, which is large at 20 images.
    """
    return tuple(_mismatch(path, layers[path], first[path], second[path]) for path in layers if path in first)


def mismatch_score(layers: tuple[LayerMismatch, ...]) -> float:
    """Return the mismatch of a network as one number: the mean over its layers of shift + spread.

    It needs no reference for each backbone: both are in units of the stored deviation, and networks of different
    widths, depths and source data agreed within a factor of two on the same photos.
    """
    return float(np.mean([one.shift + one.spread for one in layers]))


def _mismatch(path: str, layer: _BatchNorm, first: ChannelStatistics, second: ChannelStatistics) -> LayerMismatch:
    # The layer divides by the root of the variance plus epsilon: without epsilon, channels that are always zero, as in
    # MobileNets, would dominate.
    assert layer.running_mean is not None
    assert layer.running_var is not None
    mean, variance = layer.running_mean.double().cpu(), layer.running_var.double().cpu() + layer.eps
    shifts = [(one.mean.cpu() - mean) / variance.sqrt() for one in (first, second)]
    spreads = [((one.variance.cpu() + layer.eps) / variance).log() / 2 for one in (first, second)]
    return LayerMismatch(path, float((shifts[0] * shifts[1]).mean()), float((spreads[0] * spreads[1]).mean()))


def fair_batches(places: np.ndarray) -> list[np.ndarray]:
    """Return ``places`` in a fixed random order, divided into batches of ``BATCH`` or a little more.

    Data sets are often sorted by class. A batch of one class would be normalised by the statistics of that class, and
    the average over such batches lacks the variance between classes.
    """
    order = np.random.default_rng(0).permutation(len(places))
    return np.array_split(places[order], max(1, len(places) // BATCH))


def reestimate(backbone: Backbone, batches: Iterable[Inputs], *, first_block: int = 0) -> None:
    """Replace the stored statistics of the blocks from ``first_block`` on by the average over ``batches``.

    These layers normalise with the statistics of each batch meanwhile, so that later layers see normalised inputs. All
    other modules stay in eval mode, and statistics of earlier blocks are unchanged. The batches should be of at least
    32 examples, of about equal size because each counts equally, and each a fair sample (``fair_batches``). Without
    such layers, nothing is run.
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
