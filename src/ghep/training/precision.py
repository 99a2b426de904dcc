"""Which number format and memory layout this model trains fastest in, on this machine: measured, not assumed.

bfloat16 and channels_last make a ResNet several times faster on some processors and a MobileNet slower; both only on
some. Three steps on a real batch decide, before training, in eval mode so that no statistic moves.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import torch

from ghep.data.padded import Inputs, laid_out
from ghep.errors import ConfigError, did_you_mean
from ghep.model.transfer import TransferModel

BEHIND = 1.5
"""A format that is this many times slower than the fastest is not measured again: it may cost seconds."""

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
        with torch.autocast(model.device.type, torch.bfloat16, enabled=self.bfloat16):
            features = model.backbone.forward_from(inputs, boundary)
        return model.from_features(features)


def named(name: str) -> Precision:
    """Return the precision called ``name``, unmeasured."""
    if name not in NAMES:
        raise ConfigError(f'no precision is called "{name}"', remedy=did_you_mean(name, [*NAMES, "auto"]))
    return Precision(name)


def measure(model: TransferModel, inputs: Inputs, *, boundary: int = 0, repeats: int = 3) -> Precision:
    """Return the fastest of ``NAMES`` for one forward and backward pass on ``inputs``, given at ``boundary``."""
    training = model.training
    model.eval()
    maps = any(parameter.ndim == 4 for parameter in model.parameters())
    names = NAMES if maps else [name for name in NAMES if not name.endswith("channels_last")]  # else layouts are equal
    for name in names:  # the first pass compiles kernels
        _milliseconds(Precision(name), model, inputs, boundary)
    # In turns, and the best of each: another process on the machine then disturbs all alike.
    times, left = dict.fromkeys(names, inf), list(names)
    for _ in range(repeats):
        for name in left:
            times[name] = min(times[name], _milliseconds(Precision(name), model, inputs, boundary))
        left = [name for name in left if times[name] < BEHIND * min(times.values())]
    model.train(training)
    model.zero_grad(set_to_none=True)
    best = min(times, key=lambda name: times[name])
    # A change of format has to earn its keep: within 10 % the plain one stays.
    return Precision(best if times[best] < 0.9 * times["float32"] else "float32", times)


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
