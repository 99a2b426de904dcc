"""Choose the number format and memory layout in which this model trains fastest on this machine, by measurement.

On some CPUs, bfloat16 and channels_last make a ResNet several times faster and a MobileNet slower; on other CPUs, they
do neither. Before training, a few passes on a real batch decide. Meanwhile BatchNorm is in eval mode, so that its
running statistics do not change.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import ceil, inf

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from ghep.data.loading.padded import Inputs, joined, laid_out, on_device, parts, whole
from ghep.errors import ConfigError, did_you_mean
from ghep.model.transfer import TransferModel
from ghep.training.attention import QuickAttention
from ghep.training.depthwise import QuickDepthwise
from ghep.training.options import PRECISIONS

BEHIND = 1.5
"""A format this many times slower than the fastest is not measured again: it may take seconds."""
FEW = 2
"""Examples of the first measurement of all formats, which rules out those that are ``FAR_BEHIND``."""
FAR_BEHIND = 2.0
"""Times slower than the fastest on ``FEW`` examples."""

ROWS, SECONDS = 8, 0.25
"""The second measurement uses at least this many examples, and enough to take this many seconds.

With a few small examples, the overhead of a call is longer than the computation.
"""


@dataclass(frozen=True)
class Precision:
    """Number format and memory layout of the backbone in training; heads and losses are always float32."""

    name: str = "float32"
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """Measured milliseconds per example by name; empty if not measured."""
    rows_at_once: int | None = None
    """Most rows of a training batch whose intermediate results are in memory at once; None: all rows."""

    @property
    def bfloat16(self) -> bool:
        """Whether the backbone runs under autocast to bfloat16."""
        return self.name.startswith("bfloat16")

    @property
    def memory_format(self) -> torch.memory_format:
        """Memory layout of weights and inputs."""
        return torch.channels_last if self.name.endswith("channels_last") else torch.contiguous_format

    def apply(self, model: TransferModel) -> None:
        """Put the weights into ``memory_format``; their values and their number format do not change."""
        model.to(memory_format=self.memory_format)

    def features(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> Inputs:
        """Return features (N, D), computed from ``boundary`` on in this precision.

        With gradients and ``rows_at_once``, the batch is computed in parts of about equal size: each part keeps nothing
        but its features and is computed again in the backward pass (Chen et al. 2016, arXiv:1604.06174, with rows for
        layers; Gao et al. 2021, arXiv:2101.06983). Head, loss and step still see the whole batch; only BatchNorm in
        train mode normalises each part by itself.
        """
        count = 1 if self.rows_at_once is None else ceil(len(inputs) / self.rows_at_once)
        count = min(count, len(inputs) // least_rows(model))
        if count <= 1 or not torch.is_grad_enabled():
            return self._features(model, inputs, boundary)

        def features(*tensors: torch.Tensor) -> Inputs:
            return self._features(model, whole(tensors), boundary)

        # Already on the device: by their device, checkpoint knows whose random state dropout needs a second time.
        inputs, ends = on_device(inputs, model.device), np.linspace(0, len(inputs), count + 1).astype(int)
        again = partial(checkpoint, use_reentrant=False, context_fn=lambda: (nullcontext(), _StatisticsKept(model)))
        return joined([again(features, *parts(inputs[first:end])) for first, end in pairwise(ends.tolist())])

    def _features(self, model: TransferModel, inputs: Inputs, boundary: int) -> Inputs:
        inputs = laid_out(on_device(inputs, model.device), self.memory_format)
        with self._quick_gradients(inputs), torch.autocast(model.device.type, torch.bfloat16, enabled=self.bfloat16):
            return model.backbone.forward_from(inputs, boundary)

    def logits(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Return task -> logits (N, K) from ``boundary`` on: backbone in this precision, heads in float32."""
        return model.from_features(self.features(model, inputs, boundary))

    def _quick_gradients(self, inputs: Inputs) -> AbstractContextManager[object]:
        """Return the contexts that speed up gradients in bfloat16 on a CPU; else one that does nothing."""
        found = ExitStack()
        if self.bfloat16 and inputs.device.type == "cpu" and torch.is_grad_enabled():
            found.enter_context(QuickAttention())
            if isinstance(inputs, torch.Tensor) and inputs.ndim == 4:
                found.enter_context(QuickDepthwise())
        return found


def least_rows(model: TransferModel) -> int:
    """Return the least rows of a part of a training batch: two for BatchNorm in train mode, which needs a variance."""
    return 2 if any(isinstance(module, _BatchNorm) and module.training for module in model.modules()) else 1


class _StatisticsKept:
    """Context in which BatchNorm computes a part again without counting it again in its running statistics.

    It is entered once in each backward pass through the part: several tasks may have one each.
    """

    def __init__(self, model: TransferModel) -> None:
        self.layers = [one for one in model.modules() if isinstance(one, _BatchNorm) and one.training]
        self.kept: list[dict[str, torch.Tensor]] = []

    def __enter__(self) -> None:
        self.kept = [dict(layer.named_buffers(recurse=False)) for layer in self.layers]
        for layer, buffers in zip(self.layers, self.kept, strict=True):
            for name, buffer in buffers.items():
                setattr(layer, name, buffer.clone())  # not copied back: autograd would see a changed tensor

    def __exit__(self, *_: object) -> None:
        for layer, buffers in zip(self.layers, self.kept, strict=True):
            for name, buffer in buffers.items():
                setattr(layer, name, buffer)


def named(name: str) -> Precision:
    """Return the precision ``name``, unmeasured. Raises ConfigError for an unknown name."""
    if name not in PRECISIONS:
        raise ConfigError("unknown-precision", name=name, hint=did_you_mean(name, [*PRECISIONS, "auto"]))
    return Precision(name)


def unmeasured(model: TransferModel) -> Precision:
    """Return the precision for runs that must not depend on timing: float32, with channels_last for convolutions."""
    return Precision("float32-channels_last" if _has_convolutions(model) else "float32")


def _has_convolutions(model: TransferModel) -> bool:
    return any(parameter.ndim == 4 for parameter in model.parameters())


def measure(model: TransferModel, inputs: Inputs, *, boundary: int = 0, repeats: int = 3) -> Precision:
    """Return the precision with the fastest forward and backward pass on ``inputs``, a batch at ``boundary``.

    float32 stays unless another format is at least 10 % faster.
    """
    training = model.training
    model.train()  # in eval mode, dropout and attention take other code paths
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()  # measuring must not change its statistics
    # Without convolutions, the layouts are equal.
    names = [name for name in PRECISIONS if _has_convolutions(model) or not name.endswith("channels_last")]

    def in_turns(names: Sequence[str], rows: Inputs, repeats: int, behind: float) -> dict[str, float]:
        """Return the best time of each format, measured in turns so that other processes disturb all alike.

        A format that is ``behind`` times slower than the fastest is not measured again.
        """
        for name in names:  # the first pass is slower: it compiles kernels
            _milliseconds(Precision(name), model, rows, boundary)
        times, left = dict.fromkeys(names, inf), list(names)
        for _ in range(repeats):
            for name in left:
                times[name] = min(times[name], _milliseconds(Precision(name), model, rows, boundary))
            left = [name for name in left if times[name] < behind * min(times.values())]
        return times

    with torch.random.fork_rng(devices=[model.device] if model.device.type == "cuda" else []):
        found = in_turns(names, inputs[:FEW], 1, FAR_BEHIND)
        near = [name for name in names if found[name] < FAR_BEHIND * min(found.values())]
        if len(near) > 1:
            enough = min(len(inputs), max(ROWS, int(1000 * SECONDS / min(found.values()))))
            measured = None
            while measured is None and enough > 0:  # with half as many rows if the memory of the device runs out
                try:
                    measured = in_turns(near, inputs[:enough], repeats, BEHIND)
                except torch.OutOfMemoryError:
                    enough //= 2
            found |= measured or {}
    model.train(training)
    model.zero_grad(set_to_none=True)
    best = min(near, key=lambda name: found[name])
    return Precision(best if found[best] < 0.9 * found["float32"] else "float32", found)


def _milliseconds(precision: Precision, model: TransferModel, inputs: Inputs, boundary: int) -> float:
    """Return milliseconds per example of one forward and backward pass."""
    precision.apply(model)
    start = time.perf_counter()
    total = sum(logits.sum() for logits in precision.logits(model, inputs, boundary).values())
    assert isinstance(total, torch.Tensor)
    total.backward()  # type: ignore[no-untyped-call]
    if model.device.type == "cuda":  # kernels run asynchronously
        torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - start) / len(inputs)
