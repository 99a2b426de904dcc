"""How well an export's answers agree with those of its bundle, from the raw file or text to the label.

In: a predictor of the bundle, one of the export, raw inputs. Out: a JSON value, which an export has as ``parity.json``.
Each side reads, prepares and answers each input by itself. The graph is also run once for each of several batch sizes.
A bundle and its export compute with different engines, so that probabilities differ in the last digits, and where two
classes are level, the label may differ too; more than ``LIMIT`` is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ghep.errors import ConfigError
from ghep.export.base_predictor import BasePredictor
from ghep.export.exported import output_name
from ghep.export.prediction import Prediction
from ghep.export.runtime import ExportedPredictor
from ghep.messages import number_text, text_of
from ghep.tasks.base import Classifier, Task
from ghep.tasks.regression import Regression
from ghep.types import Finding, Raw

LIMIT = 1e-4
"""Largest difference of a probability; of a number, as a part of the spread of the labels. The same for the margin by
which the bundle prefers its label to the export's."""
MOST = 500
"""Inputs of a split that are compared, evenly spaced: each is read twice, and one of the engines is PyTorch."""
BATCHES = (1, 2, 3, 8, 17)
"""Batch sizes at which a graph is compared: a trace can hold for the size of its example only."""
SHOWN = 20
"""Different answers that are listed."""


def parity(
    expected: BasePredictor, found: ExportedPredictor, sets: Mapping[str, Mapping[str, Raw]], *, of: Mapping[str, int]
) -> dict[str, Any]:
    """Return how the answers of ``found`` agree with those of ``expected`` on each of ``sets``: name -> raw inputs.

    ``of`` is the number of inputs that a set was chosen from, where it is not all of them.
    """
    return {
        "limit": LIMIT,
        "compared": [
            {"inputs": name, "of": of.get(name, len(inputs)), **agreement(expected, found, inputs)}
            for name, inputs in sets.items()
            if inputs
        ],
        "batches": _batches(expected, found, [one for inputs in sets.values() for one in inputs.values()]),
    }


def refuse_different(told: Mapping[str, Any], kind: str) -> None:
    """Raise ConfigError if the answers in ``told``, as from ``parity``, differ by more than ``LIMIT``."""
    for one in told["compared"]:
        wrong = [each for each in one["different"] if not each["margin"] <= LIMIT]
        worst = one["largest_difference"]
        if wrong or not worst <= LIMIT:
            example = wrong[0]["input"] if wrong else one["worst"]
            raise ConfigError(
                "export-other-answers",
                kind=kind,
                where=text_of("parity-inputs", inputs=one["inputs"]),
                n=one["n"],
                labels=one["n"] - one["equal_labels"],
                difference=number_text(worst, ".1e"),
                example=f"{example!s:.100}",
                limit=LIMIT,
            )
    for size, apart in told["batches"].items():
        if not apart <= 10 * LIMIT:
            raise ConfigError("export-other-batch", kind=kind, size=size, difference=number_text(apart, ".1e"))


def parity_line(one: Mapping[str, Any]) -> str:
    """Return a line about one of the sets that were compared."""
    return text_of(
        "parity-line",
        where=text_of("parity-inputs", inputs=one["inputs"]),
        n=one["n"],
        of=one["of"],
        chosen="yes" if one["of"] > one["n"] else "no",
        equal=one["equal_labels"],
        difference=number_text(one["largest_difference"], ".1e"),
    )


class Predicts(Protocol):
    """What is compared: a predictor, or anything that answers like one."""

    described_tasks: tuple[Task, ...]

    def predict(
        self, inputs: Iterable[Raw], *, names: Sequence[str], report: Callable[[Finding], None]
    ) -> Sequence[Prediction]:
        """Return one prediction per input and task, in order."""


def agreement(expected: Predicts, found: Predicts, inputs: Mapping[str, Raw]) -> dict[str, Any]:
    """Return how the answers of ``found`` agree with those of ``expected`` on ``inputs``: name -> raw input."""
    names = list(inputs)
    tasks = {one.name: one for one in expected.described_tasks}
    rows = [one.predict(list(inputs.values()), names=names, report=lambda _: None) for one in (expected, found)]
    apart: list[float] = []
    different: list[dict[str, Any]] = []
    unusable = 0
    for right, other in zip(*rows, strict=True):
        if right.problem or other.problem:
            unusable += right.problem == other.problem
            apart.append(0.0 if right.problem == other.problem else float("inf"))
        else:
            apart.append(_apart(right, other, tasks[right.task]))
        margin = _margin(right, other, tasks[right.task])
        if margin is not None:
            answers = {"expected": right.label or right.problem, "found": other.label or other.problem}
            different.append({"input": right.input, "task": right.task, **answers, "margin": margin})
    usable = [value for value in apart if np.isfinite(value)]
    worst = int(np.argmax(apart)) if apart else 0
    return {
        "n": len(names),
        "unusable": unusable // len(tasks),
        "equal_labels": len(names) - len({one["input"] for one in different}),
        "different": sorted(different, key=lambda one: -one["margin"])[:SHOWN],
        "largest_difference": max(usable, default=0.0),
        "median_difference": float(np.median(usable)) if usable else 0.0,
        "worst": rows[0][worst].input if apart else "",
    }


def _apart(right: Prediction, other: Prediction, task: Task) -> float:
    """Return the largest difference of a probability, or that of the numbers, as a part of the spread of the labels.

    It is 1 if a value is missing or not finite.
    """
    if isinstance(task, Regression):
        assert right.value is not None and other.value is not None
        apart = abs(right.value - other.value) / task.spread
    else:  # by name: objects of JavaScript have the class "2" before "10", whatever the order of the classes
        one, two = right.probabilities, other.probabilities
        apart = float(np.max([abs(one[name] - two.get(name, np.nan)) for name in one]))
    return apart if np.isfinite(apart) else 1.0


def _margin(right: Prediction, other: Prediction, task: Task) -> float | None:
    """Return how far ``right`` is from answering as ``other`` does; None if the answers are equal.

    It is the difference between the probabilities of the two classes, or for a multi-label task the largest distance
    from one half of a class that only one of them gives. An input that only one of them can use is infinitely far.
    """
    if right.problem or other.problem:
        return None if right.problem == other.problem else 1.0
    if isinstance(task, Regression) or right.label == other.label:
        return None
    one, two = right.probabilities, other.probabilities
    if isinstance(task, Classifier) and task.exclusive:
        return one[str(right.label)] - one[str(other.label)]
    return max(abs(one[name] - 0.5) for name in one if (one[name] > 0.5) != (two[name] > 0.5))


def _batches(expected: BasePredictor, found: ExportedPredictor, raws: Sequence[Raw]) -> dict[str, float]:
    """Return batch size -> the largest difference of a logit in one call, times the largest logit (at least 1)."""
    prepared = [one for one in expected.prepare(raws[-3 * max(BATCHES) :]) if isinstance(one, np.ndarray)]
    names = [output_name(task, found.described_tasks, "logits") for task in found.described_tasks]
    differences = {}
    for size in BATCHES:
        batch = [prepared[place % len(prepared)] for place in range(size)]
        right = expected.logits(batch)
        arrays = found.preprocess.arrays([found.preprocess.view(one, None, None) for one in batch])
        apart = [
            float(np.abs(values - right[task.name]).max() / max(1.0, np.abs(right[task.name]).max()))
            for task, values in zip(found.described_tasks, found.outputs(arrays, names), strict=True)
        ]
        differences[str(size)] = float(np.max(apart))  # max() of Python would lose NaN
    return differences
