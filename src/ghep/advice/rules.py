"""Choose a strategy by the number of examples and how well frozen features fit the task: a table of four cells.

    few and near        linear_probe   there is little left to learn, and too few examples to learn it from
    few and far         light          the last blocks must change; there are too few examples to train the first ones
    many and near       lp_ft          keep the features, and use the examples
    many and far        full           the features must change, and there are enough examples to train them

The table was chosen first and then measured: ``benchmarks/advice.py`` searches for a better one on all data sets but
one and measures its loss on that one. Six data sets gave no reason to change it, and hardly test the row "many"
(docs/decisions/0011-advice.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ghep.messages import text_of

Size = Literal["few", "many"]
Distance = Literal["near", "far"]


@dataclass(frozen=True)
class Case:
    """The data for choosing a strategy. Accuracies are of linear heads, on examples that they were not solved on."""

    num_train: int
    classes: int
    accuracy: float
    """Accuracy of the best backbone's probe."""
    majority: float
    """Accuracy of always predicting the most frequent class, on the same examples."""
    random_accuracy: float
    """Accuracy of the same architecture with random weights."""
    compared_accuracy: float | None = None
    """Accuracy of the best backbone's probe on the examples of ``random_accuracy``, if those are not all."""

    @property
    def per_class(self) -> float:
        """Return the mean number of training examples per class."""
        return self.num_train / self.classes

    @property
    def closeness(self) -> float:
        """Return the fraction of the majority class's errors that the probe avoids, 0 to 1."""
        return max(0.0, (self.accuracy - self.majority) / max(1 - self.majority, 1e-9))

    @property
    def gain(self) -> float:
        """Return the fraction of the errors of random features that pretrained ones avoid, at most 1."""
        accuracy = self.accuracy if self.compared_accuracy is None else self.compared_accuracy
        return (accuracy - self.random_accuracy) / max(1 - self.random_accuracy, 1e-9)


@dataclass(frozen=True)
class Rules:
    """The table and its thresholds."""

    many_per_class: float = 100
    """Training examples per class that count as many."""
    near: float = 0.9
    """Closeness from which a task is near: less than a tenth of the errors remain."""
    gain: float = 0.5
    """A task is near only if pretrained features also gain this much over random ones: an easy task is near to any."""
    cells: Mapping[tuple[Size, Distance], str] = field(
        default_factory=lambda: {
            ("few", "near"): "linear_probe",
            ("few", "far"): "light",
            ("many", "near"): "lp_ft",
            ("many", "far"): "full",
        }
    )


@dataclass(frozen=True)
class Ruling:
    """A strategy and the reasons for it."""

    strategy: str
    size: Size
    distance: Distance
    reasons: tuple[str, ...]


def rule(case: Case, rules: Rules | None = None) -> Ruling:
    """Return the strategy for ``case``.

    >>> rule(Case(num_train=200, classes=2, accuracy=0.97, majority=0.5, random_accuracy=0.6)).strategy
    'lp_ft'
    """
    rules = rules or Rules()
    size: Size = "many" if case.per_class >= rules.many_per_class else "few"
    distance: Distance = "near" if case.closeness >= rules.near and case.gain >= rules.gain else "far"
    strategy = rules.cells[size, distance]
    return Ruling(strategy, size, distance, _reasons(case, rules, size, distance))


def _reasons(case: Case, rules: Rules, size: Size, distance: Distance) -> tuple[str, ...]:
    return (
        text_of(
            "advice-size",
            size=size,
            num_train=case.num_train,
            classes=case.classes,
            per_class=case.per_class,
            many=rules.many_per_class,
        ),
        text_of(
            "advice-distance",
            distance=distance,
            closeness=100 * case.closeness,
            near=100 * rules.near,
            gain=100 * case.gain,
            near_gain=100 * rules.gain,
        ),
    )
