"""A race between backbones: all of them see a few hundred examples, and the clearly worse ones stop there.

A round gives every backbone that is still running the same examples. Whether each answer was right is compared pair by
pair with the leader's. A backbone stops if it is clearly behind; the others see all examples. Who stops depends on
counted answers alone, never on a clock: the same data and seed stop the same backbones on every machine.

``benchmarks/race.py`` replays the race on other draws of the first round and counts how often it stops the backbone
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
"""Of them for each class at least: with fewer, backbones may change places when they see more (tried: 43 classes)."""
WORTH_IT = 2
"""There is a first round only where all examples are at least this many times as many: a backbone that runs on sees the
first ones twice."""
LEVEL = 0.99
"""Of the two-sided interval (Tango's, for paired answers) of how far a backbone is behind the leader."""
MARGIN = 0.02
"""A backbone stops if it is behind by more than this even at the favourable end of that interval."""

Sample = tuple[tuple[Example, ...], tuple[Example, ...]]
"""Examples of train and of valid."""


def rounds(train: tuple[Example, ...], valid: tuple[Example, ...], *, classes: int, seed: int) -> tuple[Sample, ...]:
    """Return the examples of each round: a stratified draw, then all; all at once where they are few.

    A small valid split is in the first round as a whole: its rows are found again in the last.
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
