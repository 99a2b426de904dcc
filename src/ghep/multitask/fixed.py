"""Fixed weights, 1 for a task that is not named: the weighted sum of the losses.

Kurin et al. 2022 (arXiv:2201.04122) and Xin et al. 2022 (arXiv:2209.11379) find that no other weighting and no surgery
is reliably better than fixed weights chosen by search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import torch
from torch import Tensor

from ghep.errors import ConfigError, did_you_mean


class Fixed:
    """Constant loss weights. They are not normalised: with plain SGD, 0.5 for all tasks halves each step."""

    wants_norms = False

    def __init__(self, task_weights: Sequence[tuple[str, float]], tasks: Sequence[str]) -> None:
        given = dict(task_weights)
        _check(given, tasks)
        self._weights = torch.tensor([given.get(task, 1.0) for task in tasks])

    def weights(self) -> Tensor:
        """Return the given loss weights (T,)."""
        return self._weights.clone()

    def observe(self, _losses: Tensor, _present: Tensor, _norms: Tensor | None, /) -> None:
        """Do nothing."""

    def end_epoch(self) -> None:
        """Do nothing."""

    def state(self) -> dict[str, Tensor]:
        """Return an empty state: the weights are settings."""
        return {}

    def load(self, _state: Mapping[str, Tensor], /) -> None:
        """Do nothing."""


def _check(given: Mapping[str, float], tasks: Sequence[str]) -> None:
    """Raise ConfigError for unknown tasks, for weights below 0 or not finite, and if all weights are 0."""
    if unknown := [task for task in given if task not in tasks]:
        hint = did_you_mean(unknown[0], tasks)
        raise ConfigError("task-weights-unknown-task", tasks=unknown, count=len(unknown), hint=hint)
    if wrong := [f"{task}={weight:g}" for task, weight in given.items() if not (isfinite(weight) and weight >= 0)]:
        raise ConfigError("task-weights-below-zero", weights=wrong)
    if all(given.get(task, 1.0) == 0 for task in tasks):
        raise ConfigError("task-weights-all-zero")
