"""Fewer examples that stand for many: advice shall take seconds, and a share is known well enough from a thousand."""

from __future__ import annotations

from collections.abc import Sequence

from ghep.data.splitting.splits import deal
from ghep.types import Example, Split


def stratified(examples: Sequence[Example], count: int, *, seed: int = 0) -> tuple[Example, ...]:
    """Return about ``count`` of ``examples`` in their order, each label with its share (and, from two on, with one).

    Few enough come back as they are. The order of the examples has no say in who is drawn.
    """
    if len(examples) <= count:
        return tuple(examples)
    shares: dict[Split, float] = {"train": count / len(examples), "test": 1 - count / len(examples)}
    drawn = deal(examples, {}, shares, seed=seed)
    return tuple(example for example in examples if drawn[example.id] == "train")
