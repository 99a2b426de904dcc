"""Weights that are one over the loss, learnt beside the model (Kendall, Gal and Cipolla 2018, arXiv:1705.07115).

A task with noise of variance sigma^2 and squared error L has the likelihood exp(-L / 2 sigma^2) / sigma. With
s = log sigma^2, minus its logarithm is (exp(-s) L + s) / 2: the loss counts exp(-s), large losses pull s up, the second
term pulls it down. For a given L the smallest is at s = log L, so that a task is weighted by 1 / L: one with four times
the variance by a quarter. For classes the paper has twice the first term (a temperature in place of a variance). Here
all tasks are treated alike: a weight is one over the loss, whatever the kind.

s moves by its gradient, 1 - exp(-s) L, at a rate of its own. Near its end it closes the share ``RATE`` of the gap to
log L in each step, however large L is: it averages over the latest 1 / ``RATE`` = 20 steps. At the rate of the model,
with which the paper trains it, s would hardly move in the few hundred steps of a fine-tuning. The step is implicit, by
the gradient where it arrives and not where it starts: an explicit one goes far astray where exp(-s) L is large, and
this one has a closed form by the Wright omega function.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import torch
from scipy.special import wrightomega
from torch import Tensor

RATE = 0.05
"""Share of the gap to log L that is closed by a step; downwards it moves by at most this much."""

SMALLEST_LOSS = 0.01
"""Smaller losses count as this one: a task that is learnt by heart would in the end be all that counts."""


class Uncertainty:
    """Weights exp(-s), 1 before the first step. They are not scaled to mean 1: the paper does not."""

    wants_norms = False

    def __init__(self, tasks: int) -> None:
        self._log_variance = torch.zeros(tasks, dtype=torch.float64)

    def weights(self) -> Tensor:
        """Return (T,)."""
        return torch.exp(-self._log_variance).float()

    def observe(self, losses: Tensor, present: Tensor, _norms: Tensor | None, /) -> None:
        """Solve u = -rate (1 - exp(-s - u) L) for the step u: (u + rate) exp(u + rate) = rate L exp(rate - s)."""
        s = self._log_variance
        log_loss = losses.detach().cpu().double().clamp_min(SMALLEST_LOSS).log()
        step = torch.as_tensor(wrightomega((log(RATE) + RATE + log_loss - s).numpy())) - RATE
        self._log_variance = torch.where(present.cpu(), s + step, s)

    def end_epoch(self) -> None:
        """Learn nothing: steps are all it needs."""

    def state(self) -> dict[str, Tensor]:
        """Return s."""
        return {"log_variance": self._log_variance.clone()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from s."""
        self._log_variance = state["log_variance"].clone()
