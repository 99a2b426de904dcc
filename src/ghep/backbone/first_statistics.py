"""Which way of preparing pixels fits a network: its first BatchNorm layer remembers the inputs that it was trained on.

In: inputs as the backbone's preprocessing makes them. Out: for each way in which pixels are commonly prepared, how far
the inputs of the first BatchNorm layer are from the mean and variance stored there. The same images are used for every
way, so what is unusual about the images affects all of them alike. The pass ends at that layer: a few percent of the
network.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import norm_layers
from ghep.backbone.blocks import evaluating
from ghep.data.image.preprocess import IMAGENET_MEAN, IMAGENET_STD
from ghep.data.loading.padded import Inputs

GIVEN = "given"
"""The preprocessing of the backbone."""
CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Mean of ImageNet's red, green and blue, of networks that take 0 to 255 (Caffe, Keras' VGG and ResNet)."""


class _ReachedError(Exception):
    """Raised to end a forward pass at the first BatchNorm layer; carries the layer and its input."""

    def __init__(self, name: str, values: torch.Tensor) -> None:
        self.name, self.values = name, values


def distances(backbone: Backbone, inputs: Inputs) -> Mapping[str, float]:
    """Return way -> distance from the stored statistics for ``inputs`` (N, 3, H, W); empty if it cannot be measured.

    The distance is the mean over channels of log(1 + (m - m_s)^2 / v_s + log(s / s_s)^2), with the mean m, the standard
    deviation s and the variance v of the inputs and of the stored statistics. It is 0 for equal ones; the logarithm
    keeps a few channels with almost no variance from dominating. Networks without BatchNorm, and inputs other than
    pixels, cannot be measured.
    """
    mean, std = (getattr(backbone.preprocess, name, None) for name in ("mean", "std"))
    layers = norm_layers(backbone)
    if mean is None or std is None or not layers or not isinstance(inputs, torch.Tensor) or inputs.ndim != 4:
        return {}
    mean, std = (torch.tensor(one, dtype=torch.float32, device=inputs.device).view(1, 3, 1, 1) for one in (mean, std))
    pixels = inputs * std + mean  # 0 to 1
    found = {}
    for way, prepared in _ways(inputs, pixels, mean, std).items():
        name, values = _first_input(backbone, prepared)
        layer = layers[name]
        assert layer.running_mean is not None and layer.running_var is not None
        rows, stored = values.double().transpose(0, 1).flatten(1), layer.running_var.double()
        least = layer.eps + 1e-3 * float(stored.median())  # for channels without variance
        off = (rows.mean(1) - layer.running_mean.double()).square() / (stored + least)
        off += (0.5 * ((rows.var(1, correction=0) + least) / (stored + least)).log()).square()
        found[way] = float(off.log1p().mean())
    return found


def _ways(inputs: torch.Tensor, pixels: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return way -> inputs (N, 3, H, W) prepared that way, from ``pixels`` between 0 and 1."""
    usual = [torch.tensor(one, device=inputs.device).view(1, 3, 1, 1) for one in (IMAGENET_MEAN, IMAGENET_STD)]
    caffe = torch.tensor(CAFFE_MEAN, device=inputs.device).view(1, 3, 1, 1)
    return {
        GIVEN: inputs,
        "bgr": (pixels.flip(1) - mean) / std,
        "imagenet": (pixels - usual[0]) / usual[1],
        "symmetric": 2 * pixels - 1,
        "unit": pixels,
        "bytes": 255 * pixels,
        "caffe": (255 * pixels - caffe).flip(1),
    }


def _first_input(backbone: Backbone, inputs: torch.Tensor) -> tuple[str, torch.Tensor]:
    def reached(name: str, values: torch.Tensor) -> None:
        raise _ReachedError(name, values)

    handles = [
        layer.register_forward_pre_hook(lambda _, given, name=name: reached(name, given[0]))
        for name, layer in norm_layers(backbone).items()
    ]
    try:
        with torch.no_grad(), evaluating(backbone):
            backbone(inputs)
    except _ReachedError as found:
        return found.name, found.values
    finally:
        for handle in handles:
            handle.remove()
    raise AssertionError("no BatchNorm layer was called")
