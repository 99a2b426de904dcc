"""GradNorm: weights for gradients of equal norm, larger for tasks that are behind (Chen et al. 2018, arXiv:1711.02257).

    G_t = |w_t grad L_t|    r_t = (L_t / L_t at the start) / mean of that over tasks
    minimise  sum_t |G_t - mean(G) r_t^alpha|  over w, with mean(G) r_t^alpha held fixed, with sum_t w_t = T

L_t is the loss of task t of T, w_t its weight, and the gradient is that of the shared parameters of the last block.

The paper updates w by Adam and divides it by its mean. That fails if losses differ by orders of magnitude: the right
weight is then smaller than a step, and w crosses 0. Here log w is updated, by the gradient of the same sum in units of
mean(G): a step is a fraction of the weight, no weight becomes negative, and the scale of the gradients has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

ALPHA = 1.5
"""How strongly tasks that are behind get larger gradients: the paper's value for NYUv2. 0 makes all norms equal."""

RATE = 0.025
"""Relative change per step of the weight of a task with the mean norm. If one gradient is ten times as long as the
other, they are equal after 47 steps."""


class GradNorm:
    """Loss weights with mean 1, all equal before the first step."""

    wants_norms = True

    def __init__(self, tasks: int, *, alpha: float = ALPHA, rate: float = RATE) -> None:
        self.alpha, self.rate = alpha, rate
        self._log_weights = torch.zeros(tasks, dtype=torch.float64)
        self._first_losses = torch.full((tasks,), torch.nan, dtype=torch.float64)

    def weights(self) -> Tensor:
        """Return the loss weights (T,) of the next step."""
        return self._log_weights.exp().float()

    def observe(self, losses: Tensor, present: Tensor, norms: Tensor | None, /) -> None:
        """Update the weights of the tasks with labels in the step (``present``); the sum of these weights is constant.

        Nothing is updated if no shared parameter is trained (``norms`` None or all 0).
        """
        here = present.cpu()
        losses = losses.detach().cpu().double()
        self._first_losses = torch.where(here & self._first_losses.isnan(), losses, self._first_losses)
        if norms is None or int(here.sum()) < 2:
            return
        norms = norms.detach().cpu().double()[here]
        if norms.max() == 0:
            return
        before = self._log_weights[here]
        targets = norms.mean() * _behind(losses[here] / self._first_losses[here]) ** self.alpha
        after = before - self.rate * torch.sign(norms - targets) * norms / norms.mean()
        self._log_weights[here] = after + before.logsumexp(0) - after.logsumexp(0)

    def end_epoch(self) -> None:
        """Do nothing: the weights are updated per step."""

    def state(self) -> dict[str, Tensor]:
        """Return log w and the first loss of each task (NaN: no label so far), for a checkpoint."""
        return {"log_weights": self._log_weights.clone(), "first_losses": self._first_losses.clone()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore ``state``, the result of an earlier ``state()``, so that training continues from it."""
        self._log_weights, self._first_losses = state["log_weights"].clone(), state["first_losses"].clone()


def _behind(ratios: Tensor) -> Tensor:
    """Return r (T,): ``ratios`` (each loss divided by its first value) divided by their mean; 1 if the mean is 0."""
    ratios = ratios.nan_to_num(1.0, posinf=1.0)  # a loss of 0 at the start
    return ratios / ratios.mean() if ratios.mean() > 0 else torch.ones_like(ratios)
