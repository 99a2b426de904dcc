"""From a bundle to predictions: raw file in, label and calibrated probabilities out.

The same loader, preprocessing and forward pass that measured the bundle's scores. A file that cannot be used gets a
prediction that says why, and costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghep.data.loader import LabelledExamples
from ghep.errors import BadImage, ConfigError, did_you_mean
from ghep.model.bundle import Bundle, load_bundle
from ghep.model.device import device_named
from ghep.model.predict import predict_logits
from ghep.types import Example, Raw

CHUNK = 256
"""Inputs decoded together: bounds memory, whatever the number of files."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one input for one task; ``label`` is None when the input could not be used."""

    input: str
    task: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float]
    """Every class, in the order of the classes."""
    problem: str = ""
    """Why there is no label; empty when there is one."""


class Predictor:
    """A loaded bundle. ``predict`` gives labels, ``predict_proba`` an array."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.model = bundle.model

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks the bundle answers."""
        return tuple(task.name for task in self.model.tasks)

    def classes(self, task: str | None = None) -> tuple[str, ...]:
        """Return the classes of ``task`` (the first one unless named); raise ConfigError for an unknown one."""
        wanted = task or self.tasks[0]
        if wanted not in self.tasks:
            raise ConfigError(f'the bundle has no task "{wanted}"', remedy=did_you_mean(wanted, self.tasks))
        return next(one.classes for one in self.model.tasks if one.name == wanted)

    def predict(self, inputs: Sequence[Raw], *, progress: Callable[[int, int], None] | None = None) -> list[Prediction]:
        """Return one prediction per input and task, in order; paths, bytes, PIL images or arrays."""
        out: list[Prediction] = []
        for start in range(0, len(inputs), CHUNK):
            out += self._chunk(inputs[start : start + CHUNK], start)
            if progress is not None:
                progress(min(start + CHUNK, len(inputs)), len(inputs))
        return out

    def predict_proba(self, inputs: Sequence[Raw], *, task: str | None = None) -> np.ndarray:
        """Return calibrated probabilities (N, K) of one task; raise BadImage for the first unusable input."""
        wanted, classes = task or self.tasks[0], self.classes(task)
        rows = [one for one in self.predict(inputs) if one.task == wanted]
        for row in rows:
            if row.problem:
                reason, _, detail = row.problem.partition(": ")
                raise BadImage(reason, f"{row.input}: {detail}")
        return np.array([list(row.probabilities.values()) for row in rows]).reshape(-1, len(classes))

    def _chunk(self, inputs: Sequence[Raw], start: int) -> list[Prediction]:
        names = [_name(raw, start + place) for place, raw in enumerate(inputs)]
        prepared, problems = self._decode(inputs)
        usable = [place for place in range(len(inputs)) if place in prepared]
        data = LabelledExamples(
            tuple(Example(str(place), place) for place in usable),
            {},
            lambda example: prepared[example.raw],
            self.model.backbone.preprocess,
        )
        logits = predict_logits(self.model, data)
        found: dict[tuple[int, str], Prediction] = {}
        for task in self.model.tasks:
            probabilities = task.probabilities(logits[task.name], self.bundle.temperatures.get(task.name, 1.0))
            labels = task.decode(probabilities)
            for place, label, row in zip(usable, labels, probabilities, strict=True):
                each = dict(zip(task.classes, map(float, row), strict=True))
                found[place, task.name] = Prediction(names[place], task.name, label, each[label], each)
        return [
            found.get((place, task), Prediction(names[place], task, None, None, {}, problems.get(place, "")))
            for place in range(len(inputs))
            for task in self.tasks
        ]

    def _decode(self, inputs: Sequence[Raw]) -> tuple[dict[int, np.ndarray], dict[int, str]]:
        from concurrent.futures import ThreadPoolExecutor

        def decode(raw: Raw) -> np.ndarray | str:
            try:
                return self.model.backbone.preprocess.decode(raw)
            except BadImage as error:
                return error.cause

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(decode, inputs))
        prepared = {place: result for place, result in enumerate(results) if not isinstance(result, str)}
        return prepared, {place: result for place, result in enumerate(results) if isinstance(result, str)}


def load(bundle: str | Path, *, device: str = "auto") -> Predictor:
    """Load a bundle folder and return a Predictor; raise BundleError when it is damaged, incomplete or foreign.

    >>> predictor = load("runs/ants/bundle")          # doctest: +SKIP
    >>> predictor.predict(["new.jpg"])[0].label       # doctest: +SKIP
    'ant'
    """
    loaded = load_bundle(bundle)
    loaded.model.to(device_named(device))
    return Predictor(loaded)


def _name(raw: Raw, place: int) -> str:
    return str(raw) if isinstance(raw, str | Path) else f"input {place}"
