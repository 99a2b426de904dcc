"""Weights that are one over the loss, learnt with the model (Kendall, Gal and Cipolla 2018, arXiv:1705.07115).

A task with noise of variance sigma^2 and squared error L has the likelihood exp(-L / 2 sigma^2) / sigma. With
s = log sigma^2, the negative logarithm is (exp(-s) L + s) / 2: the loss has the weight exp(-s), large losses increase
s, and the second term decreases s. For a given L the minimum is at s = log L, so that a task has the weight 1 / L: four
times the variance gives a quarter of the weight. For classes the paper doubles the first term (a temperature in place
of a variance). Here all tasks are treated equally: the weight is one over the loss, for any kind of task.

s follows its gradient, 1 - exp(-s) L, at its own rate. Near the minimum each step closes the fraction ``RATE`` of the
gap to log L, however large L is: s averages over the latest 1 / ``RATE`` = 20 steps. At the learning rate of the model,
which the paper uses, s would hardly change in the few hundred steps of a fine-tuning. The step is implicit: it uses the
gradient at its end, not at its start. An explicit step overshoots if exp(-s) L is large; the implicit one has a closed
form by the Wright omega function.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import torch
from scipy.special import wrightomega
from torch import Tensor

RATE = 0.05
"""Fraction of the gap to log L that a step closes; a step downwards is at most this large."""

SMALLEST_LOSS = 0.01
"""Smaller losses count as this one: a memorised task would otherwise dominate all others in the end."""


class Uncertainty:
    """Loss weights exp(-s), with s the log variance of each task: 1 before the first step, not scaled to mean 1."""

    wants_norms = False

    def __init__(self, tasks: int) -> None:
        self._log_variance = torch.zeros(tasks, dtype=torch.float64)

    def weights(self) -> Tensor:
        """Return the loss weights (T,) of the next step."""
        return torch.exp(-self._log_variance).float()

    def observe(self, losses: Tensor, present: Tensor, _norms: Tensor | None, /) -> None:
        """Update s by the implicit step u = -RATE (1 - exp(-s - u) L), for the tasks in ``present``.

        It is the solution of (u + RATE) exp(u + RATE) = RATE L exp(RATE - s).
        """
        s = self._log_variance
        log_loss = losses.detach().cpu().double().clamp_min(SMALLEST_LOSS).log()
        step = torch.as_tensor(wrightomega((log(RATE) + RATE + log_loss - s).numpy())) - RATE
        self._log_variance = torch.where(present.cpu(), s + step, s)

    def end_epoch(self) -> None:
        """Do nothing: the weights are updated per step."""

    def state(self) -> dict[str, Tensor]:
        """Return s (T,), the log variance of each task, for a checkpoint."""
        return {"log_variance": self._log_variance.clone()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore ``state``, the result of an earlier ``state()``, so that training continues from it."""
        self._log_variance = state["log_variance"].clone()
