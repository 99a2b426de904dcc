"""Compare the class shares of valid and test with those of train. In: examples by split. Out: findings.

A score is valid for the class shares of the data on which it was measured. If these shares differ from those in train,
the model predicts the classes that are common in train too often, and the score says little about other data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erfc, exp, lgamma, log, sqrt

from ghep.data.dataset import label_counts
from ghep.types import Example, Finding, Split

CHANCE = 0.001
"""P value of the chi-squared test below which a difference is reported; no data set that ghep divided comes near it."""
FAR = 0.15
"""Share of a split that would have to change class to match train. Smaller differences may be significant in a large
split and still matter little: TREC's own test split has 0.14, movie reviews with five stars 0.06."""
FEW_EXPECTED = 5
"""Classes with fewer expected examples in one of the splits are merged (Cochran 1954)."""


def share_findings(parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]) -> list[Finding]:
    """Return a finding for each task and held-out split whose label shares differ from those of train."""
    findings = []
    for task in tasks:
        train = label_counts(parts["train"], task)
        for split in ("valid", "test"):
            there = label_counts(parts[split], task)
            if len(there) < 2:  # no examples or one class: reported elsewhere
                continue
            p, far = p_value(train, there), _distance(train, there)
            if p >= CHANCE or far < FAR:
                continue
            sums = sum(train.values()), sum(there.values())
            differ = sorted(
                (
                    (there.get(label, 0) / sums[1] - train.get(label, 0) / sums[0], label)
                    for label in {**train, **there}
                ),
                key=lambda one: (-round(abs(one[0]), 9), one[1]),
            )
            label = differ[0][1]
            items = [f"{label}: {difference:+.1%}" for difference, label in differ]
            findings.append(
                Finding.of(
                    "label-shares-differ",
                    "warning",
                    items=items,
                    task=task,
                    tasks=len(tasks),
                    split=split,
                    label=label,
                    train_share=train.get(label, 0) / sums[0],
                    split_share=there.get(label, 0) / sums[1],
                )
            )
    return findings


def p_value(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the p value of Pearson's chi-squared test that both lists of counts come from the same shares."""
    sums = sum(one.values()), sum(other.values())
    total = sum(sums)
    if not all(sums):
        return 1.0
    cells: list[tuple[int, int]] = []
    rare = [0, 0]
    for label in {**one, **other}:
        pair = one.get(label, 0), other.get(label, 0)
        if min(sums) * sum(pair) / total < FEW_EXPECTED:
            rare = [rare[0] + pair[0], rare[1] + pair[1]]
        else:
            cells.append(pair)
    if sum(rare):
        cells.append((rare[0], rare[1]))
    statistic = sum(
        (count - whole * sum(pair) / total) ** 2 / (whole * sum(pair) / total)
        for pair in cells
        for count, whole in zip(pair, sums, strict=True)
    )
    return _chi_squared_tail(statistic, len(cells) - 1)


def _chi_squared_tail(statistic: float, degrees: int) -> float:
    """Return the probability that a chi-squared variable with ``degrees`` of freedom exceeds ``statistic``.

    This is Q(degrees / 2, x) with x = statistic / 2 and Q the regularised upper incomplete gamma function. Importing
    scipy is slow, so Q is computed by Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1).
    """
    if degrees < 1 or statistic <= 0:
        return 1.0
    x, a = statistic / 2, (degrees % 2) / 2
    tail = erfc(sqrt(x)) if a else 0.0
    while a < degrees / 2:
        tail += exp(a * log(x) - x - lgamma(a + 1))
        a += 1
    return tail


def _distance(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Return the total variation distance between the class shares of two lists of counts, 0 to 1."""
    sums = sum(one.values()), sum(other.values())
    return sum(abs(one.get(k, 0) / sums[0] - other.get(k, 0) / sums[1]) for k in {**one, **other}) / 2
