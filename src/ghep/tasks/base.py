"""The contract of a task. ``tests/tasks/test_contract.py`` holds every task to it, a user's own too.

Legend: N batch, K outputs. A row without a label takes no part in anything: not in the loss, not in its gradient, not
in the scores, not in the counts.
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
"""The target of an example that has no label for this task; where a target is a row, every number of it."""


def labelled(targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which examples have a label, bool (N,), out of targets (N,) or (N, K)."""
    given = np.asarray(np.asarray(targets) != MISSING)
    return given if given.ndim == 1 else np.asarray(given.all(axis=1))


def correct(answers: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which answers are the targets, whole rows where a target is one: bool (N,). Unlabelled rows are not."""
    same = np.asarray(np.asarray(answers) == np.asarray(targets))
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


@runtime_checkable
class Task(Protocol):
    """One question about every example. Values only: a task holds no weights and no data."""

    @property
    def name(self) -> str:
        """The key of this task in ``Example.labels``."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each output, in the order of the logits."""

    @property
    def outputs(self) -> int:
        """How many logits K a head for this task puts out."""

    @property
    def exclusive(self) -> bool:
        """Whether exactly one class is right for each example; else any number of them is, none too."""

    @property
    def primary(self) -> str:
        """The name of the score that decides between two models."""

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[Any]:
        """Turn labels (N of them) into targets whose first axis is N."""

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the mean loss over labelled rows, a scalar; logits are (N, K). No labelled row: zero, with a graph."""

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return weights (K,) under which rare answers count as much as common ones; mean 1 over labelled examples."""

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into probabilities (N, K)."""

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Turn targets, N of them, back into labels; empty where there is none. What ``encode`` undoes."""

    def answers(self, probabilities: NDArray[Any]) -> NDArray[Any]:
        """Turn probabilities (N, K) into the answers they stand for, in the form of targets."""

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Turn probabilities (N, K) into N labels, in the words of the user: the answers, written."""

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each of ``targets``, which are all labelled."""

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows, of which there are some, whose answer is right: what chooses an epoch.

        With ``class_weights`` (K,) a row counts as much as in the loss.
        """

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Measure labelled rows; ``seed`` is of the bootstrap."""

    def majority(self, targets: NDArray[Any]) -> float:
        """Return the primary score of always giving the commonest answer: what no model should fall below."""

    def to_json(self) -> dict[str, Any]:
        """Return what ``ghep.tasks.from_json`` turns back into an equal task."""
