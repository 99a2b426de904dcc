"""A race between backbones: all are scored on a few hundred examples, and the clearly worse ones stop there.

This module draws the examples of each round, and decides which backbones stop. In a round every remaining backbone is
scored on the same examples, and compared with the leader example by example: which predictions are correct? A backbone
that is clearly behind stops; the others are scored on all examples. Stopping depends only on counts of correct
predictions, never on time, so the same data and seed stop the same backbones on every machine.

``benchmarks/race.py`` repeats the race on other draws of the first round and counts how often it stops the backbone
that would have been best (docs/decisions/0011-advice.md).
"""

from __future__ import annotations

import numpy as np

from ghep.advice.sample import stratified
from ghep.metrics.paired import t_test, tango
from ghep.types import Example

FIRST = 300
"""Examples of the first round."""
PER_CLASS = 7
"""Fewest examples per class in the first round: with fewer, the order of backbones may change later (measured with 43
classes)."""
WORTH_IT = 2
"""The data need at least this many times the examples of a first round, or there is only one round. A backbone that
continues is scored twice on the examples of the first round, so a large first round would save no time."""
LEVEL = 0.99
"""Confidence level of the two-sided interval (Tango's, for paired data) of the leader's accuracy minus another's."""
MARGIN = 0.02
"""A backbone stops if the lower end of the interval of that difference is above this."""

Sample = tuple[tuple[Example, ...], tuple[Example, ...]]
"""Examples of train and of valid."""


def rounds(train: tuple[Example, ...], valid: tuple[Example, ...], *, classes: int, seed: int) -> tuple[Sample, ...]:
    """Return the examples of each round: a stratified sample, then all. With few examples there is one round only.

    A small valid split is in the first round as a whole, so that the last round reuses its features.
    """
    first, total = max(FIRST, PER_CLASS * classes), len(train) + len(valid)
    if total < WORTH_IT * first:
        return ((train, valid),)
    of_valid = len(valid) if len(valid) <= first // 2 else round(first * len(valid) / total)
    draw = stratified(train, first - of_valid, seed=seed), stratified(valid, of_valid, seed=seed)
    return draw, (train, valid)


def clearly_worse(leader: np.ndarray, other: np.ndarray) -> bool:
    """Return whether one backbone is clearly worse than the leader.

    ``leader`` and ``other`` are bool (n,): whether each of the two predicts each example correctly. For regression they
    are numbers whose mean is R², and the interval is Student's.
    """
    if leader.dtype != bool:
        return t_test(leader, other, level=LEVEL).interval.low > MARGIN
    ahead, behind = int((leader & ~other).sum()), int((~leader & other).sum())
    return tango(ahead, behind, len(leader), LEVEL).low > MARGIN
