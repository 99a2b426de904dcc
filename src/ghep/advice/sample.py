"""Stratified samples of the examples: advice should be fast, and a thousand examples estimate accuracy well enough."""

from __future__ import annotations

from collections.abc import Sequence

from ghep.data.splitting.splits import deal
from ghep.types import Example, Split


def stratified(examples: Sequence[Example], count: int, *, seed: int = 0) -> tuple[Example, ...]:
    """Return a stratified sample of about ``count`` of ``examples``, in their order.

    Every label with two or more examples has at least one in the sample. If there are at most ``count`` examples, all
    are returned. Which examples are sampled does not depend on their order.
    """
    if len(examples) <= count:
        return tuple(examples)
    shares: dict[Split, float] = {"train": count / len(examples), "test": 1 - count / len(examples)}
    drawn = deal(examples, {}, shares, seed=seed)
    return tuple(example for example in examples if drawn[example.id] == "train")
