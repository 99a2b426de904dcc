"""A cache of prepared examples in memory: an image that several backbones or rounds prepare alike is decoded once.

In: an example. Out: its prepared array. Advice uses at most 1,500 examples, so a cache of limited size is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ghep.data.loading.preprocess import PreparedStore, Preprocess
from ghep.types import Example, Finding

LIMIT_BYTES = 2**29
"""Size of the cache: 2,000 images of 256 x 341 pixels. Examples that do not fit are decoded again on each use."""


@dataclass
class Memory:
    """The caches of one call of ``advise``: backbones whose ``Preprocess`` has the same identity share one cache."""

    limit_bytes: int = LIMIT_BYTES
    held_bytes: int = 0
    _stores: dict[str, Remembered] = field(default_factory=dict)

    def store(self, preprocess: Preprocess, *, limit_bytes: int) -> Remembered:
        """Return the cache for ``preprocess``, shared by all backbones whose preprocessing has the same identity."""
        identity = preprocess.identity()
        if identity not in self._stores:
            self._stores[identity] = Remembered(preprocess.prepared_store(limit_bytes=limit_bytes, measure=False), self)
        return self._stores[identity]

    def takes(self, size: int) -> bool:
        """Return whether ``size`` more bytes fit into memory, and reserve them if they do."""
        fits = self.held_bytes + size <= self.limit_bytes
        self.held_bytes += size * fits
        return fits


@dataclass
class Remembered:
    """A cache that prepares each example once. Thread-safe: at worst an example is prepared twice."""

    inner: PreparedStore
    memory: Memory
    _prepared: dict[str, np.ndarray] = field(default_factory=dict)

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared array of ``example``, from the cache if it is there."""
        found = self._prepared.get(example.id)
        if found is None:
            found = self.inner(example)
            if self.memory.takes(found.nbytes):
                self._prepared[example.id] = found
        return found

    def lengths(self, examples: Sequence[Example]) -> np.ndarray | None:
        """Return the number of positions of each example, int64 (N,); None if all have the same size (images)."""
        if self.inner.lengths(examples[:1]) is None:
            return None
        return np.array([len(self(example)) for example in examples], dtype=np.int64)

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return the findings on preparing ``examples``."""
        return self.inner.findings(examples)
