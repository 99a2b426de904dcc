"""The cost of a backbone up to each boundary, counted on the user's examples in operations and bytes.

No time is measured. Costs decide whether activations are cached, and caching affects the numbers that a stage trains
on. So the load of the machine must not change the costs: the same backbone and data have the same costs in every run.

    seconds = operations / OPERATIONS_PER_SECOND + elements / ELEMENTS_PER_SECOND       (on one thread)

Operations are those of convolutions, matrix products, attention and recurrent layers; elements are the numbers that
every operation writes. The second term dominates for a MobileNet and is smallest for a ViT.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.padded import Inputs, parts
from ghep.data.loading.views import PLAIN
from ghep.model.transfer import TransferModel

OPERATIONS_PER_SECOND = 6.5e10
"""Speed of one thread in float32. With ``ELEMENTS_PER_SECOND`` the result is within a factor of two of the measured
ResNet-50, MobileNetV2 and ViT-S/16 (docs/decisions/0006-engines.md)."""
ELEMENTS_PER_SECOND = 1.1e9
GPU_SPEED = 100.0
"""Speed of a GPU divided by that of one CPU thread."""


@dataclass(frozen=True)
class Costs:
    """Seconds, bytes and shares of the network that one example costs; counted, not measured."""

    pass_seconds: float
    """Seconds of a forward pass of the whole backbone by the engine that fills the store."""
    live_seconds: float
    """Seconds of a forward pass in the training loop, by ``OPERATIONS_PER_SECOND`` and ``ELEMENTS_PER_SECOND``."""
    shares: tuple[float, ...]
    """Fraction of a forward pass before each boundary, from 0 to 1."""
    row_bytes: tuple[int, ...]
    """Bytes of the cached activation of one example at each boundary."""
    weights: tuple[float, ...] = ()
    """Fraction of the weights before each boundary, from 0 to 1."""

    def tail(self, boundary: int) -> float:
        """Return the time of the blocks after ``boundary`` in plain PyTorch, relative to ``pass_seconds``."""
        return (1 - self.shares[boundary]) * self.live_seconds / self.pass_seconds


def typical_example(data: LabelledExamples) -> Inputs:
    """Return the inputs of one example of ``data``, of median length if lengths differ."""
    index = 0 if data.lengths is None else int(np.argsort(data.lengths, kind="stable")[len(data) // 2])
    return data.inputs(np.array([index]), [PLAIN])


def counted_seconds(backbone: Backbone, inputs: Inputs) -> tuple[float, ...]:
    """Return the estimated seconds per example of a forward pass up to each boundary, from 0 to the last.

    The estimate is from counted operations and elements; each network and input size is counted once per process.
    """
    key = _key(backbone.architecture, backbone, inputs, torch.get_num_threads())
    if key not in _counted:
        _counted[key] = _count(backbone, inputs)
    return _counted[key]


def _count(backbone: Backbone, inputs: Inputs) -> tuple[float, ...]:
    counter, ends = _Counter(), [0.0] * len(backbone.blocks())
    inputs = inputs.to(next(backbone.parameters()).device)

    def at_end_of(index: int) -> Callable[..., None]:
        def note(*_: object) -> None:
            ends[index] = counter.seconds

        return note

    hooks = [backbone.block_modules(i)[-1].register_forward_hook(at_end_of(i)) for i in range(len(ends))]
    try:
        with torch.no_grad(), evaluating(backbone), counter:
            backbone(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    ends[-1] = counter.seconds  # includes pooling after the last module
    speed = GPU_SPEED if inputs.device.type != "cpu" else torch.get_num_threads()
    return (0.0, *(end / speed / len(inputs) for end in ends))


_counted: dict[str, tuple[float, ...]] = {}


def activation_bytes(model: TransferModel, data: LabelledExamples, frozen_blocks: int) -> int:
    """Return the bytes per example that training keeps from the forward to the backward pass.

    These are the tensors that autograd saves, except weights, in float32 and with the first ``frozen_blocks`` blocks
    frozen. They are counted on a batch with two copies of the longest example, because BatchNorm cannot train on one
    example. The state of the model is restored. Each network and input size is counted once per process.
    """
    index = 0 if data.lengths is None else int(np.argmax(data.lengths))
    inputs = data.inputs(np.array([index, index]), [PLAIN, PLAIN])
    key = _key(model.backbone.architecture, model, inputs, frozen_blocks)
    if key not in _saved:
        _saved[key] = _saved_bytes(model, inputs.to(model.device), frozen_blocks)
    return _saved[key]


def _saved_bytes(model: TransferModel, inputs: Inputs, frozen_blocks: int) -> int:
    owned = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
    saved: dict[int, int] = {}

    def save(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in owned:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # keeps the storage, so that its address is not reused, but not the graph

    before = model.frozen_blocks, model.keep_statistics, model.training
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]  # BatchNorm's statistics
    hooks = torch.autograd.graph.saved_tensors_hooks(save, lambda tensor: tensor)
    try:
        model.freeze(frozen_blocks)
        model.train()
        with torch.random.fork_rng(devices=[]), torch.enable_grad(), hooks:
            model(inputs)
    finally:
        model.freeze(before[0], keep_statistics=before[1])
        model.train(before[2])
        for buffer, copy in buffers:
            buffer.copy_(copy)
    return math.ceil(sum(saved.values()) / len(inputs))


_saved: dict[str, int] = {}


def _key(architecture: Architecture, net: nn.Module, inputs: Inputs, *more: object) -> str:
    """Return the cache key of a count. It includes the names of the weights, which adapters (LoRA) change."""
    shapes = [tuple(one.shape) for one in parts(inputs)]
    weights = [(name, *weight.shape) for name, weight in net.named_parameters()]
    device = next(net.parameters()).device.type
    return json.dumps([architecture.to_json(), weights, shapes, device, *more])


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the estimated ``seconds`` of all PyTorch operations inside its ``with`` statement."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seconds = 0.0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        operations = OPERATIONS.get(func.overloadpacket.__name__)
        written = out[0] if isinstance(out, tuple | list) and out else out
        if isinstance(written, torch.Tensor) and not _is_view(written, args):
            self.seconds += written.numel() / ELEMENTS_PER_SECOND
            if operations is not None:
                self.seconds += operations(args, written) / OPERATIONS_PER_SECOND
        return out


def _is_view(out: torch.Tensor, args: tuple[Any, ...]) -> bool:
    first = args[0] if args else None
    return isinstance(first, torch.Tensor) and first.data_ptr() == out.data_ptr()


def _of_attention(args: tuple[Any, ...], _: torch.Tensor) -> float:
    query, key = args[0], args[1]
    return 4.0 * float(query.numel() * key.shape[-2])


def _of_recurrence(args: tuple[Any, ...], _: torch.Tensor) -> float:
    """Return the floating-point operations of a recurrent layer.

    Each of the L x N positions is multiplied by two matrices: the weights of the input and of the hidden state.
    """
    return 2.0 * float(math.prod(args[0].shape[:2]) * (args[1].numel() + args[2].numel()))


OPERATIONS: Mapping[str, Callable[[tuple[Any, ...], torch.Tensor], float]] = {
    "convolution": lambda args, out: 2.0 * out.numel() * args[1][0].numel(),
    "mm": lambda args, out: 2.0 * out.numel() * args[0].shape[-1],
    "bmm": lambda args, out: 2.0 * out.numel() * args[0].shape[-1],
    "addmm": lambda args, out: 2.0 * out.numel() * args[1].shape[-1],
    "baddbmm": lambda args, out: 2.0 * out.numel() * args[1].shape[-1],
    "_scaled_dot_product_flash_attention_for_cpu": _of_attention,
    "_scaled_dot_product_flash_attention": _of_attention,
    "_scaled_dot_product_efficient_attention": _of_attention,
    "_scaled_dot_product_cudnn_attention": _of_attention,
    "mkldnn_rnn_layer": _of_recurrence,
}
"""Name of an operation -> number of floating-point operations, from its arguments and first output."""
