"""Which number format and memory layout this model trains fastest in, on this machine: measured, not assumed.

bfloat16 and channels_last make a ResNet several times faster on some processors and a MobileNet slower; both only on
some. Three steps on a real batch decide, before training, in eval mode so that no statistic moves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import inf

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.data.loading.padded import Inputs, laid_out
from ghep.errors import ConfigError, did_you_mean
from ghep.model.transfer import TransferModel
from ghep.training.depthwise import QuickDepthwise

BEHIND = 1.5
"""A format that is this many times slower than the fastest is not measured again: it may cost seconds."""
FEW = 2
"""Examples on which all formats are tried, to leave out those that are ``FAR_BEHIND``."""
FAR_BEHIND = 2.0
"""Times as slow as the fastest on a few examples."""

ROWS, SECONDS = 8, 0.25
"""Then on so many examples, or as many as take so long: a few small ones spend more on starting than on computing."""

NAMES = ("float32", "float32-channels_last", "bfloat16", "bfloat16-channels_last")


@dataclass(frozen=True)
class Precision:
    """How the backbone runs while training; heads and losses are always float32."""

    name: str = "float32"
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """What the measurement gave per example, by name; empty when it was not measured."""

    @property
    def bfloat16(self) -> bool:
        """Whether the backbone runs under autocast to bfloat16."""
        return self.name.startswith("bfloat16")

    @property
    def memory_format(self) -> torch.memory_format:
        """Layout of weights and inputs."""
        return torch.channels_last if self.name.endswith("channels_last") else torch.contiguous_format

    def apply(self, model: TransferModel) -> None:
        """Lay the weights out; values do not change."""
        model.to(memory_format=self.memory_format)

    def logits(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Run the model from ``boundary`` on: backbone in this precision, heads in float32."""
        inputs = laid_out(inputs.to(model.device), self.memory_format)
        with torch.autocast(model.device.type, torch.bfloat16, enabled=self.bfloat16), self._gradients(inputs):
            features = model.backbone.forward_from(inputs, boundary)
        return model.from_features(features)

    def _gradients(self, inputs: Inputs) -> AbstractContextManager[object]:
        """Return what has the gradients of maps on a processor made quickly."""
        maps = isinstance(inputs, torch.Tensor) and inputs.ndim == 4 and inputs.device.type == "cpu"
        return QuickDepthwise() if self.bfloat16 and maps and torch.is_grad_enabled() else nullcontext()


def named(name: str) -> Precision:
    """Return the precision called ``name``, unmeasured."""
    if name not in NAMES:
        raise ConfigError(f'no precision is called "{name}"', remedy=did_you_mean(name, [*NAMES, "auto"]))
    return Precision(name)


def unmeasured(model: TransferModel) -> Precision:
    """Return the format to train in where nothing may be measured: float32, maps with their channels last."""
    return Precision("float32-channels_last" if _has_maps(model) else "float32")


def _has_maps(model: TransferModel) -> bool:
    return any(parameter.ndim == 4 for parameter in model.parameters())


def measure(model: TransferModel, inputs: Inputs, *, boundary: int = 0, repeats: int = 3) -> Precision:
    """Return the fastest of ``NAMES`` for a forward and backward pass on ``inputs``, a batch given at ``boundary``."""
    training = model.training
    model.train()  # dropout, and attention with it, takes another path in evaluation
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()  # its statistics are not for trying
    names = (
        NAMES if _has_maps(model) else [name for name in NAMES if not name.endswith("channels_last")]
    )  # else layouts are equal

    def in_turns(names: Sequence[str], rows: Inputs, repeats: int, behind: float) -> dict[str, float]:
        """Return the best of each: in turns, so that another process on the machine disturbs all alike."""
        for name in names:  # the first pass compiles kernels
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
            enough = max(ROWS, int(1000 * SECONDS / min(found.values())))
            found |= in_turns(near, inputs[:enough], repeats, BEHIND)
    model.train(training)
    model.zero_grad(set_to_none=True)
    best = min(near, key=lambda name: found[name])
    # A change of format has to earn its keep: within 10 % the plain one stays.
    return Precision(best if found[best] < 0.9 * found["float32"] else "float32", found)


def _milliseconds(precision: Precision, model: TransferModel, inputs: Inputs, boundary: int) -> float:
    """Milliseconds per example of one forward and backward pass."""
    precision.apply(model)
    start = time.perf_counter()
    total = sum(logits.sum() for logits in precision.logits(model, inputs, boundary).values())
    assert isinstance(total, torch.Tensor)
    total.backward()  # type: ignore[no-untyped-call]
    if model.device.type == "cuda":  # kernels are only queued until then
        torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - start) / len(inputs)
