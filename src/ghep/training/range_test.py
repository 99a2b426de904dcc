"""Learning-rate range test: at which rate does the loss explode? (Smith 2017, arXiv:1506.01186, section 3.3.)

In: a model at the start of a stage, and the stage's training batches: stored activations where its frozen blocks are
cached. Out: the rates, the losses, and the rate at which the loss exploded. The rates rise exponentially over a few
dozen steps; then all weights are put back.

Forty steps cost as much as a quarter of a usual stage, so a run makes this test only if a stage has done harm
(``harm.py``), and ``ghep doctor`` on request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import numpy as np
import torch

from ghep.data.loading.batches import Batch, BatchSource, training_batches
from ghep.data.loading.views import Views
from ghep.model.transfer import TransferModel
from ghep.team import Team
from ghep.training.goal import Goal
from ghep.training.moving import State, copied, moving, put
from ghep.training.objective import weighted_sum
from ghep.training.optim import build_optimizer, groups_of, set_rates
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.training.together import shared_parameters

STEPS = 40
"""Ten steps for each factor of 10."""
LOWEST = 1e-4
"""Lowest rate, as a factor of the highest."""
CALM = 10
"""The loss of the first steps, at less than a thousandth of the highest rate, is that of the weights at the start."""
RISE = 0.25
"""The loss has exploded when it is higher than in the calm steps by this fraction of the loss of guessing."""
SMOOTHED = 3
"""Steps that a loss is the mean of, before it is compared."""
MARGIN = 10.0
"""A rate this many times lower than the exploding one is safe: a stage takes more steps than the test."""


@dataclass(frozen=True)
class RangeTest:
    """The result of a range test. Rates are factors of the stage's own rates."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    exploded: float | None
    """The first rate at which the loss had exploded; None: at none of them."""

    @property
    def calm(self) -> float:
        """Mean loss of the first steps, which is that of the weights at the start on training batches."""
        return float(np.mean(self.losses[:CALM]))

    @property
    def safe(self) -> float | None:
        """The largest rate that is safe, as a factor; None if the loss never exploded."""
        return None if self.exploded is None else self.exploded / MARGIN


def range_test(
    model: TransferModel,
    stage: Stage,
    batches: Iterator[Batch],
    goal: Goal,
    precision: Precision,
    *,
    start: State | None = None,
    highest: float = 1.0,
    seed: int = 0,
    stop_if_asked: Callable[[], None] = lambda: None,
    team: Team | None = None,
) -> RangeTest:
    """Take ``STEPS`` steps at rates up to ``highest`` times those of ``stage``, from the weights ``start``.

    ``start`` are tensors as from ``moving``; None: the present ones. ``batches`` are as in the stage and do not end
    (``batches_for``). The model must be frozen, and have its adapters, as the stage requires. All tensors that the
    stage can change, and the random state, are put back. The processes of a ``team`` share each batch.
    """
    tensors = moving(model, stage.still_blocks)
    before = copied(tensors)
    training = model.training
    groups, team = groups_of(model, stage), team or Team()
    optimizer, shared = build_optimizer(groups, stage.optim), shared_parameters(model, groups).every
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    rates = np.geomspace(highest * LOWEST, highest, STEPS)
    weights, losses = [1.0] * max(1, len(model.tasks)), list[float]()
    try:
        if start is not None:
            put(tensors, start)
        model.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for step, batch in enumerate(islice(batches, STEPS)):
                stop_if_asked()
                set_rates(optimizer, float(rates[step]))
                rng = np.random.default_rng([seed, 0, 3, step])
                loss = weighted_sum(goal.losses(model, batch, precision, rng), weights)
                losses.append(loss.item())
                if not np.isfinite(losses[-1]):
                    break
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                team.sum_all([one.grad for one in shared if one.grad is not None])
                if stage.optim.clip_norm > 0:
                    torch.nn.utils.clip_grad_norm_(parameters, stage.optim.clip_norm)
                optimizer.step()
    finally:
        optimizer.zero_grad(set_to_none=True)
        put(tensors, before)
        model.train(training)
    at = exploded_at(losses, goal.guessing(weights))
    return RangeTest(tuple(rates[: len(losses)].tolist()), tuple(losses), None if at is None else float(rates[at]))


def exploded_at(losses: list[float], guess: float) -> int | None:
    """Return the index of the first loss that is far above those of the calm steps; None if there is none.

    ``guess`` is the loss of random guessing.
    """
    calm = np.array([loss for loss in losses[:CALM] if np.isfinite(loss)])
    limit = calm.mean() + max(RISE * guess, 3 * calm.std()) if len(calm) else -np.inf
    for index in range(len(losses)):
        recent = float(np.mean(losses[max(0, index + 1 - SMOOTHED) : index + 1]))
        if not recent <= limit:  # NaN, too
            return index
    return None


def batches_for(stage: Stage, train: BatchSource, *, seed: int = 0, workers: int = 2) -> Iterator[Batch]:
    """Yield the training batches of one epoch of ``stage`` after the other, without end."""
    options: dict[str, Any] = {"batch_size": stage.batch_size, "views": Views(stage.augment, stage.views)}
    for epoch in count():
        yield from training_batches(train, seed=seed, epoch=epoch, workers=workers, **options)
