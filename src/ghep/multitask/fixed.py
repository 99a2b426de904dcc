"""Weights that were given, 1 for a task that was not named: the sum of the losses, as it always was.

Kurin et al. 2022 (arXiv:2201.04122) and Xin et al. 2022 (arXiv:2209.11379) find that no way of weighting and no surgery
is reliably better than this one with weights that were searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import torch
from torch import Tensor

from ghep.errors import ConfigError, did_you_mean


class Fixed:
    """The same weights in every step. They are not scaled: 0.5 for all halves the rate of the trunk under plain SGD."""

    wants_norms = False

    def __init__(self, task_weights: Sequence[tuple[str, float]], tasks: Sequence[str]) -> None:
        given = dict(task_weights)
        _refuse(given, tasks)
        self._weights = torch.tensor([given.get(task, 1.0) for task in tasks])

    def weights(self) -> Tensor:
        """Return (T,), as given."""
        return self._weights.clone()

    def observe(self, _losses: Tensor, _present: Tensor, _norms: Tensor | None, /) -> None:
        """Learn nothing."""

    def end_epoch(self) -> None:
        """Learn nothing."""

    def state(self) -> dict[str, Tensor]:
        """Return nothing: the settings say it all."""
        return {}

    def load(self, _state: Mapping[str, Tensor], /) -> None:
        """Take nothing."""


def _refuse(given: Mapping[str, float], tasks: Sequence[str]) -> None:
    """Raise ConfigError for weights of tasks that do not exist, and for weights that are no weights."""
    if unknown := [task for task in given if task not in tasks]:
        raise ConfigError(
            f"weights were given for tasks that do not exist: {', '.join(unknown)}",
            remedy=did_you_mean(unknown[0], tasks),
        )
    if wrong := [f"{task}={weight:g}" for task, weight in given.items() if not (isfinite(weight) and weight >= 0)]:
        raise ConfigError(f"a weight has to be 0 or more: {', '.join(wrong)}", remedy="1 is what a loss counts unasked")
    if all(given.get(task, 1.0) == 0 for task in tasks):
        raise ConfigError("every task has weight 0: there is nothing to learn", remedy="give one of them more")
