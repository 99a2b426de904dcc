"""A race between backbones: all see a few hundred examples, and the clearly worse ones stop there.

In a round every remaining backbone sees the same examples. Its correct predictions are compared with those of the
leader, example by example. A backbone that is clearly behind stops; the others see all examples. Stopping depends only
on counted predictions, never on time: the same data and seed stop the same backbones on every machine.

``benchmarks/race.py`` repeats the race on other draws of the first round and counts how often it stops the backbone
that would have been best (docs/decisions/0011-advice.md).
"""

from __future__ import annotations

import numpy as np

from ghep.advice.sample import stratified
from ghep.metrics.paired import tango
from ghep.types import Example

FIRST = 300
"""Examples of the first round."""
PER_CLASS = 7
"""Fewest examples per class in it: with fewer, the order of backbones may change later (measured with 43 classes)."""
WORTH_IT = 2
"""There is a first round only if there are this many times as many examples: a backbone that continues sees the first
ones twice."""
LEVEL = 0.99
"""Level of the two-sided interval (Tango's, for paired data) of the leader's accuracy minus the backbone's."""
MARGIN = 0.02
"""A backbone stops if the lower end of that interval is above this."""

Sample = tuple[tuple[Example, ...], tuple[Example, ...]]
"""Examples of train and of valid."""


def rounds(train: tuple[Example, ...], valid: tuple[Example, ...], *, classes: int, seed: int) -> tuple[Sample, ...]:
    """Return the examples of each round: a stratified sample, then all; one round if there are few.

    A small valid split is in the first round as a whole, so that its rows are reused in the last.
    """
    first, total = max(FIRST, PER_CLASS * classes), len(train) + len(valid)
    if total < WORTH_IT * first:
        return ((train, valid),)
    of_valid = len(valid) if len(valid) <= first // 2 else round(first * len(valid) / total)
    draw = stratified(train, first - of_valid, seed=seed), stratified(valid, of_valid, seed=seed)
    return draw, (train, valid)


def clearly_worse(leader: np.ndarray, other: np.ndarray) -> bool:
    """Return whether ``other`` is behind ``leader``; both are bool (n,), whether each answer was right."""
    ahead, behind = int((leader & ~other).sum()), int((~leader & other).sum())
    return tango(ahead, behind, len(leader), LEVEL).low > MARGIN
