"""Each example has a real number: labels -> standardised numbers (N,), logits (N, 1) -> a number with an interval.

Targets are (label - mean) / spread, with the mean and the standard deviation of the labels in train, so that learning
rates and the initial loss do not depend on the units. Predictions are in the units of the labels again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ghep.errors import BundleError, DataError
from ghep.metrics.conformal import Conformal, conformal
from ghep.metrics.regression import r_squared
from ghep.metrics.scores import regression_scores
from ghep.tasks.base import labelled
from ghep.types import Number, Score

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = 5
"""Digits of a predicted number that are written, from the first digit of the spread on."""
SHOWN = 5
"""Labels in a message."""


@dataclass(frozen=True)
class Regression:
    """Predict a real number; ``Regression.of`` takes the mean and the spread from labels.

    >>> age = Regression.of("age", ["20", "40"])
    >>> age.mean, age.spread, age.encode([{"age": "35"}, {}]).tolist()
    (30.0, 10.0, [0.5, nan])
    """

    name: str
    mean: float
    """Mean of the labels in train."""
    spread: float
    """Standard deviation of the labels in train, above 0."""

    kind: ClassVar[str] = "regression"

    @classmethod
    def of(cls, name: str, labels: Iterable[str]) -> Regression:
        """Build the task from the labels of train; raise DataError if they are not numbers or all equal."""
        numbers = _numbers(list(labels), name)
        spread = float(numbers.std()) if len(numbers) else 0.0
        if not spread > 0:
            raise DataError("numbers-all-equal", task=name, count=len(numbers), split="train")
        return cls(name, float(numbers.mean()), spread)

    @property
    def outputs(self) -> int:
        """1: the standardised number."""
        return 1

    @property
    def primary(self) -> str:
        """``r2``, the coefficient of determination: it has no units, and 0 is as good as a constant."""
        return "r2"

    @property
    def initial_loss(self) -> float:
        """1, the variance of the standardised labels of train."""
        return 1.0

    def encode(self, labels: Sequence[Mapping[str, str]]) -> NDArray[np.float32]:
        """Turn labels into standardised numbers (N,), float32; NaN where an example has no label.

        Raises DataError with the labels that are not finite numbers.
        """
        given = [self.name in row for row in labels]
        targets = np.full(len(labels), np.nan, dtype=np.float32)
        targets[given] = (_numbers([row[self.name] for row in labels if self.name in row], self.name) - self.mean) / (
            self.spread
        )
        return targets

    def has_label(self, targets: Tensor) -> Tensor:
        """Return whether each row has a label: bool (N,), from targets (N,), or (N, 2) of ``soft``."""
        return ~targets.isnan() if targets.ndim == 1 else targets[:, 1] > 0

    def soft(self, targets: Tensor, smoothing: float = 0.0) -> Tensor:  # noqa: ARG002 - of classes only
        """Return floats (N, 2): the target times its weight, and the weight. The weight is 1, or 0 without a label."""
        import torch

        if targets.ndim == 2:
            return targets
        weight = (~targets.isnan()).to(targets.dtype)
        return torch.stack([targets.nan_to_num(), weight], dim=1)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the squared error of the standardised number, summed over labelled rows, divided by their number.

        ``logits`` (N, 1); ``targets`` (N,) with NaN for no label, or (N, 2) as from ``soft``, possibly blended: the
        loss of a row is then its weight times the squared error. Rows without a label are removed first. Half precision
        is computed in float32.
        """
        import torch

        given = self.has_label(targets)
        if not given.all():
            logits, targets = logits[given], targets[given]
        if not len(logits):
            return logits.sum()
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))[:, 0]
        targets = targets.to(logits)
        if targets.ndim == 1:
            return (logits - targets).square().mean()
        weight = targets[:, 1]
        return (weight * (logits - targets[:, 0] / weight).square()).mean()

    def predict(self, logits: NDArray[Any], calibration: float | None = None) -> NDArray[np.float64]:
        """Turn logits (N, 1) into (N, 3): the number, and the ends of its prediction interval, in the labels' units.

        ``calibration`` is the half width of the interval, standardised; None: the ends are NaN.
        """
        centre = np.asarray(logits, dtype=np.float64)
        half = np.nan if calibration is None else calibration
        return np.asarray(self.mean + self.spread * np.concatenate([centre, centre - half, centre + half], axis=1))

    def calibrate(self, logits: NDArray[Any], targets: NDArray[Any]) -> Conformal:
        """Return the half width, standardised, of intervals that contain nine labels of ten (``metrics.conformal``)."""
        given = labelled(targets)
        return conformal(np.asarray(logits, dtype=np.float64)[given, 0] - targets[given])

    def written(self, targets: NDArray[Any]) -> list[str]:
        """Return each target (N,) as text, converted to the units of the labels; empty for NaN."""
        return [self._written(number) for number in self.numbers(targets).tolist()]

    def decode(self, predictions: NDArray[Any]) -> list[str]:
        """Return the predicted numbers as text: the first column of ``predictions`` (N, 3), rounded."""
        return [self._written(number) for number in np.asarray(predictions)[:, 0].tolist()]

    def rounded(self, number: float) -> float:
        """Return ``number`` rounded to the decimal place at which the spread has ``DIGITS`` significant digits."""
        return round(number, DIGITS - 1 - floor(log10(self.spread)))

    def _written(self, number: float) -> str:
        return Number.of(self.rounded(number)) if isfinite(number) else ""

    def numbers(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return the standardised ``targets`` (N,) converted to the units of the labels."""
        return np.asarray(self.mean + self.spread * np.asarray(targets, dtype=np.float64))

    def merit(self, targets: NDArray[Any], logits: NDArray[Any]) -> float:
        """Return R² of the labelled rows; if their labels are all equal, minus the mean squared error."""
        given = labelled(targets)
        predicted = np.asarray(logits, dtype=np.float64)[given, 0]
        found = float(r_squared(targets[given], predicted)[0])
        return found if isfinite(found) else -float(np.square(predicted - targets[given]).mean())

    def score(self, targets: NDArray[Any], predictions: NDArray[Any], *, seed: int = 0) -> tuple[Score, ...]:
        """Return the scores of the labelled rows, from ``ghep.metrics.scores.regression_scores``."""
        given = labelled(targets)
        return regression_scores(self.numbers(targets)[given], np.asarray(predictions)[given], seed=seed)

    def credit(self, targets: NDArray[Any], predictions: NDArray[Any]) -> NDArray[np.float64]:
        """Return the contribution of each labelled row to R², (n,), from the function ``credit`` in this module."""
        given = labelled(targets)
        return credit(self.numbers(targets)[given], np.asarray(predictions)[given, 0])

    def constant(self, targets: NDArray[Any]) -> float:
        """Return 0, the R² of always predicting the mean of ``targets``; NaN if all targets are equal."""
        return 0.0 if len(np.unique(targets[labelled(targets)])) > 1 else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return ``{"kind": "regression", "name": ..., "mean": ..., "spread": ...}``."""
        return {"kind": self.kind, "name": self.name, "mean": self.mean, "spread": self.spread}

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Regression:
        """Build the task that ``to_json`` described; raise BundleError for anything else."""
        name, numbers = obj.get("name"), [obj.get("mean"), obj.get("spread")]
        valid = [isinstance(one, int | float) and not isinstance(one, bool) and isfinite(one) for one in numbers]
        if not (isinstance(name, str) and all(valid) and numbers[1] > 0):  # type: ignore[operator]
            raise BundleError("task-invalid", kind=cls.kind, found=f"{dict(obj)!r:.120}")
        return cls(name, *map(float, numbers))  # type: ignore[arg-type]


def credit(targets: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers (n,), one for each example: their mean is R², and their variance / n is the variance of R².

    R² is 1 minus the ratio of two means over the same examples, squared errors e^2 and squared distances d^2 from the
    mean target. The number of an example is R² - (e^2 - (1 - R²) d^2) / variance, the first order of that ratio
    (linearisation: Woodruff 1971, doi:10.1080/01621459.1971.10482279). So always predicting the mean has R² = 0
    without an error, and examples with extreme targets do not count twice. NaN if all targets are equal.
    """
    targets, predicted = np.asarray(targets, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if not len(targets):
        return np.zeros(0)
    errors, distances = np.square(predicted - targets), np.square(targets - targets.mean())
    variance = float(distances.mean()) or np.nan
    left = float(errors.mean()) / variance  # 1 - R²
    return np.asarray(1 - left - (errors - left * distances) / variance)


def _numbers(labels: Sequence[str], task: str) -> NDArray[np.float64]:
    """Return ``labels`` as float64 (N,); raise DataError with the labels that are not finite numbers."""
    found, others = [], []
    for label in labels:
        try:
            number = float(label)
        except ValueError:
            number = float("nan")
        found.append(number)
        if not isfinite(number):
            others.append(label)
    if others:
        shown = [f'"{label:.40}"' for label in list(dict.fromkeys(others))[:SHOWN]]
        raise DataError("labels-not-numbers", task=task, count=len(others), total=len(labels), labels=shown)
    return np.array(found, dtype=np.float64)
