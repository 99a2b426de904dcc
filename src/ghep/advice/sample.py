"""Stratified samples: advice should take seconds, and a thousand examples estimate an accuracy well enough."""

from __future__ import annotations

from collections.abc import Sequence

from ghep.data.splitting.splits import deal
from ghep.types import Example, Split


def stratified(examples: Sequence[Example], count: int, *, seed: int = 0) -> tuple[Example, ...]:
    """Return a stratified sample of about ``count`` of ``examples``, in their order; labels with two or more have one.

    Returns all if there are at most ``count``. The sample does not depend on the order of the examples.
    """
    if len(examples) <= count:
        return tuple(examples)
    shares: dict[Split, float] = {"train": count / len(examples), "test": 1 - count / len(examples)}
    drawn = deal(examples, {}, shares, seed=seed)
    return tuple(example for example in examples if drawn[example.id] == "train")
