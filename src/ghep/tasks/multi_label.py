"""Each example has any number of K classes: labels -> rows of 0 and 1 (N, K), logits (N, K) -> K sigmoids -> a set.

A label is written as its classes with bars between them: "red|square". K questions are asked of every example, each
answered by itself: "is it red?", "is it a square?". The answer is right if all K are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError, did_you_mean
from ghep.metrics.calibration import sigmoid
from ghep.metrics.scores import multi_label_scores
from ghep.tasks.base import MISSING, correct, labelled
from ghep.tasks.classification import name_and_classes
from ghep.types import BAR, LabelSet, Score

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class MultiLabel:
    """Any subset of ``classes`` for each example; ``MultiLabel.of`` finds and sorts them.

    Raises DataError for a class whose name holds a bar, or is blank: no label could ever name it.

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
            raise DataError(
                f'a class of "{self.name}" is called {wrong[0]!r:.80}: labels are divided at bars and trimmed',
                remedy="rename it: no bar, no space at either end",
            )

    @classmethod
    def of(cls, name: str, labels: Iterable[str]) -> MultiLabel:
        """Build the task whose classes are those that these labels name, sorted."""
        return cls(name, tuple(sorted({one for label in labels for one in LabelSet(label).names})))

    @property
    def outputs(self) -> int:
        """The number of logits K: one for each class."""
        return len(self.classes)

    @property
    def exclusive(self) -> bool:
        """Classes do not exclude each other."""
        return False

    @property
    def primary(self) -> str:
        """Accuracy decides, of whole sets: it is a share of examples, as paired tests and intervals of shares need."""
        return "accuracy"

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.int8]:
        """Turn labels into rows of 0 and 1 (N, K), int8; a row of MISSING where an example has no label.

        A label that names nothing ("|", "") is one: none of the classes. Raises DataError that lists every name which
        is no class.
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
            hints = "; ".join(f'"{name}": {did_you_mean(name, self.classes)}' for name in list(unknown)[:5])
            raise DataError(
                f'{len(unknown)} name(s) in labels of task "{self.name}" are no class of it: {hints}',
                remedy="correct the labels, or train with data in which every class occurs",
            )
        return targets

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return the binary cross-entropy, the mean over classes, then over labelled rows.

        ``logits`` (N, K); ``targets`` (N, K) integers, MISSING in the whole row for no label, or (N, 2, K) floats: how
        much of the row says yes to each class, and how much says no. Both are 0 where there is no label, so that a
        blend of a labelled and an unlabelled row counts by its labelled share. Rows without a label are taken out
        before anything is computed, as in ``Classification.loss``; half precision is computed in float32.

        Smoothing moves each answer towards one half. ``class_weights`` (K,) are of a class's yes; its no has the weight
        that goes with it (``no_weights``).
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
        """Return 'balanced' weights (K,) of having each class: n / (2 n_k), whose mean over rows is 1.

        With ``no_weights`` a class's yes and its no then weigh the same in sum, however rare it is. A class that no row
        or every row has is left as it is: 1.
        """
        targets = np.asarray(targets)
        rows = targets[labelled(targets)]
        counts = (rows == 1).sum(axis=0)
        told = (counts > 0) & (counts < len(rows))
        return np.where(told, len(rows) / (2 * np.maximum(counts, 1)), 1.0)

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into sigmoid(logits / temperature), (N, K) float64: each by itself, no sum is 1."""
        return sigmoid(logits, temperature)

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Return the classes of each row of ``targets`` (N, K), with bars between them; empty for none, and MISSING."""
        return [BAR.join(self.classes[k] for k in np.flatnonzero(row == 1)) for row in np.asarray(targets)]

    def answers(self, probabilities: NDArray[Any]) -> NDArray[np.int8]:
        """Return 1 where a probability of (N, K) is above one half, else 0."""
        return (np.asarray(probabilities) > 0.5).astype(np.int8)

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each whole row of ``targets``: the product over the classes.

        As if the classes were independent given the example, which is what K sigmoids say.
        """
        probabilities = np.asarray(probabilities, dtype=np.float64)
        given = np.where(np.asarray(targets) == 1, probabilities, 1 - probabilities)
        return np.asarray(given.prod(axis=1))

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows all of whose answers are right.

        With weights a row's is the mean of its answers'.
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
        """Return the classes above one half in each row of (N, K), with bars between them; none: empty."""
        return self.written(self.answers(probabilities))

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Measure the labelled rows: see ``ghep.metrics.scores.multi_label_scores``."""
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        given = labelled(targets)
        return multi_label_scores(targets[given], probabilities[given], seed=seed)

    def majority(self, targets: NDArray[Any]) -> float:
        """Return the share of the commonest set among labelled rows; NaN when there are none."""
        targets = np.asarray(targets)
        rows = targets[labelled(targets)]
        return float(np.unique(rows, axis=0, return_counts=True)[1].max() / len(rows)) if len(rows) else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "multi_label", "name": ..., "classes": [...]}``."""
        return {"kind": self.kind, "name": self.name, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> MultiLabel:
        """Build what ``to_json`` described; raises BundleError when it is not that."""
        name, classes = name_and_classes(obj, cls.kind)
        try:
            return cls(name, classes)
        except DataError as error:
            raise BundleError(error.cause, remedy="save the bundle again") from error


def no_weights(weights: Any) -> Any:
    """Return the weights of not having a class, from those of having it: n / (2 (n - n_k)) from n / (2 n_k), (K,).

    Numbers or tensors; a weight of 1 gives 1.
    """
    return weights / (2 * weights - 1)


def _answers_of(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits, yes and no (n, K) of the rows that have a label; half precision comes out in float32."""
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
