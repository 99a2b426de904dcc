"""When training has gone wrong: what no healthy run does, looked at in every step, and by how much to slow down then.

Three signs: a loss, gradient or weight that is NaN or infinite; a loss far above both that of guessing and that of the
steps before it; weights of a size that no network has. Measured by ``scripts/bench divergence`` (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

import torch

from ghep.data.loading.batches import Batch
from ghep.tasks.base import Task

RETRIES = 5
TIMES = 100.0
"""A loss this many times that of guessing and that of the recent steps is no noise."""
LARGEST_WEIGHT = 1000.0
"""Root mean square of the moving weights that is no network any more; of trained ones it is below 1."""


class DivergedError(Exception):
    """Training cannot go on from here. Never leaves the loop."""

    def __init__(self, what: str, step: int | None, bad: Sequence[int] = ()) -> None:
        super().__init__(what)
        self.what = what
        """What was seen, as a sentence without its place."""
        self.step = step
        """The batch of the epoch; None: seen at its end."""
        self.bad = tuple(bad)
        """Places of training examples whose inputs are not finite: no rate mends those."""


def guessing(tasks: Iterable[Task], weights: Iterable[float]) -> float:
    """Return the loss of a head of zeros: log K, summed over the tasks, each as many times as its weight if above 1."""
    return sum(max(1.0, weight) * log(max(2, task.outputs)) for task, weight in zip(tasks, weights, strict=True))


def check_loss(loss: torch.Tensor, batch: Batch, step: int, *, usual: float) -> float:
    """Return the loss as a number; raise DivergedError when it is not finite or far above ``usual``."""
    value = loss.item()
    if not torch.isfinite(loss):
        finite = batch.inputs.flatten(1).isfinite().all(1).cpu().numpy()
        raise DivergedError("the loss became NaN or infinite", step, [int(one) for one in batch.indices[~finite]])
    if value > TIMES * usual:
        raise DivergedError(f"the loss rose to {value:.3g}, from about {usual:.3g}", step)
    return value


def check_gradient(norm: torch.Tensor, step: int) -> None:
    """Raise DivergedError when the norm of all gradients is not finite."""
    if not torch.isfinite(norm):
        raise DivergedError("the gradient became NaN or infinite", step)


def check_weights(parameters: Sequence[torch.Tensor], *, before: float) -> None:
    """Raise DivergedError when the last step of an epoch blew the weights up: no loss has seen that step yet."""
    size = root_mean_square(parameters)
    if not size <= LARGEST_WEIGHT * max(1.0, before):  # NaN is not
        raise DivergedError(f"the weights grew to {size:.3g} (root mean square; {before:.3g} before)", None)


def root_mean_square(tensors: Sequence[torch.Tensor]) -> float:
    """Return the root mean square of all numbers in ``tensors``."""
    with torch.no_grad():
        total = torch.stack(torch._foreach_norm(list(tensors))).square().sum()
    return float((total / max(1, sum(tensor.numel() for tensor in tensors))).sqrt())


def slower(scale: float, retry: int) -> float:
    """Return the factor of all rates after the ``retry``-th divergence: a tenth, then a hundredth of that, and so on.

    Ever faster, so that five retries reach from 1e9 to below 1e-5.
    """
    factor: float = 10.0**-retry
    return scale * factor
