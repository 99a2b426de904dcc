"""LoRA: low-rank updates of the weights of layers (Hu et al. 2021, arXiv:2106.09685).

In: a backbone with frozen weights. ``add_lora`` adds a pair of small matrices to each selected layer, linear or
convolutional; ``merge_lora`` adds the trained updates to the weights and removes the matrices. Before and after, the
backbone is a plain network with its original parameters and names.

A layer ``W x``, with weight W and input x, becomes ``W x + alpha / rank * B A x``, with trained matrices A (rank,
inputs) and B (outputs, rank). B is initialised with zeros, so the outputs do not change at first.

A convolution is linear too: at each position it multiplies a patch, channels x rows x columns as a vector, by its
weight reshaped to (outputs, patch). So A is ``rank`` filters with the layer's own kernel, stride, padding and dilation,
B a 1x1 convolution of their outputs, and merging is the same matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from ghep.backbone.base import Backbone
from ghep.errors import ConfigError
from ghep.model.targets import ATTENTION, matching

NAME = "lora"
"""Name of an adapter within its layer."""


class Adapter(nn.Module):
    """The matrices A and B of one layer. ``forward`` takes the layer's inputs and returns the update of its outputs.

    Shapes: (..., inputs) -> (..., outputs). For a convolution: (N, C, H, W) -> (N, outputs, H', W'), and ``inputs`` is
    C times the number of positions of the kernel.
    """

    def __init__(self, inputs: int, outputs: int, *, rank: int, alpha: float, dropout: float = 0.0) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = alpha / rank
        self.dropout = dropout
        self.called = False
        """Whether a forward pass has used the adapter."""
        self.handle: RemovableHandle | None = None

    def forward(self, inputs: torch.Tensor, layer: nn.Module) -> torch.Tensor:
        """Return the update of the outputs of ``layer``, which is zero until the matrix B is trained."""
        self.called = True
        inputs = functional.dropout(inputs, self.dropout, self.training)
        if isinstance(layer, nn.Conv2d):
            filters = self.a.view(-1, *layer.weight.shape[1:])
            return self.scale * functional.conv2d(_convolved(layer, inputs, filters), self.b[:, :, None, None])
        return self.scale * functional.linear(functional.linear(inputs, self.a), self.b)

    def change(self) -> torch.Tensor:
        """Return the update of the layer's weight, alpha / rank B A, (outputs, inputs)."""
        return self.scale * self.b @ self.a


def linear_layers(backbone: Backbone) -> tuple[tuple[str, ...], ...]:
    """Return, for each block, the paths of the layers that can be adapted; shared layers belong to the first block.

    These are linear layers and convolutions with a single group.
    """
    seen: set[int] = set()
    found = []
    for block in backbone.blocks():
        paths = []
        for path in block.modules:
            for name, module in backbone.net.get_submodule(path).named_modules(prefix=path):
                if (_is_linear(module) or _is_convolution(module)) and id(module) not in seen:
                    seen.add(id(module))
                    paths.append(name)
        found.append(tuple(paths))
    return tuple(found)


def size_of(layer: nn.Module) -> tuple[int, int]:
    """Return (inputs, outputs) of a layer; for a convolution, inputs is the number of values in a patch."""
    rows, columns = _weight(layer).flatten(1).shape
    return (rows, columns) if _is_turned(layer) else (columns, rows)


def add_lora(
    backbone: Backbone,
    rank: int,
    alpha: float,
    targets: Sequence[str] = ATTENTION,
    *,
    seed: int,
    dropout: float = 0.0,
    frozen_blocks: int = 0,
) -> tuple[str, ...]:
    """Add an adapter to each layer named by ``targets`` after the first ``frozen_blocks`` blocks; return their paths.

    ``A`` is drawn like a linear layer's weight, uniformly within 1 / sqrt(inputs), from ``seed``. The caller decides
    which other parameters are trained.

    Raises ConfigError if no layer matches.
    """
    layers = linear_layers(backbone)[frozen_blocks:]
    paths = [path for block in matching(layers, targets, name=backbone.card.name) for path in block]
    generator = torch.Generator().manual_seed(seed)
    for path in paths:
        layer = backbone.net.get_submodule(path)
        weight = _weight(layer)
        inputs, outputs = size_of(layer)
        adapter = Adapter(inputs, outputs, rank=rank, alpha=alpha, dropout=dropout)
        with torch.no_grad():
            adapter.a.uniform_(-1 / sqrt(inputs), 1 / sqrt(inputs), generator=generator)
        layer.add_module(NAME, adapter.to(weight.device, weight.dtype))
        adapter.handle = layer.register_forward_hook(_with_adapter)
    return tuple(paths)


def adapters_in(module: nn.Module) -> dict[str, Adapter]:
    """Return the path of each adapted layer -> its adapter, in the order of the layers in ``module``."""
    ours = ((path, child) for path, child in module.named_modules() if isinstance(child, Adapter))
    return {path.removesuffix(NAME).removesuffix("."): adapter for path, adapter in ours}


def adapter_parameters(backbone: Backbone, index: int) -> list[nn.Parameter]:
    """Return the parameters of the adapters in block ``index``."""
    adapters = [adapter for module in backbone.block_modules(index) for adapter in adapters_in(module).values()]
    return [parameter for adapter in dict.fromkeys(adapters) for parameter in adapter.parameters()]


def refuse_unused(backbone: Backbone) -> None:
    """Raise ConfigError if forward passes so far did not use one of the adapters.

    Some networks read a layer's weight without calling the layer (timm's BEiT with ``qkv``), so an adapter there would
    never be trained.
    """
    unused = [path for path, adapter in adapters_in(backbone.net).items() if not adapter.called]
    if unused:
        raise ConfigError("lora-layers-not-called", name=backbone.card.name, count=len(unused), layers=unused[:3])


def merge_lora(backbone: Backbone) -> tuple[str, ...]:
    """Add each adapter's update to the weight of its layer, and remove the adapters; return the paths of the layers."""
    adapters = adapters_in(backbone.net)
    with torch.no_grad():
        for path, adapter in adapters.items():
            layer = backbone.net.get_submodule(path)
            if adapter.b.any():  # else keep the weight bit-identical: -0.0 + 0.0 is 0.0
                change, weight = adapter.change(), _weight(layer)
                weight.add_(change.T if _is_turned(layer) else change.view(weight.shape))
    remove_lora(backbone)
    return tuple(adapters)


def remove_lora(backbone: Backbone) -> None:
    """Remove all adapters without merging them."""
    for path, adapter in adapters_in(backbone.net).items():
        assert adapter.handle is not None
        adapter.handle.remove()
        delattr(backbone.net.get_submodule(path), NAME)


def _with_adapter(layer: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
    change: torch.Tensor = getattr(layer, NAME)(inputs[0], layer)
    return output + change


def _convolved(layer: nn.Conv2d, inputs: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Convolve ``inputs`` with ``filters``, using the stride, dilation and padding (of any kind) of ``layer``."""
    if _pads_itself(layer):
        from timm.layers.padding import pad_same

        inputs = pad_same(inputs, layer.kernel_size, layer.stride, layer.dilation)
    convolved: torch.Tensor = layer._conv_forward(inputs, filters, None)
    return convolved


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or _is_turned(module)


def _is_turned(module: nn.Module) -> bool:
    """Whether ``module`` is transformers' Conv1D (GPT-2), a linear layer whose weight is (inputs, outputs)."""
    return type(module).__name__ == "Conv1D" and getattr(module, "weight", torch.empty(0)).ndim == 2


def _is_convolution(module: nn.Module) -> bool:
    """Whether ``module`` is a convolution with one group whose outputs are linear in its weight.

    Classes that transform the weight (weight standardisation, weight norm) are excluded, because adding an update to
    the weight would not add the same update to the outputs. Grouped and depthwise convolutions are excluded, because
    the matrix A reads all channels, but their weights only the channels of a group.
    """
    if not isinstance(module, nn.Conv2d) or module.groups != 1 or "weight" not in module._parameters:
        return False
    kind = type(module)
    plain = kind.forward is nn.Conv2d.forward and kind._conv_forward is nn.Conv2d._conv_forward
    return plain or _pads_itself(module)


def _pads_itself(module: nn.Module) -> bool:
    """Whether ``module`` is timm's convolution with TensorFlow's padding, which depends on the input size."""
    kind = type(module)
    return kind.__name__ == "Conv2dSame" and kind.__module__.startswith("timm.")


def _weight(layer: nn.Module) -> torch.Tensor:
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    return weight
