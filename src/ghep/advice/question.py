"""What advice works on: the data set, its task, the examples of each round, and the options for computing features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ghep.advice.prepared_cache import Memory
from ghep.advice.race import Sample
from ghep.cluster.connect import Cluster
from ghep.data.dataset import Dataset
from ghep.features.options import FeatureOptions
from ghep.tasks.classification import Classification
from ghep.tasks.regression import Regression
from ghep.types import Example


class Listener(Protocol):
    """Receives progress; every reporter of ``fit`` is one."""

    def say(self, text: str) -> None:
        """Report one line."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` steps of ``phase`` are finished."""


@dataclass(frozen=True)
class Question:
    """The data set, its task, the examples of each round and the options. The last round has all examples in use."""

    dataset: Dataset
    task: Classification | Regression
    rounds: tuple[Sample, ...]
    seed: int
    options: FeatureOptions
    listener: Listener | None
    cluster: Cluster | None = None
    """Whose nodes compute the features; None: this process does."""
    memory: Memory = field(default_factory=Memory)
    """Prepared examples, shared by backbones with the same preprocessing."""

    @property
    def used(self) -> Sample:
        """Return all examples that the advice uses, of train and of valid: those of the last round."""
        return self.rounds[-1]

    @property
    def expected(self) -> int:
        """Return the number of examples by which an engine is chosen.

        If the advice uses all of train and valid, this is the number of examples in all splits. A later fit then
        chooses the same engine, and reuses the features in the store.
        """
        used, dataset = sum(map(len, self.used)), self.dataset
        return len(dataset) if used == len(dataset.train) + len(dataset.valid) else used

    def targets(self, examples: Sequence[Example]) -> np.ndarray:
        """Return the targets (n,) of ``examples``."""
        return np.asarray(self.task.encode([example.labels for example in examples]))

    def say(self, text: str) -> None:
        """Report one line."""
        if self.listener is not None:
            self.listener.say(text)
