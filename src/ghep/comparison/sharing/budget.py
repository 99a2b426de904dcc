"""What makes a model for all tasks and one for each comparable: as many examples, or as many steps.

``examples``: the shared model passes over its rows as often as makes its examples the sum of theirs: the same budget.
But each of its steps holds rows of all tasks, so it takes about as many steps as the others together, and where a plan
was short, what looks like help from other tasks may be help from more steps. ``steps``: every model alone takes as many
steps as the shared one, with its own batches, which costs up to T times as much. What helps a task even then is help.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """What a plan takes, before it is carried out."""

    rows: int
    """Training examples."""
    epochs: int
    """Of stages that train; 0: heads are solved, nothing more."""
    stages: int
    """That train: fewer epochs than these a plan cannot have."""
    lr: float
    """Derived peak rate of the last block; 0 where nothing is trained by gradients."""
    batch_size: int = 0
    """The largest of its stages; 0 where nothing is trained by gradients."""

    @property
    def examples(self) -> int:
        """Return how many examples it passes through the network in training."""
        return self.rows * self.epochs


def shared_epochs(alone: Iterable[Length], shared: Length) -> int:
    """Return the epochs over the rows of ``shared`` that make its examples the sum of those ``alone``.

    With rows that are labelled for one task each that is about the epochs of one. Where every row carries the labels of
    all T tasks it would be T times as many; no more than the longest of those ``alone`` are taken, for a shared model
    that was trained longer could not be told from one that was helped. There sharing costs a T-th.
    """
    if not shared.epochs:
        return 0
    lengths = list(alone)
    budget = round(sum(one.examples for one in lengths) / shared.rows)
    return max(shared.stages, min(budget, max(one.epochs for one in lengths)))


def steps_of(one: Length, epochs: int) -> int:
    """Return the steps that ``epochs`` take."""
    return epochs * -(-one.rows // max(1, one.batch_size))


def alone_epochs(alone: Length, shared: Length, epochs: int) -> int:
    """Return the epochs in which a model ``alone`` takes as many steps as ``shared`` in ``epochs``; its own if more."""
    return max(alone.epochs, round(steps_of(shared, epochs) / max(1, steps_of(alone, 1))))
