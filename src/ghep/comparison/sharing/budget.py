"""How long a shared model is trained: on as many examples as the models of one task see together by their own plans."""

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

    @property
    def examples(self) -> int:
        """Return how many examples it passes through the network in training."""
        return self.rows * self.epochs


def shared_epochs(alone: Iterable[Length], shared: Length) -> int:
    """Return the epochs over the rows of ``shared`` that make its examples the sum of those ``alone``.

    With rows that are labelled for one task each that is about the epochs of one; where every row carries the labels
    of all T tasks, up to T times as many: they are a bound, and stopping early may use less of it.
    """
    if not shared.epochs:
        return 0
    return max(shared.stages, round(sum(one.examples for one in alone) / shared.rows))
