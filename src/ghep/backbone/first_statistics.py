"""Which way of preparing pixels fits a network: its first BatchNorm layer remembers the inputs that it was trained on.

In: inputs as the backbone's preprocessing makes them. Out: for each way in which pixels are commonly prepared, how far
the inputs of the first BatchNorm layer are from the mean and variance stored there. The same images are used for every
way, so what is unusual about the images affects all of them alike. The pass ends at that layer: a few percent of the
network. Whether blue and red are exchanged shows less in one layer than in a few, so there the first five are compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import channel_statistics, norm_layers
from ghep.backbone.blocks import evaluating
from ghep.data.image.preprocess import IMAGENET_MEAN, IMAGENET_STD
from ghep.data.loading.padded import Inputs

GIVEN = "given"
"""The preprocessing of the backbone."""
EXCHANGED = "bgr"
SEVERAL = 5
CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Mean of ImageNet's red, green and blue, of networks that take 0 to 255 (Caffe, Keras' VGG and ResNet)."""


class _ReachedError(Exception):
    """Raised internally to end a forward pass at the last BatchNorm layer that is asked for."""


def distances(backbone: Backbone, inputs: Inputs) -> Mapping[str, float]:
    """Return way -> distance from the stored statistics for ``inputs`` (N, 3, H, W); empty if it cannot be measured.

    The distance is the mean over channels of log(1 + (m - m_s)^2 / v_s + log(s / s_s)^2), with the mean m, the standard
    deviation s and the variance v of the inputs and of the stored statistics. It is 0 for equal ones; the logarithm
    keeps a few channels with almost no variance from dominating. Networks without BatchNorm, and inputs other than
    pixels, cannot be measured.
    """
    found = _measurable(backbone, inputs)
    return {} if found is None else {way: _by_layer(backbone, one, 1)[0] for way, one in _ways(*found).items()}


def distances_by_colour(backbone: Backbone, inputs: Inputs) -> tuple[list[float], list[float]]:
    """Return the distances at the first ``SEVERAL`` BatchNorm layers, as given and with blue and red exchanged.

    Colours are exchanged before and after the mean is subtracted, and the larger distance of the two counts: with one
    mean per colour, the exchange alone would move the inputs. Both lists are empty if they cannot be measured.
    """
    found = _measurable(backbone, inputs)
    if found is None:
        return [], []
    inputs, pixels = found
    exchanged = inputs.flip(1), inputs + pixels.flip(1).sub(pixels).div(_std(backbone, pixels))
    before, after = (_by_layer(backbone, one, SEVERAL) for one in exchanged)
    return _by_layer(backbone, inputs, SEVERAL), [max(pair) for pair in zip(before, after, strict=True)]


def _std(backbone: Backbone, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(backbone.preprocess.std, dtype=torch.float32, device=like.device).view(1, 3, 1, 1)  # type: ignore[attr-defined]


def _measurable(backbone: Backbone, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return the inputs, and their pixels between 0 and 1; None if the first layers cannot be compared."""
    mean, std = (getattr(backbone.preprocess, name, None) for name in ("mean", "std"))
    if mean is None or std is None or not norm_layers(backbone):
        return None
    if not isinstance(inputs, torch.Tensor) or inputs.ndim != 4:
        return None
    mean, std = (torch.tensor(one, dtype=torch.float32, device=inputs.device).view(1, 3, 1, 1) for one in (mean, std))
    return inputs, inputs * std + mean


def _ways(inputs: torch.Tensor, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return way -> inputs (N, 3, H, W) prepared that way, from ``pixels`` between 0 and 1."""
    usual = [torch.tensor(one, device=inputs.device).view(1, 3, 1, 1) for one in (IMAGENET_MEAN, IMAGENET_STD)]
    caffe = torch.tensor(CAFFE_MEAN, device=inputs.device).view(1, 3, 1, 1)
    return {
        GIVEN: inputs,
        EXCHANGED: inputs.flip(1),
        "imagenet": (pixels - usual[0]) / usual[1],
        "symmetric": 2 * pixels - 1,
        "unit": pixels,
        "bytes": 255 * pixels,
        "caffe": (255 * pixels - caffe).flip(1),
    }


def _by_layer(backbone: Backbone, inputs: torch.Tensor, count: int) -> list[float]:
    """Return the distance at each of the first ``count`` BatchNorm layers, in the order in which they are called."""
    found: list[float] = []

    def measured(layer: _BatchNorm, given: tuple[torch.Tensor, ...]) -> None:
        found.append(_distance(layer, given[0]))
        if len(found) == count:
            raise _ReachedError

    handles = [layer.register_forward_pre_hook(measured) for layer in norm_layers(backbone).values()]
    try:
        with torch.no_grad(), evaluating(backbone):
            backbone(inputs)
    except _ReachedError:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return found


def _distance(layer: _BatchNorm, values: torch.Tensor) -> float:
    assert layer.running_mean is not None and layer.running_var is not None
    now, stored = channel_statistics(values), layer.running_var.double()
    least = layer.eps + 1e-3 * float(stored.median())  # for channels without variance
    off = (now.mean - layer.running_mean.double()).square() / (stored + least)
    off += (0.5 * ((now.variance + least) / (stored + least)).log()).square()
    return float(off.log1p().mean())
