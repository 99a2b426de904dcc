"""An exponential moving average of the weights (Polyak and Juditsky 1992), started without bias."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ghep.training.moving import State, copied


class MovingAverage:
    """After step t the decay is min(decay, (1 + t) / (10 + t)), so that the first weights are soon forgotten.

    It averages the tensors it is given, statistics of BatchNorm among them: those that can move, and no others.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor], decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._state = copied(tensors)

    def update(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take one step towards ``tensors``; counters are copied."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        floats = [name for name, tensor in self._state.items() if tensor.is_floating_point()]
        with torch.no_grad():
            # One call for all of them: hundreds of small ones take several times as long.
            torch._foreach_lerp_([self._state[name] for name in floats], [tensors[name] for name in floats], 1 - decay)
            for name, average in self._state.items():
                if not average.is_floating_point():
                    average.copy_(tensors[name])

    def state(self) -> State:
        """Return a copy of the average, by the names it was given, with the step count beside it."""
        return {**copied(self._state), "average.steps": torch.tensor(self.steps)}

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from what ``state`` returned."""
        self._state = {name: state[name].clone() for name in self._state}
        self.steps = int(state["average.steps"])
