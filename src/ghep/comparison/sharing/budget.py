"""How long shared and single-task models train so that they are comparable: equal examples, or equal steps.

In: the lengths of the models' own plans. Out: numbers of epochs. There are two budgets (option ``budget``).

``examples``: the shared model trains on as many examples as all single-task models together. Each of its batches has
rows of all tasks, so the shared model takes about as many steps as the single-task models together. With short plans,
an apparent gain from sharing may be due to these additional steps.

``steps``: every single-task model takes as many steps as the shared model, with batches of its own task. This costs up
to T times as much for T tasks, but a gain that remains is due to the other tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """The training length of a plan: examples, epochs, stages and batch size."""

    rows: int
    """Number of training examples."""
    epochs: int
    """Number of epochs over all stages that train by gradients; 0 if heads are only solved."""
    stages: int
    """Number of stages that train by gradients; there are at least as many epochs."""
    lr: float
    """Derived peak learning rate of the last block; 0 if nothing is trained by gradients."""
    batch_size: int = 0
    """The largest batch size of the stages; 0 if nothing is trained by gradients."""

    @property
    def examples(self) -> int:
        """Return the number of examples that pass through the network in training, over all epochs."""
        return self.rows * self.epochs


def shared_epochs(alone: Iterable[Length], shared: Length) -> int:
    """Return the epochs in which the shared model trains on as many examples as all single-task models together.

    ``shared`` is the length of the shared model, ``alone`` the lengths of the single-task models. If each row is
    labelled for one task, the result is about the epochs of one single-task model. If each row has the labels of all T
    tasks, it would be T times as many. It is then limited to the epochs of the longest single-task model, because a
    gain from longer training could not be distinguished from help by other tasks; sharing then costs 1/T.
    """
    if not shared.epochs:
        return 0
    lengths = list(alone)
    budget = round(sum(one.examples for one in lengths) / shared.rows)
    return max(shared.stages, min(budget, max(one.epochs for one in lengths)))


def steps_of(one: Length, epochs: int) -> int:
    """Return the number of optimiser steps in ``epochs`` epochs of a model with the training length ``one``."""
    return epochs * -(-one.rows // max(1, one.batch_size))


def alone_epochs(alone: Length, shared: Length, epochs: int) -> int:
    """Return the number of epochs in which a single-task model takes as many steps as the shared model in ``epochs``.

    ``alone`` and ``shared`` are the training lengths of the two models. The result is at least ``alone.epochs``.
    """
    return max(alone.epochs, round(steps_of(shared, epochs) / max(1, steps_of(alone, 1))))
