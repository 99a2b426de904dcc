"""Recognise label columns that are no classes: numbers to be predicted, or a label of its own for nearly every example.

In: how many examples each label has. Out: a ``DataError`` or a finding; nothing for classes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ghep.errors import DataError
from ghep.types import Finding

MANY = 20
"""Up to so many different numbers are classes, decimals or not: stars in halves, versions, grades."""
ENOUGH = 20
"""Examples of each label, on average, from which decimals are trained on, with a warning."""
FEW_EACH = 5
"""Examples of each label, on average, below which whole numbers may be a number to predict."""
_NUMBER = re.compile(r"[$€£]?\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s*%?", re.IGNORECASE)

_THOUSANDS = re.compile(r"[$€£]?\s*[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?\s*%?")


def refuse_continuous(task: str, counts: Mapping[str, int]) -> None:
    """Raise ``DataError`` unless ``counts``, label -> how many examples have it, could be those of classes."""
    total = sum(counts.values())
    if len(counts) <= MANY:
        return
    rare = 2 * sum(count == 1 for count in counts.values()) > len(counts)
    numbers = _numbers(counts)
    if numbers and (rare or (_has_decimals(numbers) and total < ENOUGH * len(counts))):
        raise DataError(
            f"{task!r} looks like a regression target: {_seen(numbers, counts, total)}",
            remedy="ghep learns classes: write a few ranges (low, middle, high) in place of the numbers; --rating is "
            "for classes in order, such as 1 to 5 stars; if the numbers are names, put a letter in front of them",
        )
    if rare and 2 * len(counts) > total:
        shown = ", ".join(repr(label if len(label) <= 40 else f"{label[:37]}...") for label in list(counts)[:3])
        raise DataError(
            f"{task!r} has {len(counts)} different labels for {total} examples, nearly one for each ({shown})",
            remedy="name the column that holds classes: label_columns (--label)",
        )


def continuous_findings(task: str, counts: Mapping[str, int]) -> list[Finding]:
    """Return a warning if the classes are many numbers that could rather be one number to predict.

    Decimals could; whole numbers could (years, counts, prices) where most have few examples, and many have one.
    """
    numbers = _numbers(counts)
    if len(counts) <= MANY or not numbers:
        return []
    single = sum(count == 1 for count in counts.values())
    padded = any(re.match("0[0-9]", label.strip()) for label in counts)  # a code, such as 01067
    few = sum(counts.values()) < FEW_EACH * len(counts) and 4 * single >= len(counts) and not padded
    if not _has_decimals(numbers) and not few:
        return []
    message = f"{task!r} may be a regression target: {_seen(numbers, counts, sum(counts.values()))}"
    message += "; each number was taken as a class of its own"
    remedy = "write ranges of the numbers into a column (low, middle, high) if it is one"
    return [Finding("labels-look-continuous", "warning", message, remedy, (task,))]


def _numbers(counts: Mapping[str, int]) -> list[float]:
    """Return the labels as numbers, sorted; none unless all of them are numbers."""
    labels = [label.strip() for label in counts]
    if all(_THOUSANDS.fullmatch(label) for label in labels if "," in label):
        labels = [label.replace(",", "") for label in labels]  # 10,327 is no decimal comma where all commas are so
    found = [_NUMBER.fullmatch(label) for label in labels]
    numbers = [float(match[1].replace(",", ".")) for match in found if match]
    return sorted(numbers) if len(numbers) == len(counts) and all(map(math.isfinite, numbers)) else []


def _has_decimals(numbers: list[float]) -> bool:
    return any(not number.is_integer() for number in numbers)


def _seen(numbers: list[float], counts: Mapping[str, int], total: int) -> str:
    shown = ", ".join(list(counts)[:3])
    return f"{total} labels are {len(counts)} different numbers from {numbers[0]:g} to {numbers[-1]:g} ({shown}, ...)"
