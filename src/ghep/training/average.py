"""Exponential moving average of the weights (Polyak and Juditsky 1992) with a warm-up of the decay."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ghep.training.moving import State, copied


class MovingAverage:
    """Average with the decay min(decay, (1 + t) / (10 + t)) at step t, so that the initial weights soon count little.

    ``tensors`` are those that can change in the stage, BatchNorm statistics included.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor], decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._state = copied(tensors)

    def update(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Move the average towards ``tensors``; integer tensors (counters) are copied."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        floats = [name for name, tensor in self._state.items() if tensor.is_floating_point()]
        with torch.no_grad():
            # One call for all tensors: hundreds of small calls take several times as long.
            torch._foreach_lerp_([self._state[name] for name in floats], [tensors[name] for name in floats], 1 - decay)
            for name, average in self._state.items():
                if not average.is_floating_point():
                    average.copy_(tensors[name])

    def state(self) -> State:
        """Return copies of the averages by name, and the step count as ``average.steps``."""
        return {**copied(self._state), "average.steps": torch.tensor(self.steps)}

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Restore the average from ``state``, a result of the method ``state``."""
        self._state = {name: state[name].clone() for name in self._state}
        self.steps = int(state["average.steps"])
