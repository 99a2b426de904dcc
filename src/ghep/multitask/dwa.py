"""Dynamic weight average: larger weights for losses that fall slowly (Liu et al. 2019, arXiv:1803.10704).

    r_t = L_t(epoch - 1) / L_t(epoch - 2)    w = T softmax(r / TEMPERATURE)

L_t(e) is the mean loss of task t in epoch e, w the weights of the T tasks; r_t = 1 in the first two epochs. The method
costs no time and has a small effect: for a loss that halves and one that stays constant, the weights are 0.88 and 1.12.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

TEMPERATURE = 2.0
"""As in the paper; a higher value makes the weights more equal."""


class DynamicWeightAverage:
    """Loss weights with mean 1. If a task has no label in an epoch, its mean losses of earlier epochs are used."""

    wants_norms = False

    def __init__(self, tasks: int) -> None:
        self._sums = torch.zeros(tasks, dtype=torch.float64)
        self._steps = torch.zeros(tasks, dtype=torch.float64)
        self._last = torch.full((tasks,), torch.nan, dtype=torch.float64)
        self._before_last = self._last.clone()

    def weights(self) -> Tensor:
        """Return the loss weights (T,), which are constant within an epoch."""
        ratios = (self._last / self._before_last).nan_to_num(1.0, posinf=1.0)
        return (len(ratios) * torch.softmax(ratios / TEMPERATURE, 0)).float()

    def observe(self, losses: Tensor, present: Tensor, _norms: Tensor | None, /) -> None:
        """Add the losses of the step to the epoch's mean loss of each task in ``present``."""
        here = present.cpu()
        self._sums = self._sums + torch.where(here, losses.detach().cpu().double(), 0.0)
        self._steps = self._steps + here

    def end_epoch(self) -> None:
        """Save the mean losses of the finished epoch, which determine the next weights, and reset the sums."""
        seen = self._steps > 0
        self._before_last = torch.where(seen, self._last, self._before_last)
        self._last = torch.where(seen, self._sums / self._steps, self._last)
        self._sums, self._steps = torch.zeros_like(self._sums), torch.zeros_like(self._steps)

    def state(self) -> dict[str, Tensor]:
        """Return the loss sums of this epoch and the mean losses of the last two epochs (NaN: no such epoch)."""
        parts = {"sums": self._sums, "steps": self._steps, "last": self._last, "before_last": self._before_last}
        return {name: part.clone() for name, part in parts.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore ``state``, the result of an earlier ``state()``, so that training continues from it."""
        self._sums, self._steps = state["sums"].clone(), state["steps"].clone()
        self._last, self._before_last = state["last"].clone(), state["before_last"].clone()
