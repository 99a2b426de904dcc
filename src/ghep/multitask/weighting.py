"""Loss weightings: their protocol, and each one by name.

    weights() -> weighted sum of the losses -> step -> observe(losses) -> ... -> end_epoch()

A weighting uses only losses and gradient norms, not the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from torch import Tensor

from ghep.errors import ConfigError, did_you_mean
from ghep.multitask.dwa import DynamicWeightAverage
from ghep.multitask.fixed import Fixed
from ghep.multitask.gradnorm import GradNorm
from ghep.multitask.settings import Sharing
from ghep.multitask.uncertainty import Uncertainty


class Weighting(Protocol):
    """A method that computes the weights of T losses. Loaded from its ``state``, it continues bit for bit."""

    @property
    def wants_norms(self) -> bool:
        """Whether ``observe`` needs the norms of the gradients, which take a backward pass per task."""

    def weights(self) -> Tensor:
        """Return the weights (T,) of the losses in the next step: 0 or more, on the CPU, without autograd history."""

    def observe(self, losses: Tensor, present: Tensor, norms: Tensor | None, /) -> None:
        """Update the weights after a step with unweighted ``losses`` (T,), and ``norms`` (T,) of weighted gradients.

        ``present`` (T,) bool says which tasks had labels in the step; losses and norms of other tasks are ignored.
        """

    def end_epoch(self) -> None:
        """Update the weights after an epoch; all its steps have been passed to ``observe``."""

    def state(self) -> dict[str, Tensor]:
        """Return copies of all tensors that ``load`` needs to continue, by name, for a checkpoint."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore ``state``, the result of an earlier ``state()``, so that training continues from it."""


def weighting_for(sharing: Sharing, tasks: Sequence[str]) -> Weighting:
    """Return the chosen weighting before its first step; weights are in the order of ``tasks``.

    Raises ConfigError for an unknown name, and for fixed weights that cannot be used.
    """
    by_name: dict[str, Callable[[], Weighting]] = {
        "fixed": lambda: Fixed(sharing.task_weights, tasks),
        "uncertainty": lambda: Uncertainty(len(tasks)),
        "gradnorm": lambda: GradNorm(len(tasks)),
        "dwa": lambda: DynamicWeightAverage(len(tasks)),
    }
    if sharing.weighting not in by_name:
        hint = did_you_mean(sharing.weighting, by_name)
        raise ConfigError("unknown-weighting", name=sharing.weighting, hint=hint)
    if sharing.task_weights and sharing.weighting != "fixed":
        raise ConfigError("task-weights-not-fixed", weighting=sharing.weighting)
    return by_name[sharing.weighting]()
