"""Each example has a rating, one of a few ordered numbers: labels -> class indices (N,), logits (N, K) -> softmax.

Ratings are classes that have an order. Only the loss and the scores use the order, so everything that works on classes
(the solved linear head, temperature scaling, mixup) works on ratings as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError
from ghep.metrics.scores import rating_scores
from ghep.tasks.base import MISSING
from ghep.tasks.classes import OfClasses
from ghep.tasks.classification import Classification, labelled_rows, name_and_classes
from ghep.types import Score

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 8
"""Most labels without a numeric value that a message names."""


@dataclass(frozen=True)
class Rating(OfClasses):
    """One of ``classes``, numbers as the user writes them, in ascending order; ``Rating.of`` sorts them.

    Raises DataError for classes that are not numbers or not in ascending order: the loss would teach a wrong order.

    >>> stars = Rating.of("stars", ["5", "1", "3.5", "10"])
    >>> stars.classes
    ('1', '3.5', '5', '10')
    >>> stars.encode([{"stars": "3.50"}, {}]).tolist()
    [1, -1]
    """

    name: str
    classes: tuple[str, ...]

    kind: ClassVar[str] = "rating"

    def __post_init__(self) -> None:
        numbers = _numbers(self.classes, self.name)
        for (low, a), (high, b) in pairwise(zip(self.classes, numbers, strict=True)):
            if a == b:
                raise DataError("rating-spelt-twice", task=self.name, first=low, second=high)
            if a > b:
                raise DataError("ratings-not-ascending", task=self.name, first=low, second=high)

    @classmethod
    def of(cls, name: str, labels: Iterable[str]) -> Rating:
        """Build the task whose classes are these labels, each once, sorted by value."""
        labels = list(dict.fromkeys(labels))
        in_order = sorted(zip(_numbers(labels, name), labels, strict=True))
        return cls(name, tuple(label for _, label in in_order))

    @property
    def values(self) -> NDArray[np.float64]:
        """The ratings as numbers (K,), ascending."""
        return np.array(_numbers(self.classes, self.name))

    @property
    def exclusive(self) -> bool:
        """True: each example has exactly one rating."""
        return True

    @property
    def primary(self) -> str:
        """``accuracy``, which early stopping and the majority class use as well; its interval needs no bootstrap."""
        return "accuracy"

    @property
    def outputs(self) -> int:
        """The number of logits K: one for each rating."""
        return len(self.classes)

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.int64]:
        """Turn labels into class indices (N,), int64; MISSING where an example has no rating.

        Ratings are compared by value: "4.0" is "4". Raises DataError with the labels that are not numbers, or with the
        ratings that are not in ``classes``.
        """
        given = list(dict.fromkeys(row[self.name] for row in labels if self.name in row))
        name_of = dict(zip(self.values.tolist(), self.classes, strict=True))
        known = {one: name_of.get(number, one) for one, number in zip(given, _numbers(given, self.name), strict=True)}
        return self._unordered.encode(
            [{self.name: known[row[self.name]]} if self.name in row else {} for row in labels]
        )

    def loss(
        self,
        logits: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        class_weights: Tensor | None = None,
    ) -> Tensor:
        """Return cross-entropy plus ranked probability score, summed over labelled rows, divided by their number.

        Arguments, unlabelled rows and half precision are as in ``Classification.loss``. The ranked probability score of
        one row is

            sum over k of (P(rating <= k) - 1[y <= k])^2 / (K - 1),

        between 0 and 1. Here k is each rating but the last, P the predicted probability, y the true rating, and 1[...]
        is 1 if the condition holds and else 0. This is the squared error of "is the rating at most k?", averaged over
        the K - 1 questions. An error of two steps costs more than an error of one step. Cross-entropy and ranked
        probability score are proper scoring rules, and so is their sum: the true distribution has the lowest expected
        loss. Sources: Epstein 1969,
        doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2; Gneiting and Raftery 2007, doi:10.1198/016214506000001437.

        Soft targets and smoothing mix the ranked scores of the ratings as they mix the cross-entropies; class weights
        multiply each rating's part of the mixture.
        """
        logits, targets = labelled_rows(logits, targets)
        if not len(logits):
            return logits.sum()
        options: dict[str, Any] = {"label_smoothing": label_smoothing, "class_weights": class_weights}
        return self._unordered.loss(logits, targets, **options) + _ranked_loss(logits, targets, **options)

    def probabilities(self, logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
        """Turn logits (N, K) into softmax(logits / temperature), (N, K) float64."""
        return self._unordered.probabilities(logits, temperature)

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Return the rating of each index in ``targets`` (N,); empty for MISSING."""
        return self._unordered.written(targets)

    def answers(self, probabilities: NDArray[Any]) -> NDArray[np.int64]:
        """Return the index of the most probable rating in each row of (N, K); for ties, the lowest."""
        return self._unordered.answers(probabilities)

    def likelihood(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probability (N,) of each rating in ``targets`` (N,), all of them labelled."""
        return self._unordered.likelihood(targets, probabilities)

    def merit(self, targets: NDArray[Any], logits: NDArray[Any], class_weights: NDArray[Any] | None = None) -> float:
        """Return the share of labelled rows whose largest logit is the target's, as in ``Classification``."""
        return self._unordered.merit(targets, logits, class_weights)

    def decode(self, probabilities: NDArray[Any]) -> list[str]:
        """Return the most probable rating in each row of (N, K); for ties, the lowest."""
        return self._unordered.decode(probabilities)

    def score(self, targets: NDArray[Any], probabilities: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows: those of classification, then ``mae`` and ``quadratic_kappa``."""
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        labelled = targets != MISSING
        return rating_scores(targets[labelled], probabilities[labelled], self.values, seed=seed)

    def constant(self, targets: NDArray[Any]) -> float:
        """Return the share of the most frequent rating among labelled rows; NaN if there are none."""
        return self._unordered.constant(targets)

    def class_weights(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return 'balanced' weights (K,), as in ``Classification``."""
        return self._unordered.class_weights(targets)

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "rating", "name": ..., "classes": [...]}``."""
        return {"kind": self.kind, "name": self.name, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Rating:
        """Build the task that ``to_json`` described; raise BundleError for anything else."""
        name, classes = name_and_classes(obj, cls.kind)
        try:
            return cls(name, classes)
        except DataError as error:
            raise BundleError("task-not-built", cause=error.cause) from error

    @property
    def _unordered(self) -> Classification:
        return Classification(self.name, self.classes)


def plain_number(label: str) -> str:
    """Return a number in its shortest spelling, and anything else unchanged.

    >>> plain_number("5.0"), plain_number("3.50"), plain_number("good")
    ('5', '3.5', 'good')
    """
    try:
        number = float(label)
    except ValueError:
        return label
    return f"{number:.12g}" if math.isfinite(number) else label


def _numbers(labels: Sequence[str], task: str) -> list[float]:
    """Return ``labels`` as finite numbers; raise DataError with the labels that are not finite numbers."""
    numbers = [_number(label) for label in labels]
    others = [label for label, number in zip(labels, numbers, strict=True) if not math.isfinite(number)]
    if others:
        shown = [f'"{label:.40}"' for label in others[:SHOWN]]
        raise DataError(
            "ratings-not-numbers", count=len(others), task=task, shown=shown, more=max(0, len(others) - SHOWN)
        )
    return numbers


def _number(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return math.nan


def _ranked_loss(logits: Tensor, targets: Tensor, *, label_smoothing: float, class_weights: Tensor | None) -> Tensor:
    """Return the mean ranked probability score of rows that are all labelled."""
    import torch
    from torch.nn import functional

    ratings = logits.shape[1]
    mixture = targets if targets.is_floating_point() else functional.one_hot(targets, ratings).to(logits)
    mixture = (1 - label_smoothing) * mixture + label_smoothing / ratings
    if class_weights is not None:
        mixture = mixture * class_weights.to(logits)
    at_most = logits.softmax(dim=1).cumsum(dim=1)[:, None, :-1]  # (N, 1, K - 1)
    truth = torch.ones(ratings, ratings, device=logits.device).triu()[:, :-1]  # (K, K - 1): is rating y at most k?
    each = (at_most - truth).square().sum(dim=2) / max(ratings - 1, 1)  # (N, K): the score if the rating were y
    return (mixture * each).sum(dim=1).mean()
