"""Each example has any number of K classes: labels -> rows of 0 and 1 (N, K), logits (N, K) -> K sigmoids -> a set.

A label names its classes, separated by bars: "red|square". Each class is a separate yes/no question ("is it red?", "is
it a square?"), and the answer for an example is correct if all K answers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError
from ghep.metrics.calibration import sigmoid
from ghep.metrics.scores import multi_label_scores
from ghep.tasks.base import MISSING, correct, labelled
from ghep.tasks.classes import OfClasses
from ghep.tasks.classification import name_and_classes, unknown_names
from ghep.types import BAR, LabelSet, Score

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class MultiLabel(OfClasses):
    """Any subset of ``classes`` for each example; ``MultiLabel.of`` collects and sorts them from labels.

    Raises DataError for a class whose name contains a bar or is blank: no label could name it.

    >>> shapes = MultiLabel.of("shape", ["red|square", "red", "blue|square"])
    >>> shapes.classes
    ('blue', 'red', 'square')
    >>> shapes.encode([{"shape": "square | red"}, {"shape": "|"}, {}]).tolist()
    [[0, 1, 1], [0, 0, 0], [-1, -1, -1]]
    """

    name: str
    classes: tuple[str, ...]

    kind: ClassVar[str] = "multi_label"

    def __post_init__(self) -> None:
        wrong = [name for name in self.classes if LabelSet(name).names != (name,)]
        if wrong:
            raise DataError("class-name-not-a-label", task=self.name, name=f"{wrong[0]!r:.80}")

    @classmethod
    def of(cls, name: str, labels: Iterable[str]) -> MultiLabel:
        """Build the task whose classes are those named in ``labels``, sorted."""
        return cls(name, tuple(sorted({one for label in labels for one in LabelSet(label).names})))

    @property
    def outputs(self) -> int:
        """The number of logits K: one for each class."""
        return len(self.classes)

    @property
    def exclusive(self) -> bool:
        """False: an example may have any number of classes."""
        return False

    @property
    def primary(self) -> str:
        """``accuracy`` of whole sets of classes: a share of examples, as paired tests and Wilson intervals require."""
        return "accuracy"

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.int8]:
        """Turn labels into rows of 0 and 1 (N, K), int8; a row of MISSING where an example has no label.

        A label that names nothing ("|", "") means none of the classes. Raises DataError with the names that are not
        classes.
        """
        index = {name: k for k, name in enumerate(self.classes)}
        targets = np.full((len(labels), self.outputs), MISSING, dtype=np.int8)
        unknown: dict[str, None] = {}
        for row, given in enumerate(labels):
            if self.name in given:
                names = LabelSet(given[self.name]).names
                unknown |= dict.fromkeys(name for name in names if name not in index)
                targets[row] = 0
                targets[row, [index[name] for name in names if name in index]] = 1
        if unknown:
            raise DataError("unknown-label-names", **unknown_names(unknown, self.name, self.classes))
        return targets

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the binary cross-entropy, averaged over classes, then over labelled rows.

        ``logits`` (N, K); ``targets`` (N, K) integers, MISSING in the whole row for no label, or (N, 2, K) floats: the
        shares of yes and of no for each class. Both are 0 without a label, so that a blend of a labelled and an
        unlabelled row counts by its labelled share. Rows without a label are removed first, as in
        ``Classification.loss``; half precision is computed in float32.

        Smoothing moves each answer towards one half. ``class_weights`` (K,) are the weights of the yes of each class;
        ``no_weights`` computes the weights of the no from them.
        """
        from torch.nn import functional

        logits, yes, no = _answers_of(logits, targets)
        if not len(logits):
            return logits.sum()
        if label_smoothing:
            half = label_smoothing / 2 * (yes + no)
            yes, no = (1 - label_smoothing) * yes + half, (1 - label_smoothing) * no + half
        if class_weights is not None:
            weights = class_weights.to(logits)
            yes, no = yes * weights, no * no_weights(weights)
        return (yes * functional.softplus(-logits) + no * functional.softplus(logits)).mean()

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return 'balanced' weights (K,) of the answer yes for each class: n / (2 n_k), with n_k of n rows in class k.

        With ``no_weights``, the answers yes and no for a class have the same total weight, however rare the class is,
        and the mean weight over rows is 1. A class that no row or every row has gets 1.
        """
        targets = np.asarray(targets)
        rows = targets[labelled(targets)]
        counts = (rows == 1).sum(axis=0)
        varies = (counts > 0) & (counts < len(rows))
        return np.where(varies, len(rows) / (2 * np.maximum(counts, 1)), 1.0)

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into sigmoid(logits / temperature), (N, K) float64; rows need not sum to 1."""
        return sigmoid(logits, temperature)

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Return the classes of each row of ``targets`` (N, K), separated by bars; empty for none and for MISSING."""
        return [BAR.join(self.classes[k] for k in np.flatnonzero(row == 1)) for row in np.asarray(targets)]

    def answers(self, probabilities: NDArray[Any]) -> NDArray[np.int8]:
        """Return 1 where a probability of (N, K) is above one half, else 0."""
        return (np.asarray(probabilities) > 0.5).astype(np.int8)

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each whole row of ``targets``: the product over the classes.

        Probabilities are multiplied because K sigmoids model the classes as independent given the example.
        """
        probabilities = np.asarray(probabilities, dtype=np.float64)
        given = np.where(np.asarray(targets) == 1, probabilities, 1 - probabilities)
        return np.asarray(given.prod(axis=1))

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows whose K answers are all correct.

        With ``class_weights``, the weight of a row is the mean of the weights of its K answers.
        """
        targets = np.asarray(targets)
        given = labelled(targets)
        rows = targets[given]
        right = correct((np.asarray(logits)[given] > 0).astype(np.int8), rows)
        if class_weights is None:
            return float(right.mean())
        each = np.where(rows == 1, class_weights, no_weights(class_weights)).mean(axis=1)
        return float((right * each).sum() / each.sum())

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Return the classes above one half in each row of (N, K), separated by bars; empty if there are none."""
        return self.written(self.answers(probabilities))

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows, from ``ghep.metrics.scores.multi_label_scores``."""
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        given = labelled(targets)
        return multi_label_scores(targets[given], probabilities[given], seed=seed)

    def constant(self, targets: NDArray[Any]) -> float:
        """Return the share of the most frequent set among labelled rows; NaN if there are none."""
        targets = np.asarray(targets)
        rows = targets[labelled(targets)]
        return float(np.unique(rows, axis=0, return_counts=True)[1].max() / len(rows)) if len(rows) else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "multi_label", "name": ..., "classes": [...]}``."""
        return {"kind": self.kind, "name": self.name, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> MultiLabel:
        """Build the task that ``to_json`` described; raise BundleError for anything else."""
        name, classes = name_and_classes(obj, cls.kind)
        try:
            return cls(name, classes)
        except DataError as error:
            raise BundleError("task-not-built", cause=error.cause) from error


def no_weights(weights: Any) -> Any:
    """Return the weights (K,) of the answer no for each class, from the ``weights`` (K,) of the answer yes.

    A weight of n / (2 n_k), where n_k of n rows have class k, gives n / (2 (n - n_k)). A weight of 1 gives 1.
    """
    return weights / (2 * weights - 1)


def _answers_of(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits and the target shares of yes and of no, (n, K) each, of the n rows with a label.

    Half precision is converted to float32.
    """
    import torch

    soft = targets.is_floating_point()
    given = targets.sum(dim=(1, 2)) != 0 if soft else (targets != MISSING).all(dim=1)
    if not given.all():
        logits, targets = logits[given], targets[given]
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return (
        (logits, targets[:, 0].to(logits), targets[:, 1].to(logits))
        if soft
        else (logits, (targets == 1).to(logits), (targets == 0).to(logits))
    )
