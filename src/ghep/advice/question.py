"""What advice is asked about: the examples, their labels, and how their features are to be made."""

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
    """Where progress goes; every reporter of ``fit`` is one."""

    def say(self, text: str) -> None:
        """Take one line."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Take ``done`` of ``total`` in ``phase``."""


@dataclass(frozen=True)
class Question:
    """The examples of each round, the last round with all that are used, and what is asked of them."""

    dataset: Dataset
    task: Classification
    rounds: tuple[Sample, ...]
    seed: int
    options: FeatureOptions
    listener: Listener | None
    memory: Memory = field(default_factory=Memory)
    """Prepared examples, shared by backbones that prepare them alike."""

    @property
    def used(self) -> Sample:
        """Return the examples of train and of valid that are used."""
        return self.rounds[-1]

    @property
    def expected(self) -> int:
        """Return the number of examples by which an engine is chosen.

        Where all of train and valid are used it is that of all splits: a fit that follows chooses the same engine, and
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
