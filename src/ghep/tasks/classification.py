"""Each example is one of K classes: labels -> class indices (N,), logits (N, K) -> softmax -> one label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError, did_you_mean
from ghep.metrics.calibration import softmax
from ghep.metrics.scores import classification_scores
from ghep.tasks.base import MISSING
from ghep.types import Score

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Classification:
    """One of ``classes`` for each example; the order of the classes is the order of the logits.

    >>> animal = Classification("animal", ("cat", "dog"))
    >>> animal.encode([{"animal": "dog"}, {}]).tolist()
    [1, -1]
    """

    name: str
    classes: tuple[str, ...]

    kind: ClassVar[str] = "classification"

    @property
    def exclusive(self) -> bool:
        """One class excludes the others."""
        return True

    @property
    def primary(self) -> str:
        """Accuracy decides."""
        return "accuracy"

    @property
    def outputs(self) -> int:
        """The number of logits K: one for each class."""
        return len(self.classes)

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.int64]:
        """Turn labels into class indices (N,), int64; MISSING where an example has no label for this task.

        Raises DataError that lists every label which is no class.
        """
        index = {label: k for k, label in enumerate(self.classes)}
        given = [row.get(self.name) for row in labels]
        unknown = dict.fromkeys(label for label in given if label is not None and label not in index)
        if unknown:
            hints = "; ".join(f'"{label}": {did_you_mean(label, self.classes)}' for label in list(unknown)[:5])
            raise DataError(
                f'{len(unknown)} label(s) of task "{self.name}" are no class of it: {hints}',
                remedy="correct the labels, or train with data in which every class occurs",
            )
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
        distributions) in which a row that sums to 0 has no label. Rows without a label are taken out before anything is
        computed, so value and gradient are bit for bit those of the batch without them; a batch of nothing else gives
        zero with a graph, not NaN. Half precision is computed in float32.

        ``class_weights`` (K,) multiply each class's part. The sum is divided by the number of rows, not by the sum of
        their weights as ``torch.nn.CrossEntropyLoss`` does: there, the weights of a batch of one class cancel out and
        the same example pulls harder or weaker with the company it is in.
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
        """Return the index of the largest probability in each row of (N, K); of equal ones the first."""
        return np.asarray(np.asarray(probabilities).argmax(axis=1))

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each class in ``targets`` (N,), which are all labelled."""
        return np.asarray(np.asarray(probabilities, dtype=np.float64)[np.arange(len(targets)), targets])

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows whose largest logit is the target's, each weighing what its class does."""
        given = targets != MISSING
        right = logits.argmax(1)[given] == targets[given]
        each = np.ones(len(right)) if class_weights is None else class_weights[targets[given]]
        return float((right * each).sum() / each.sum())

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Return the class of the largest probability in each row of (N, K); of equal ones the first."""
        return self.written(self.answers(probabilities)) if len(probabilities) else []

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Measure the labelled rows: see ``ghep.metrics.scores.classification_scores``."""
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        labelled = targets != MISSING
        return classification_scores(targets[labelled], probabilities[labelled], seed=seed)

    def majority(self, targets: NDArray[Any]) -> float:
        """Return the share of the commonest class among labelled rows; NaN when there are none."""
        counts = self._counts(targets)
        return float(counts.max() / counts.sum()) if counts.sum() else float("nan")

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return 'balanced' weights (K,): n / (K n_k), with K the classes that occur, as scikit-learn has them.

        Every class that occurs weighs the same in sum, and the mean over labelled examples is 1, so that the learning
        rate keeps its meaning. Classes that do not occur get 0.
        """
        counts = self._counts(targets)
        occurs = counts > 0
        return np.where(occurs, counts.sum() / (max(occurs.sum(), 1) * np.maximum(counts, 1)), 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "classification", "name": ..., "classes": [...]}``."""
        return {"kind": self.kind, "name": self.name, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Classification:
        """Build what ``to_json`` described; raises BundleError when it is not that."""
        return cls(*name_and_classes(obj, cls.kind))

    def _counts(self, targets: NDArray[Any]) -> NDArray[np.int64]:
        targets = np.asarray(targets)
        return np.bincount(targets[targets != MISSING], minlength=self.outputs)


def labelled_rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows that have a label, out of logits (N, K) and targets (N,) int or (N, K) float.

    Logits, and targets that are probabilities, come out in float32 where they were in half precision.
    """
    import torch

    soft = targets.is_floating_point()
    labelled = targets.sum(dim=1) != 0 if soft else targets != MISSING
    if not labelled.all():
        logits, targets = logits[labelled], targets[labelled]
    dtype = torch.promote_types(logits.dtype, torch.float32)
    return logits.to(dtype), targets.to(dtype) if soft else targets


def name_and_classes(obj: Mapping[str, Any], kind: str) -> tuple[str, tuple[str, ...]]:
    """Read the two fields of a task whose answers are named; raises BundleError when they are not there or not that."""
    name, classes = obj.get("name"), obj.get("classes")
    if not (isinstance(name, str) and isinstance(classes, list) and all(isinstance(c, str) for c in classes)):
        raise BundleError(f"not a {kind} task: {dict(obj)!r:.120}", remedy="save the bundle again")
    if not classes or len(set(classes)) < len(classes):
        raise BundleError(f'task "{name}" has no class or one twice: {classes!r:.120}', remedy="save it again")
    return name, tuple(classes)
