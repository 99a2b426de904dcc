"""Weights that give the tasks gradients of like length, longer for who is behind (Chen et al. 2018, arXiv:1711.02257).

    G_t = |w_t grad L_t| at the trunk    r_t = (L_t / L_t at the start) / mean of that over tasks
    minimise  sum_t |G_t - mean(G) r_t^alpha|  over w, the targets held fixed, with sum_t w_t = T

The paper moves w by Adam and divides it by its mean. That breaks where losses differ by orders of magnitude: the right
weight is then smaller than a step, and w crosses 0. Here log w moves, by the gradient of the same sum in units of
mean(G): a step is a share of the weight, no weight becomes negative, and nothing depends on how gradients are scaled.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

ALPHA = 1.5
"""How much longer the gradient of a task is that is behind: the paper's choice on NYUv2. 0 makes all of them equal."""

RATE = 0.025
"""Share of its weight by which a task of mean length moves in a step. A gradient ten times as long as the other is
brought down to it in 47 steps."""


class GradNorm:
    """Weights of mean 1, 1 each before the first step."""

    wants_norms = True

    def __init__(self, tasks: int, *, alpha: float = ALPHA, rate: float = RATE) -> None:
        self.alpha, self.rate = alpha, rate
        self._log_weights = torch.zeros(tasks, dtype=torch.float64)
        self._first_losses = torch.full((tasks,), torch.nan, dtype=torch.float64)

    def weights(self) -> Tensor:
        """Return (T,)."""
        return self._log_weights.exp().float()

    def observe(self, losses: Tensor, present: Tensor, norms: Tensor | None, /) -> None:
        """Move the weights of the tasks that are present; what they have together stays what it was.

        Nothing moves where the trunk does not (no norms, or all of them 0).
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
        """Learn nothing: steps are all it needs."""

    def state(self) -> dict[str, Tensor]:
        """Return log w, and the losses at the start, NaN for a task that had no label so far."""
        return {"log_weights": self._log_weights.clone(), "first_losses": self._first_losses.clone()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from both."""
        self._log_weights, self._first_losses = state["log_weights"].clone(), state["first_losses"].clone()


def _behind(ratios: Tensor) -> Tensor:
    """Return r: what is left of each loss over what is left on average; 1 for all if there is nothing to compare."""
    ratios = ratios.nan_to_num(1.0, posinf=1.0)  # a loss of 0 at the start
    return ratios / ratios.mean() if ratios.mean() > 0 else torch.ones_like(ratios)
