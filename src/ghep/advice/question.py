"""The question that advice answers: the examples, their labels, and the options of their features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ghep.advice.prepared_cache import Memory
from ghep.advice.race import Sample
from ghep.data.dataset import Dataset
from ghep.features.options import FeatureOptions
from ghep.tasks.classification import Classification
from ghep.types import Example


class Listener(Protocol):
    """Receives progress; every reporter of ``fit`` is one."""

    def say(self, text: str) -> None:
        """Report one line."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Report ``done`` of ``total`` in ``phase``."""


@dataclass(frozen=True)
class Question:
    """The examples of each round, their task, and options. The last round has all examples that are used."""

    dataset: Dataset
    task: Classification
    rounds: tuple[Sample, ...]
    seed: int
    options: FeatureOptions
    listener: Listener | None
    memory: Memory = field(default_factory=Memory)
    """Prepared examples, shared by backbones with the same preprocessing."""

    @property
    def used(self) -> Sample:
        """Return the used examples of train and of valid."""
        return self.rounds[-1]

    @property
    def expected(self) -> int:
        """Return the number of examples for choosing an engine.

        If all of train and valid are used it is that of all splits, so that a later fit chooses the same engine and
        finds the rows.
        """
        used, dataset = sum(map(len, self.used)), self.dataset
        return len(dataset) if used == len(dataset.train) + len(dataset.valid) else used

    def targets(self, examples: Sequence[Example]) -> np.ndarray:
        """Return the target (n,) of each example."""
        return np.asarray(self.task.encode([example.labels for example in examples]))

    def say(self, text: str) -> None:
        """Report one line."""
        if self.listener is not None:
            self.listener.say(text)
