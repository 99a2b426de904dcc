"""Choose a strategy by the number of examples and by how well frozen features fit the task: a table of four cells.

In: a ``Case`` (counts and accuracies of linear heads). Out: a ``Ruling`` (the strategy and the reasons). "Few" and
"many" count training examples per class. "Near" means that a linear head on frozen features already solves most of the
task.

    few and near        linear_probe   there is little left to learn, and too few examples to learn it from
    few and far         light          the last blocks must change; there are too few examples to train the first ones
    many and near       lp_ft          start from the good features, then fine-tune them on the many examples
    many and far        full           the features must change, and there are enough examples to train them

The table was fixed before it was measured. ``benchmarks/advice.py`` searches for a better table on all data sets except
one, and measures its loss on the one left out. Six data sets gave no reason to change the table, but they hardly test
the two cells with "many" (docs/decisions/0011-advice.md).
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
    """The numbers by which a strategy is chosen. Accuracies are of linear heads, on held-out examples."""

    num_train: int
    classes: int
    accuracy: float
    """Accuracy of the best backbone's probe."""
    majority: float
    """Accuracy of always predicting the most frequent class, on the same examples."""
    random_accuracy: float
    """Accuracy of a probe on the same architecture with random weights."""
    compared_accuracy: float | None = None
    """Accuracy of the best backbone's probe on the examples that ``random_accuracy`` was measured on; None: these are
    the examples of ``accuracy``."""
    numeric: bool = False
    """Whether the task is regression: accuracies are R², and a number counts like ``classes`` classes."""

    @property
    def per_class(self) -> float:
        """Return the mean number of training examples per class."""
        return self.num_train / self.classes

    @property
    def closeness(self) -> float:
        """Return the fraction, 0 to 1, of the errors of always predicting the majority class that the probe avoids."""
        return max(0.0, (self.accuracy - self.majority) / max(1 - self.majority, 1e-9))

    @property
    def gain(self) -> float:
        """Return the fraction of the errors with random features that pretrained features avoid, at most 1."""
        accuracy = self.accuracy if self.compared_accuracy is None else self.compared_accuracy
        return (accuracy - self.random_accuracy) / max(1 - self.random_accuracy, 1e-9)


@dataclass(frozen=True)
class Rules:
    """The table of strategies, and the thresholds for "many" and "near"."""

    many_per_class: float = 100
    """From this many training examples per class, there are "many"."""
    near: float = 0.9
    """From this ``Case.closeness`` a task is "near": at most a tenth of the majority class's errors remain."""
    gain: float = 0.5
    """A task is "near" only if ``Case.gain`` over random features is also at least this. Without this condition an easy
    task would be near with any features."""
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
    """Return the strategy for ``case``, with the reasons.

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
            "advice-size-of-numbers" if case.numeric else "advice-size",
            size=size,
            num_train=case.num_train,
            classes=case.classes,
            per_class=case.per_class,
            many=rules.many_per_class,
        ),
        text_of(
            "advice-distance-of-numbers" if case.numeric else "advice-distance",
            distance=distance,
            closeness=100 * case.closeness,
            near=100 * rules.near,
            gain=100 * case.gain,
            near_gain=100 * rules.gain,
        ),
    )
