"""How much each task's loss counts: what the loop asks of every way, and which name is which way.

    weights() -> losses times weights, added up -> step -> observe(losses) -> ... -> end_epoch()

A way of weighting learns from losses alone and knows no model.
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
    """A way of weighting T losses. One that is loaded from its ``state`` goes on bit for bit."""

    @property
    def wants_norms(self) -> bool:
        """Whether ``observe`` needs the norms of the gradients, a backward pass for each task."""

    def weights(self) -> Tensor:
        """Return (T,), 0 or more, without a graph, on the CPU: what the losses of the next step are multiplied by."""

    def observe(self, losses: Tensor, present: Tensor, norms: Tensor | None, /) -> None:
        """Learn from a step: ``losses`` (T,) unweighted, ``present`` (T,) bool, ``norms`` (T,) at the trunk, weighted.

        Nothing is learnt of a task that had no label in the step; its loss and norm are not looked at.
        """

    def end_epoch(self) -> None:
        """Learn from an epoch, when all its steps have been observed."""

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that it goes on from."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what ``state`` returned."""


def weighting_for(sharing: Sharing, tasks: Sequence[str]) -> Weighting:
    """Build the chosen way of weighting, as it is before the first step; weights are in the order of ``tasks``.

    Raises ConfigError for a name that does not exist, and for given weights that cannot be.
    """
    ways: dict[str, Callable[[], Weighting]] = {
        "fixed": lambda: Fixed(sharing.task_weights, tasks),
        "uncertainty": lambda: Uncertainty(len(tasks)),
        "gradnorm": lambda: GradNorm(len(tasks)),
        "dwa": lambda: DynamicWeightAverage(len(tasks)),
    }
    if sharing.weighting not in ways:
        raise ConfigError(f'no weighting is called "{sharing.weighting}"', remedy=did_you_mean(sharing.weighting, ways))
    if sharing.task_weights and sharing.weighting != "fixed":
        raise ConfigError(
            f'weights were given for {", ".join(task for task, _ in sharing.task_weights)}, but "{sharing.weighting}"'
            " finds its own",
            remedy='leave them out, or take weighting "fixed"',
        )
    return ways[sharing.weighting]()
