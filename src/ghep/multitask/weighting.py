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
    """Weights of T losses. A weighting that is loaded from its ``state`` continues bit for bit."""

    @property
    def wants_norms(self) -> bool:
        """Whether ``observe`` needs the norms of the gradients, which take a backward pass per task."""

    def weights(self) -> Tensor:
        """Return the weights (T,) of the next step: 0 or more, without a graph, on the CPU."""

    def observe(self, losses: Tensor, present: Tensor, norms: Tensor | None, /) -> None:
        """Learn from a step: unweighted ``losses`` (T,), ``present`` (T,) bool, ``norms`` (T,) of weighted gradients.

        The loss and norm of a task without a label in the step (not ``present``) are ignored.
        """

    def end_epoch(self) -> None:
        """Learn from an epoch after all its steps have been observed."""

    def state(self) -> dict[str, Tensor]:
        """Return copies of everything needed to continue."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore a result of the method ``state``."""


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
