"""What the frozen part costs, by boundary: measured on a few of the user's examples, in seconds and bytes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.padded import Inputs
from ghep.features.engines.engine import Engine


@dataclass(frozen=True)
class Costs:
    """What was measured on a sample of the user's examples, and counted on the network."""

    pass_seconds: float
    """Of the engine that would fill the store, per example, whole backbone."""
    live_seconds: float
    """Of the backbone as the training loop runs it, forward only, per example."""
    shares: tuple[float, ...]
    """Share of a forward pass that is over at each boundary, from 0 to 1."""
    row_bytes: tuple[int, ...]
    """Of one example, at each boundary."""

    def to_json(self) -> dict[str, Any]:
        """Write plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Costs:
        """Read what ``to_json`` wrote; raise KeyError or TypeError when it is something else."""
        return cls(
            float(config["pass_seconds"]),
            float(config["live_seconds"]),
            tuple(float(share) for share in config["shares"]),
            tuple(int(count) for count in config["row_bytes"]),
        )


def shares_of_time(backbone: Backbone, inputs: Inputs) -> tuple[float, ...]:
    """Return, for each boundary from 0 to the last, the share of a forward pass that is over there.

    Timed on the second of two passes over ``inputs``, in float32: what a block costs beside its neighbours hardly
    depends on the engine.
    """
    inputs = inputs.to(next(backbone.parameters()).device)
    ends = [0.0] * len(backbone.blocks())

    def at_end_of(index: int) -> Any:
        def note(*_: object) -> None:
            ends[index] = _now(inputs)

        return note

    hooks = [backbone.block_modules(i)[-1].register_forward_hook(at_end_of(i)) for i in range(len(ends))]
    try:
        with torch.no_grad(), evaluating(backbone):
            for _ in range(2):
                began = _now(inputs)
                backbone(inputs)
                ends[-1] = _now(inputs)  # what comes after the last module, pooling, belongs to it
    finally:
        for hook in hooks:
            hook.remove()
    total = ends[-1] - began
    return (0.0, *((end - began) / total for end in ends))


def seconds_each(engine: Engine, inputs: Inputs) -> float:
    """Return the seconds per example of the second of two passes over ``inputs``."""
    engine(inputs)
    began = time.perf_counter()
    engine(inputs)  # what it returns lies in main memory, so it is over then
    return (time.perf_counter() - began) / len(inputs)


def _now(inputs: Inputs) -> float:
    if inputs.device.type == "cuda":  # kernels are only queued until then
        torch.cuda.synchronize()
    return time.perf_counter()
