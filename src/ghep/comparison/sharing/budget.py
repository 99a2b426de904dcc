"""Training length of shared and single-task models that makes them comparable: equal examples, or equal steps.

``examples``: the shared model trains on as many examples as the single-task models together. Each of its steps has rows
of all tasks, so it takes about as many steps as the others together; with short plans an apparent gain from other tasks
may be due to more steps. ``steps``: every single-task model takes as many steps as the shared one, with its own
batches, which costs up to T times as much. A gain that remains is due to the other tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """The length of a plan."""

    rows: int
    """Training examples."""
    epochs: int
    """Epochs of the stages that train; 0 if heads are only solved."""
    stages: int
    """Number of stages that train, which is the minimum number of epochs."""
    lr: float
    """Derived peak learning rate of the last block; 0 if nothing is trained by gradients."""
    batch_size: int = 0
    """The largest batch size of its stages; 0 if nothing is trained by gradients."""

    @property
    def examples(self) -> int:
        """Return the number of examples that pass through the network in training."""
        return self.rows * self.epochs


def shared_epochs(alone: Iterable[Length], shared: Length) -> int:
    """Return the epochs over the rows of ``shared`` that give it as many examples as all of ``alone`` together.

    If each row is labelled for one task, that is about the epochs of one single-task model. If each row has the labels
    of all T tasks, it would be T times as many; it is limited to the longest of ``alone``, because longer training
    could not be distinguished from help. Sharing then costs 1/T.
    """
    if not shared.epochs:
        return 0
    lengths = list(alone)
    budget = round(sum(one.examples for one in lengths) / shared.rows)
    return max(shared.stages, min(budget, max(one.epochs for one in lengths)))


def steps_of(one: Length, epochs: int) -> int:
    """Return the number of steps in ``epochs``."""
    return epochs * -(-one.rows // max(1, one.batch_size))


def alone_epochs(alone: Length, shared: Length, epochs: int) -> int:
    """Return the epochs that give ``alone`` as many steps as ``shared`` takes in ``epochs``; at least its own."""
    return max(alone.epochs, round(steps_of(shared, epochs) / max(1, steps_of(alone, 1))))
