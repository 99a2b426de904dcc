"""Each example is one of K classes: labels -> class indices (N,), logits (N, K) -> softmax -> one label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError, did_you_mean
from ghep.messages import Message
from ghep.metrics.calibration import softmax
from ghep.metrics.scores import classification_scores
from ghep.tasks.base import MISSING
from ghep.tasks.classes import OfClasses
from ghep.types import Score

if TYPE_CHECKING:
    from torch import Tensor

HINTS = 5
"""Most unknown labels that a message names."""


@dataclass(frozen=True)
class Classification(OfClasses):
    """One of ``classes`` for each example; classes are in the order of the logits.

    >>> animal = Classification("animal", ("cat", "dog"))
    >>> animal.encode([{"animal": "dog"}, {}]).tolist()
    [1, -1]
    """

    name: str
    classes: tuple[str, ...]

    kind: ClassVar[str] = "classification"

    @property
    def exclusive(self) -> bool:
        """True: each example has exactly one class."""
        return True

    @property
    def primary(self) -> str:
        """``accuracy``."""
        return "accuracy"

    @property
    def outputs(self) -> int:
        """The number of logits K: one for each class."""
        return len(self.classes)

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.int64]:
        """Turn labels into class indices (N,), int64; MISSING where an example has no label for this task.

        Raises DataError with the labels that are not classes.
        """
        index = {label: k for k, label in enumerate(self.classes)}
        given = [row.get(self.name) for row in labels]
        unknown = dict.fromkeys(label for label in given if label is not None and label not in index)
        if unknown:
            raise DataError("unknown-labels", **unknown_names(unknown, self.name, self.classes))
        return np.array([MISSING if label is None else index[label] for label in given], dtype=np.int64)

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the cross-entropy, summed over labelled rows and divided by their number.

        ``logits`` (N, K); ``targets`` (N,) int64 with MISSING for no label, or (N, K) float probabilities (mixup, label
        distributions) in which a row that sums to 0 has no label. Rows without a label are removed first, so value and
        gradient are bit-identical to those of the batch without them; a batch without labels gives 0 with a graph, not
        NaN. Half precision is computed in float32.

        ``class_weights`` (K,) multiply the loss of each class. The sum is divided by the number of rows, not by the sum
        of their weights as in ``torch.nn.CrossEntropyLoss``: there the weights cancel in a batch of one class, and the
        gradient of an example depends on the rest of its batch.
        """
        from torch.nn import functional

        logits, targets = labelled_rows(logits, targets)
        if not len(logits):
            return logits.sum()
        return functional.cross_entropy(
            logits,
            targets,
            weight=None if class_weights is None else class_weights.to(logits),
            label_smoothing=label_smoothing,
            reduction="none",
        ).mean()

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into softmax(logits / temperature), (N, K) float64."""
        return softmax(logits, temperature)

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Return the class of each index in ``targets`` (N,); empty for MISSING."""
        return ["" if k == MISSING else self.classes[k] for k in np.asarray(targets).tolist()]

    def answers(self, probabilities: NDArray[Any]) -> NDArray[np.int64]:
        """Return the index of the largest probability in each row of (N, K); for ties, the first."""
        return np.asarray(np.asarray(probabilities).argmax(axis=1))

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each class in ``targets`` (N,), all of them labelled."""
        return np.asarray(np.asarray(probabilities, dtype=np.float64)[np.arange(len(targets)), targets])

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows whose largest logit is the target's; ``class_weights`` weigh the rows."""
        given = targets != MISSING
        right = logits.argmax(1)[given] == targets[given]
        each = np.ones(len(right)) if class_weights is None else class_weights[targets[given]]
        return float((right * each).sum() / each.sum())

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Return the class of the largest probability in each row of (N, K); for ties, the first."""
        return self.written(self.answers(probabilities)) if len(probabilities) else []

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows, from ``ghep.metrics.scores.classification_scores``."""
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        labelled = targets != MISSING
        return classification_scores(targets[labelled], probabilities[labelled], seed=seed)

    def constant(self, targets: NDArray[Any]) -> float:
        """Return the share of the most frequent class among labelled rows; NaN if there are none."""
        counts = self._counts(targets)
        return float(counts.max() / counts.sum()) if counts.sum() else float("nan")

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return 'balanced' weights (K,) as in scikit-learn: n / (C n_k) for class k.

        n is the number of labelled examples, n_k that of class k, and C the number of classes that occur. The examples
        of each class then have the same total weight, and the mean over labelled examples is 1, so the learning rate
        needs no change. Classes that do not occur get 0.
        """
        counts = self._counts(targets)
        occurs = counts > 0
        return np.where(occurs, counts.sum() / (max(occurs.sum(), 1) * np.maximum(counts, 1)), 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "classification", "name": ..., "classes": [...]}``."""
        return {"kind": self.kind, "name": self.name, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Classification:
        """Build the task that ``to_json`` described; raise BundleError for anything else."""
        return cls(*name_and_classes(obj, cls.kind))

    def _counts(self, targets: NDArray[Any]) -> NDArray[np.int64]:
        targets = np.asarray(targets)
        return np.bincount(targets[targets != MISSING], minlength=self.outputs)


def labelled_rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (N, K) and targets, (N,) int or (N, K) float, without the rows that have no label.

    Logits, and targets that are probabilities, are converted from half precision to float32.
    """
    import torch

    soft = targets.is_floating_point()
    labelled = targets.sum(dim=1) != 0 if soft else targets != MISSING
    if not labelled.all():
        logits, targets = logits[labelled], targets[labelled]
    dtype = torch.promote_types(logits.dtype, torch.float32)
    return logits.to(dtype), targets.to(dtype) if soft else targets


def unknown_names(unknown: Iterable[str], task: str, classes: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of the message about names that are not among the classes of ``task``."""
    names = list(unknown)
    hints = [
        Message("unknown-label-hint", {"label": name, "hint": did_you_mean(name, classes)}) for name in names[:HINTS]
    ]
    return {"count": len(names), "task": task, "hints": hints}


def name_and_classes(obj: Mapping[str, Any], kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the classes of a task from its JSON; raise BundleError if they are missing or invalid."""
    name, classes = obj.get("name"), obj.get("classes")
    if not (isinstance(name, str) and isinstance(classes, list) and all(isinstance(c, str) for c in classes)):
        raise BundleError("task-invalid", kind=kind, found=f"{dict(obj)!r:.120}")
    if not classes or len(set(classes)) < len(classes):
        raise BundleError("task-classes-invalid", task=name, found=f"{classes!r:.120}")
    return name, tuple(classes)
