"""What makes a model for all tasks and one for each comparable: examples, steps, rows of a task in a step.

The shared model passes over its rows about as often as the models alone do over theirs, and sees no more examples than
they see together. Each of its steps holds rows of all tasks, so with equal passes it takes as many steps as they take
together. Left to its own batch size a model alone would take a fraction of them, and what looks like help from other
tasks would be help from more steps: on 1,032 traffic signs that was 4 of 6 points (docs/decisions/0013). So a model
alone takes batches of as many rows as a batch of the shared one holds of its task: the same examples, the same steps,
and the rows of other tasks are the only difference.
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


FEWEST_ROWS = 8
"""In a batch of a model alone: below this BatchNorm has little to go by."""


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


def rows_a_step(alone: Length, shared: Length) -> int:
    """Return the batch size of a model ``alone``: the rows of its task in a step of ``shared``, on average.

    Never more than its own plan has, and not fewer than ``FEWEST_ROWS`` unless that has.
    """
    there = max(FEWEST_ROWS, round(shared.batch_size * alone.rows / shared.rows))
    return min(alone.batch_size, there)
