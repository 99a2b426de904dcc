"""Numbers as labels: read them from cells, summarise them, and divide them into ranges of equal size.

A regression task is a task whose labels are ``Number``. ``with_numbers`` makes them, after any kind of source was read.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ghep.data.dataset import Source
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.types import Example, Finding, Number

SHOWN = 5
"""Labels in a message."""
RANGES = 10
"""Most ranges of numbers by which a data set is divided into splits, and errors are shown."""
IN_RANGE = 5
"""Least examples in a range."""

_NUMBER = re.compile(r"([+-]?)\s*[$€£]?\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s*[%$€£]?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\s*[$€£]?\s*[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?\s*[%$€£]?")
_OF_CLASSES = ("label-delimiter-suspected", "label-delimiter-unused", "lists-in-text")
"""Findings on label cells that mean nothing for numbers."""


def numbers_in(labels: Iterable[str]) -> dict[str, float]:
    """Return a dict: label -> number, for the labels that are finite numbers: 23.5, 1e3, 3,5 or 10,327, $12, 40 %.

    A comma separates thousands if every label with a comma could be read in that way, and is a decimal comma otherwise.
    """
    labels = list(labels)
    thousands = all(_THOUSANDS.fullmatch(label.strip().replace("\u2212", "-")) for label in labels if "," in label)
    found = {}
    for label in labels:
        text = label.strip().replace("\u2212", "-")
        match = _NUMBER.fullmatch(text.replace(",", "") if thousands else text)
        number = float(match[1] + match[2].replace(",", ".")) if match and not _two_signs(match) else math.nan
        if math.isfinite(number):
            found[label] = number
    return found


def _two_signs(match: re.Match[str]) -> bool:
    return bool(match[1]) and match[2][0] in "+-"


def with_numbers(source: Source, tasks: str | Sequence[str] | None) -> Source:
    """Return ``source`` with numbers as the labels of ``tasks``, which makes them regression tasks.

    Raises ConfigError for a name that is not a task, DataError for labels that are not numbers.
    """
    names = (tasks,) if isinstance(tasks, str) else tuple(tasks or ())
    unknown = [name for name in names if name not in source.tasks]
    if unknown:
        hint = did_you_mean(unknown[0], source.tasks)
        raise ConfigError("regression-of-unknown-task", names=unknown, data=source.name, hint=hint)
    if not names:
        return source
    numbers = {name: _numbers_of(source.examples, name) for name in names}

    def numbered(example: Example) -> Example:
        labels = {
            task: Number.of(numbers[task][label]) if task in numbers else label
            for task, label in example.labels.items()
        }
        return replace(example, labels=labels)

    findings = [one for one in source.findings if one.code not in _OF_CLASSES or not set(one.items) & set(names)]
    findings += [found for name in names if (found := _commas(name, numbers[name])) is not None]
    return replace(source, examples=tuple(map(numbered, source.examples)), findings=tuple(findings))


def _commas(task: str, numbers: Mapping[str, float]) -> Finding | None:
    """Return a finding that says how commas in the labels were read; None if there are none."""
    label = next((label for label in numbers if "," in label), None)
    if label is None:
        return None
    read = Number.of(numbers[label])
    return Finding.of("commas-in-numbers", "info", items=(task,), task=task, label=label, number=read)


def _numbers_of(examples: Sequence[Example], task: str) -> dict[str, float]:
    counts = Counter(str(one.labels[task]) for one in examples if task in one.labels)
    numbers = numbers_in(counts)
    others = [label for label in counts if label not in numbers]
    if others:
        raise DataError(
            "labels-not-numbers",
            task=task,
            count=sum(counts[label] for label in others),
            total=sum(counts.values()),
            labels=[f'"{label:.40}"' for label in others[:SHOWN]],
        )
    return numbers


def values_of(examples: Iterable[Example], task: str) -> np.ndarray:
    """Return the numbers of the examples with a label of the regression task ``task``, float64 (n,)."""
    return np.array([float(one.labels[task]) for one in examples if task in one.labels], dtype=np.float64)


@dataclass(frozen=True)
class Summary:
    """The distribution of numbers: how many, and their quantiles."""

    count: int
    low: float
    middle: float
    """The median."""
    high: float
    mean: float
    spread: float
    """The standard deviation."""

    def to_json(self) -> dict[str, Any]:
        """Return the summary as a JSON object; an empty one without numbers."""
        if not self.count:
            return {"count": 0}
        named = {"minimum": self.low, "median": self.middle, "maximum": self.high}
        return {"count": self.count, **named, "mean": self.mean, "standard_deviation": self.spread}


def summary(values: np.ndarray) -> Summary:
    """Return the summary of ``values`` (n,); NaN without values."""
    if not len(values):
        return Summary(0, *[math.nan] * 5)
    low, middle, high = (float(one) for one in np.quantile(values, (0, 0.5, 1)))
    return Summary(len(values), low, middle, high, float(values.mean()), float(values.std()))


def figure(value: float, spread: float) -> str:
    """Return ``value`` as text, with the digits that matter next to a standard deviation of ``spread``."""
    if not math.isfinite(value):
        return "-"
    places = 3 - math.floor(math.log10(spread)) if spread > 0 and math.isfinite(spread) else 6
    return f"{value:.6g}" if abs(value) >= 1e15 or 0 < abs(value) < 1e-4 else str(Number.of(round(value, places)))


def range_of(examples: Sequence[Example], task: str) -> Mapping[str, str]:
    """Return a dict: id -> name of a range of numbers, for labelled examples; the ranges hold about equally many.

    There are at most ``RANGES`` ranges of at least ``IN_RANGE`` examples. Equal numbers are in one range.
    """
    mine = [one for one in examples if task in one.labels]
    values = values_of(mine, task)
    count = max(1, min(RANGES, len(values) // IN_RANGE))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)[1:-1])) if len(values) else values
    places = np.searchsorted(edges, values, side="right")
    return {one.id: f"range {place}" for one, place in zip(mine, places.tolist(), strict=True)}
