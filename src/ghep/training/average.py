"""An exponential moving average of the weights (Polyak and Juditsky 1992), started without bias."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ghep.model.transfer import TransferModel


class MovingAverage:
    """After step t the decay is min(decay, (1 + t) / (10 + t)), so that the first weights are soon forgotten."""

    def __init__(self, model: TransferModel, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._state = {name: tensor.detach().clone() for name, tensor in model.state().items()}

    def update(self, model: TransferModel) -> None:
        """Take one step towards the model. Counters are copied; statistics are averaged with the weights."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, tensor in model.state().items():
                if tensor.is_floating_point():
                    self._state[name].lerp_(tensor, 1 - decay)
                else:
                    self._state[name].copy_(tensor)

    def state(self) -> dict[str, torch.Tensor]:
        """Return a copy of the average, by the model's names, with the step count beside it."""
        return {
            **{name: tensor.clone() for name, tensor in self._state.items()},
            "average.steps": torch.tensor(self.steps),
        }

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from what ``state`` returned."""
        self._state = {name: state[name].clone() for name in self._state}
        self.steps = int(state["average.steps"])
