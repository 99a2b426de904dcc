"""Which strategy, from how many examples there are and how near the features are to the task: a table of four cells.

    few and near        linear_probe   nothing is left to learn that so few examples could teach
    few and far         light          the last blocks must change, the first ones cannot be learnt from so few
    many and near       lp_ft          keep what is there, and use the examples
    many and far        full           the features must become others, and there is enough to make them from

The table was believed first and then measured: ``benchmarks/advice.py`` looks for a better one on all data sets but one
and counts what it loses on that one. Six data sets gave no reason to change it, and hardly test the row "many"
(docs/decisions/0011-advice.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Size = Literal["few", "many"]
Distance = Literal["near", "far"]


@dataclass(frozen=True)
class Case:
    """What the choice of a strategy rests on. Accuracies are of linear heads, on examples they were not solved on."""

    num_train: int
    classes: int
    accuracy: float
    """Of the best backbone's probe."""
    majority: float
    """Of always giving the commonest answer, on the same examples."""
    random_accuracy: float
    """Of the same architecture with random weights."""
    compared_accuracy: float | None = None
    """Of the best backbone's probe on the examples that random features were scored on, where those are not all."""

    @property
    def per_class(self) -> float:
        """Return the mean number of training examples of a class."""
        return self.num_train / self.classes

    @property
    def closeness(self) -> float:
        """Return how much of what the majority answer leaves open the probe gets right, 0 to 1."""
        return max(0.0, (self.accuracy - self.majority) / max(1 - self.majority, 1e-9))

    @property
    def gain(self) -> float:
        """Return how much of what random features leave open the pretrained ones get right, at most 1."""
        accuracy = self.accuracy if self.compared_accuracy is None else self.compared_accuracy
        return (accuracy - self.random_accuracy) / max(1 - self.random_accuracy, 1e-9)


@dataclass(frozen=True)
class Rules:
    """The table, and where its lines are drawn."""

    many_per_class: float = 100
    """Training examples of a class from which on they are many."""
    near: float = 0.9
    """Closeness from which on a task is near: what is left is less than a tenth of the whole."""
    gain: float = 0.5
    """A task is near only if pretrained features also gain this much over random ones: an easy task is near to all."""
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
    """A strategy, and why."""

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
        f"{size}: {case.num_train} training examples of {case.classes} classes, {case.per_class:.0f} a class "
        f"(many: from {rules.many_per_class:g} on)",
        f"{distance}: frozen features get right {100 * case.closeness:.0f} % of what the commonest answer leaves open "
        f"(near: from {100 * rules.near:.0f} % on) and {100 * case.gain:.0f} % of what random features leave open "
        f"(near: from {100 * rules.gain:.0f} % on)",
    )
