"""Recognise label columns that do not hold classes: numbers to predict, or a different label for nearly every example.

In: the number of examples of each label. Out: a ``DataError`` or a finding, or nothing if the labels are classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ghep.data.numbers import numbers_in
from ghep.errors import DataError
from ghep.types import Finding

MANY = 20
"""Up to this many different numbers are classes, decimals or not: half stars, versions, grades."""
ENOUGH = 20
"""With at least this mean number of examples per label, decimals are accepted as classes, with a warning."""
FEW_EACH = 5
"""Below this mean number of examples per label, whole numbers may be a regression target."""


def refuse_continuous(task: str, counts: Mapping[str, int]) -> None:
    """Raise ``DataError`` if the labels in ``counts`` (label -> number of examples) cannot be classes.

    That is so if there are many labels, and most are numbers or texts with a single example each, or decimals with few
    examples each.
    """
    total = sum(counts.values())
    if len(counts) <= MANY:
        return
    rare = 2 * sum(count == 1 for count in counts.values()) > len(counts)
    numbers = _numbers(counts)
    if numbers and (rare or (_has_decimals(numbers) and total < ENOUGH * len(counts))):
        raise DataError("labels-are-numbers", task=task, **_numbers_found(numbers, counts))
    if rare and 2 * len(counts) > total:
        shown = [repr(label if len(label) <= 40 else f"{label[:37]}...") for label in list(counts)[:3]]
        raise DataError("labels-all-different", task=task, distinct=len(counts), total=total, labels=shown)


def continuous_findings(task: str, counts: Mapping[str, int]) -> list[Finding]:
    """Return a warning if the classes are many numbers that may be a regression target.

    Many different decimals are reported. Many whole numbers (years, counts, prices) are reported if most of them have
    few examples and many have only one.
    """
    numbers = _numbers(counts)
    if len(counts) <= MANY or not numbers:
        return []
    single = sum(count == 1 for count in counts.values())
    padded = any(re.match("0[0-9]", label.strip()) for label in counts)  # a code, such as 01067
    few = sum(counts.values()) < FEW_EACH * len(counts) and 4 * single >= len(counts) and not padded
    if not _has_decimals(numbers) and not few:
        return []
    found = _numbers_found(numbers, counts)
    return [Finding.of("labels-look-continuous", "warning", items=(task,), task=task, **found)]


def _numbers(counts: Mapping[str, int]) -> list[float]:
    """Return the labels as numbers, sorted; empty unless all of them are numbers."""
    numbers = numbers_in(counts)
    return sorted(numbers.values()) if len(numbers) == len(counts) else []


def _has_decimals(numbers: list[float]) -> bool:
    return any(not number.is_integer() for number in numbers)


def _numbers_found(numbers: list[float], counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "total": sum(counts.values()),
        "distinct": len(counts),
        "low": numbers[0],
        "high": numbers[-1],
        "examples": list(counts)[:3],
    }
