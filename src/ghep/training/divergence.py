"""Detect divergence from the losses, gradients and weights of a step, and say by how much to lower the learning rates.

There are three signs: a loss, gradient or weight that is NaN or infinite; a loss far above both the loss of random
guessing and the losses of the steps before; weights larger than in any trained network. Each raises ``DivergedError``,
which the training loop handles. Measured by ``scripts/bench divergence`` (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from ghep.data.loading.batches import Batch
from ghep.messages import Message
from ghep.tasks.base import Task
from ghep.team import Team

RETRIES = 5
TIMES = 100.0
"""A loss is a divergence if it is this many times the loss of guessing and the loss of the recent steps."""
LARGEST_WEIGHT = 1000.0
"""Largest root mean square of the trained weights; in trained networks it is below 1."""


class DivergedError(Exception):
    """Training diverged. The message ``code`` with ``params`` says how; the training loop handles the exception."""

    def __init__(self, code: str, step: int | None, bad: Sequence[int] = (), **params: Any) -> None:
        super().__init__(code)
        self.what = Message(code, params)
        """What was observed, without epoch and step."""
        self.step = step
        """Index of the batch in its epoch; None if observed at the end of the epoch."""
        self.bad = tuple(bad)
        """Indices of training examples whose inputs are not finite; for these, lower rates do not help."""


def guessing(tasks: Iterable[Task], weights: Iterable[float]) -> float:
    """Return the loss of random guessing, by a head whose weights are all zero.

    It is the sum over the tasks of max(1, weight) times the task's initial loss.
    """
    return sum(max(1.0, weight) * task.initial_loss for task, weight in zip(tasks, weights, strict=True))


def check_loss(loss: torch.Tensor, batch: Batch, step: int, *, usual: float, team: Team | None = None) -> float:
    """Return the loss as a float; raise DivergedError if it is not finite or far above ``usual``.

    All processes of a ``team`` have the loss of the whole batch, and each has inputs of some of its rows.
    """
    value = loss.item()
    if not torch.isfinite(loss):
        finite = batch.inputs.flatten(1).isfinite().all(1).cpu().numpy()
        indices = batch.indices if batch.mine is None else batch.indices[batch.mine]
        bad = {int(index) for each in (team or Team()).collected(indices[~finite].tolist()) for index in each}
        raise DivergedError("loss-not-finite", step, [int(index) for index in batch.indices if int(index) in bad])
    if value > TIMES * usual:
        raise DivergedError("loss-too-high", step, loss=value, usual=usual)
    return value


def check_gradient(norm: torch.Tensor, step: int) -> None:
    """Raise DivergedError if the norm of all gradients is not finite."""
    if not torch.isfinite(norm):
        raise DivergedError("gradient-not-finite", step)


def check_weights(parameters: Sequence[torch.Tensor], *, before: float) -> None:
    """Raise DivergedError if the root mean square of the weights is NaN or far above ``before``.

    ``before`` is the root mean square at the start of the stage.

    This is checked at the end of an epoch, because no loss has been computed since the last step.
    """
    size = root_mean_square(parameters)
    if not size <= LARGEST_WEIGHT * max(1.0, before):  # NaN fails this, too
        raise DivergedError("weights-too-large", None, size=size, before=before)


def root_mean_square(tensors: Sequence[torch.Tensor]) -> float:
    """Return the root mean square of all numbers in ``tensors``."""
    with torch.no_grad():
        total = torch.stack(torch._foreach_norm(list(tensors))).square().sum()
    return float((total / max(1, sum(tensor.numel() for tensor in tensors))).sqrt())


def slower(scale: float, retry: int) -> float:
    """Return the factor of all learning rates after divergence number ``retry`` (from 1): ``scale`` / 10**``retry``.

    The divisors 10, 100, 1000, ... multiply over the retries: five of them lower a rate of 1e9 to below 1e-5.
    """
    factor: float = 10.0**-retry
    return scale * factor
