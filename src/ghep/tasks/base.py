"""The contract of a task. ``tests/tasks/test_contract.py`` checks every task, also one of a user.

Legend: N batch, K outputs. A row without a label has no effect on the loss, its gradient, the scores or the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ghep.types import Score

if TYPE_CHECKING:
    from torch import Tensor

MISSING = -1
"""Target of an example without a label for this task; if a target is a row of numbers, all numbers in it."""


def labelled(targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each example has a label, bool (N,), from targets (N,) or (N, K)."""
    given = np.asarray(np.asarray(targets) != MISSING)
    return given if given.ndim == 1 else np.asarray(given.all(axis=1))


def correct(answers: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each answer equals its target, as a whole row for (N, K): bool (N,). False without a label."""
    same = np.asarray(np.asarray(answers) == np.asarray(targets))
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


@runtime_checkable
class Task(Protocol):
    """One question about every example. A task is a plain value: it holds no weights and no data."""

    @property
    def name(self) -> str:
        """The key of this task in ``Example.labels``."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each output, in the order of the logits."""

    @property
    def outputs(self) -> int:
        """The number of logits K of a head for this task."""

    @property
    def exclusive(self) -> bool:
        """Whether exactly one class is correct for each example; if not, any number of classes, including none."""

    @property
    def primary(self) -> str:
        """The name of the score that decides between two models."""

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[Any]:
        """Return the targets of N examples from their labels (each task name -> label); the first axis is N."""

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the mean loss over labelled rows for logits (N, K): a scalar, 0 with a graph if there is no label."""

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return weights (K,) that make rare and common answers count equally; mean 1 over labelled examples."""

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into probabilities (N, K)."""

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Turn N targets back into labels, the inverse of ``encode``; empty for MISSING."""

    def answers(self, probabilities: NDArray[Any]) -> NDArray[Any]:
        """Turn probabilities (N, K) into answers of the same shape and type as targets."""

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Turn probabilities (N, K) into N labels, as the user writes them."""

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each of ``targets``, all of them labelled."""

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows (at least one) that are answered correctly, by which the epoch is chosen.

        With ``class_weights`` (K,), each row has the same weight as in the loss.
        """

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows, with intervals; ``seed`` is the seed of the bootstrap."""

    def majority(self, targets: NDArray[Any]) -> float:
        """Return the primary score of always predicting the most frequent answer: a useful model scores higher."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object from which ``ghep.tasks.from_json`` builds an equal task."""
