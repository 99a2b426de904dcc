"""LoRA: a change of low rank beside the weight of a layer (Hu et al. 2021, arXiv:2106.09685).

In: a backbone whose weights stand still. ``add_lora`` puts a small pair of matrices beside each layer that is named,
linear or convolutional, ``merge_lora`` adds what they have learnt to the weights and takes them away: before and after,
the backbone is a plain network with the parameters it was built with, under the names it was built with.

A layer ``W x`` becomes ``W x + alpha / rank * B A x`` with A (rank, inputs) and B (outputs, rank). B starts at zero, so
the network starts as it was.

A convolution is linear too: at each place it multiplies the patch it looks at, channels x rows x columns in one vector,
by its weight laid out as (outputs, patch). So A is ``rank`` filters with the layer's own kernel, stride, padding and
dilation, B a 1x1 convolution of what they put out, and merging is the same product of matrices.
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
"""What an adapter is called inside of its layer."""


class Adapter(nn.Module):
    """``forward``: what goes into a layer, and the layer -> what is added to what comes out.

    (..., inputs) -> (..., outputs); for a convolution, whose ``inputs`` are C times the places of its kernel,
    (N, C, H, W) -> (N, outputs, H', W').
    """

    def __init__(self, inputs: int, outputs: int, *, rank: int, alpha: float, dropout: float = 0.0) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = alpha / rank
        self.dropout = dropout
        self.called = False
        """Whether the network has used it."""
        self.handle: RemovableHandle | None = None

    def forward(self, inputs: torch.Tensor, layer: nn.Module) -> torch.Tensor:
        """Add nothing at first: ``b`` is zero."""
        self.called = True
        inputs = functional.dropout(inputs, self.dropout, self.training)
        if isinstance(layer, nn.Conv2d):
            filters = self.a.view(-1, *layer.weight.shape[1:])
            return self.scale * functional.conv2d(_convolved(layer, inputs, filters), self.b[:, :, None, None])
        return self.scale * functional.linear(functional.linear(inputs, self.a), self.b)

    def change(self) -> torch.Tensor:
        """Return (outputs, inputs): what it comes to as a change of the weight."""
        return self.scale * self.b @ self.a


def linear_layers(backbone: Backbone) -> tuple[tuple[str, ...], ...]:
    """Return, for each block, the paths of the layers that could be adapted; a shared one is the first block's.

    These are linear layers, and convolutions whose every output sees every input.
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
    """Return (inputs, outputs) of a layer; of a convolution, how many numbers are in a patch and how many come out."""
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
    """Put an adapter beside each layer that ``targets`` name behind the first ``frozen_blocks`` blocks; their paths.

    ``A`` is drawn as a linear layer's weight is, uniformly within 1 / sqrt(inputs), from ``seed``. Only the adapters
    are new: which of the other parameters move is for the caller to say.

    Raises ConfigError when nothing matches.
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
    """Return path of the layer -> its adapter, in the order of the layers."""
    ours = ((path, child) for path, child in module.named_modules() if isinstance(child, Adapter))
    return {path.removesuffix(NAME).removesuffix("."): adapter for path, adapter in ours}


def adapter_parameters(backbone: Backbone, index: int) -> list[nn.Parameter]:
    """Return the parameters of the adapters in block ``index``."""
    adapters = [adapter for module in backbone.block_modules(index) for adapter in adapters_in(module).values()]
    return [parameter for adapter in dict.fromkeys(adapters) for parameter in adapter.parameters()]


def refuse_unused(backbone: Backbone) -> None:
    """Raise ConfigError if a forward pass has left an adapter out.

    Some networks read a layer's weight without calling the layer (BEiT of timm with ``qkv``): an adapter there would
    stay at zero for ever.
    """
    unused = [path for path, adapter in adapters_in(backbone.net).items() if not adapter.called]
    if unused:
        raise ConfigError(
            f"LoRA matched {len(unused)} layers that {backbone.card.name} does not call ({', '.join(unused[:3])})",
            remedy="name others with targets=..., or choose light or lp_ft",
        )


def merge_lora(backbone: Backbone) -> tuple[str, ...]:
    """Add to each weight what its adapter has learnt, and remove the adapters; the paths of their layers."""
    adapters = adapters_in(backbone.net)
    with torch.no_grad():
        for path, adapter in adapters.items():
            layer = backbone.net.get_submodule(path)
            if adapter.b.any():  # else the weight stays to the bit: -0.0 + 0.0 is 0.0
                change, weight = adapter.change(), _weight(layer)
                weight.add_(change.T if _is_turned(layer) else change.view(weight.shape))
    remove_lora(backbone)
    return tuple(adapters)


def remove_lora(backbone: Backbone) -> None:
    """Take all adapters away, and what they have learnt with them."""
    for path, adapter in adapters_in(backbone.net).items():
        assert adapter.handle is not None
        adapter.handle.remove()
        delattr(backbone.net.get_submodule(path), NAME)


def _with_adapter(layer: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
    change: torch.Tensor = getattr(layer, NAME)(inputs[0], layer)
    return output + change


def _convolved(layer: nn.Conv2d, inputs: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Convolve as ``layer`` does, padding by values, by reflection or as TensorFlow does, with other filters."""
    if _pads_itself(layer):
        from timm.layers.padding import pad_same

        inputs = pad_same(inputs, layer.kernel_size, layer.stride, layer.dilation)
    convolved: torch.Tensor = layer._conv_forward(inputs, filters, None)
    return convolved


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or _is_turned(module)


def _is_turned(module: nn.Module) -> bool:
    """Whether this is the linear layer of transformers' GPT-2, whose weight is (inputs, outputs)."""
    return type(module).__name__ == "Conv1D" and getattr(module, "weight", torch.empty(0)).ndim == 2


def _is_convolution(module: nn.Module) -> bool:
    """Whether this is a convolution, of one group, whose outputs are a linear function of the weight it holds.

    A class that does something of its own with the weight (weight standardisation, weight norm) is none: there a change
    that is added to the weight is not a change that is added to the outputs. Nor are those of several groups, depthwise
    ones among them: what rank filters make of all channels does not fit into a weight that sees a group's.
    """
    if not isinstance(module, nn.Conv2d) or module.groups != 1 or "weight" not in module._parameters:
        return False
    kind = type(module)
    plain = kind.forward is nn.Conv2d.forward and kind._conv_forward is nn.Conv2d._conv_forward
    return plain or _pads_itself(module)


def _pads_itself(module: nn.Module) -> bool:
    """Whether this is timm's convolution with TensorFlow's padding, which depends on the size of the inputs."""
    kind = type(module)
    return kind.__name__ == "Conv2dSame" and kind.__module__.startswith("timm.")


def _weight(layer: nn.Module) -> torch.Tensor:
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    return weight
