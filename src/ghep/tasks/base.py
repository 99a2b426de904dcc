"""The contract of a task. ``tests/tasks/test_contract.py`` checks every task, also one of a user.

``Task`` is what every task has; ``Classifier`` adds what only tasks with classes have. Legend: N batch, K outputs. A
row without a label has no effect on the loss, its gradient, the scores or the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ghep.metrics.calibration import Calibrated
from ghep.types import Score

if TYPE_CHECKING:
    from torch import Tensor

MISSING = -1
"""Target of an example without a label for a task with classes; if a target is a row of numbers, all numbers in it. In
a regression task it is NaN."""


def labelled(targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each example has a label, bool (N,), from targets (N,) or (N, K)."""
    targets = np.asarray(targets)
    given = ~np.isnan(targets) if targets.dtype.kind == "f" else np.asarray(targets != MISSING)
    return given if given.ndim == 1 else np.asarray(given.all(axis=1))


def only(targets: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a copy of ``targets`` in which all examples but ``rows``, bool (N,), have no label."""
    kept = targets.copy()
    kept[~rows] = np.nan if targets.dtype.kind == "f" else MISSING
    return kept


def correct(answers: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each answer equals its target, as a whole row for (N, K): bool (N,). False without a label."""
    same = np.asarray(np.asarray(answers) == np.asarray(targets))
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


def classes_of(task: Task) -> tuple[str, ...]:
    """Return the classes of ``task``; empty for regression."""
    return task.classes if isinstance(task, Classifier) else ()


@runtime_checkable
class Task(Protocol):
    """One question about every example. A task is a plain value: it holds no weights and no data."""

    @property
    def name(self) -> str:
        """The key of this task in ``Example.labels``."""

    @property
    def outputs(self) -> int:
        """The number of logits K of a head for this task."""

    @property
    def primary(self) -> str:
        """The name of the score that decides between two models; higher is better."""

    @property
    def initial_loss(self) -> float:
        """The loss of a head whose weights are all zero, on typical labels."""

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[Any]:
        """Return the targets of N examples from their labels (each task name -> label); the first axis is N."""

    def has_label(self, targets: Tensor) -> Tensor:
        """Return whether each row of ``targets``, as from ``encode`` or ``soft``, has a label: bool (N,)."""

    def soft(self, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Return ``targets`` as floats that may be blended and weighted: the loss is linear in them.

        A row without a label is all zero. Targets that are soft already are only smoothed.
        """

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over labelled rows for logits (N, K): a scalar, 0 with a graph if there is no label."""

    def predict(self, logits: NDArray[Any], calibration: float | None = None) -> NDArray[np.float64]:
        """Turn logits (N, K) into predictions (N, P): the probabilities of classes, or a number and its interval.

        ``calibration`` is the ``value`` of the result of ``calibrate``; None: not calibrated.
        """

    def calibrate(self, logits: NDArray[Any], targets: NDArray[Any]) -> Calibrated:
        """Return what ``predict`` needs for honest probabilities or intervals, from examples not trained on."""

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Turn N targets back into labels, the inverse of ``encode``; empty for a row without a label."""

    def decode(self, predictions: NDArray[Any]) -> list[str]:
        """Turn predictions (N, P) into N labels, as the user writes them."""

    def merit(self, targets: NDArray[Any], logits: NDArray[Any]) -> float:
        """Return the primary score of the labelled rows (at least one), by which the epoch is chosen."""

    def score(self, targets: NDArray[Any], predictions: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows, with intervals; ``seed`` is the seed of the bootstrap."""

    def credit(self, targets: NDArray[Any], predictions: NDArray[Any]) -> NDArray[Any]:
        """Return a number for each labelled row, (n,), whose mean is the primary score: paired tests compare them."""

    def constant(self, targets: NDArray[Any]) -> float:
        """Return the primary score of the best constant answer to ``targets``: a useful model scores higher."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object from which ``ghep.tasks.from_json`` builds an equal task."""


@runtime_checkable
class Classifier(Task, Protocol):
    """A task whose answers are classes."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each output, in the order of the logits."""

    @property
    def exclusive(self) -> bool:
        """Whether exactly one class is correct for each example; if not, any number of classes, including none."""

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the mean loss over labelled rows, as in ``Task``.

        ``class_weights`` (K,) multiply the loss of the examples of each class.
        """

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return weights (K,) that make rare and common answers count equally; mean 1 over labelled examples."""

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into probabilities (N, K)."""

    def answers(self, probabilities: NDArray[Any]) -> NDArray[Any]:
        """Turn probabilities (N, K) into answers of the same shape and type as targets."""

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each of ``targets``, all of them labelled."""

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows (at least one) that are answered correctly, by which the epoch is chosen.

        With ``class_weights`` (K,), each row has the same weight as in the loss.
        """
