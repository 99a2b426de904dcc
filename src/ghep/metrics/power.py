"""Power of a comparison: the detectable difference, and the examples or seeds needed to detect a given one.

In: the variances of the errors of a difference (``two_errors.py``). By default, tests are two-sided at 5 % with a power
of 80 %: a true difference is detected four times in five. The detectable difference is the sum of two distances, one
for the level and one for the power (Lachin 1981, doi:10.1016/0197-2456(81)90001-5).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from ghep.metrics.two_errors import Errors, half_width

LEVEL = 0.95
POWER = 0.8
MOST = 10**9
"""Largest number of examples that ``examples_needed`` tries."""


def detectable(errors: Errors, *, level: float = LEVEL, power: float = POWER) -> NDArray[np.float64]:
    """Return the smallest true difference that is detected with probability ``power``."""
    return np.asarray(half_width(errors, level) + half_width(errors, 2 * power - 1))


def examples_needed(
    difference: float, errors: Errors, n: int, *, level: float = LEVEL, power: float = POWER
) -> int | None:
    """Return the number of test examples, instead of ``n``, that makes ``difference`` detectable with the same seeds.

    None if no number is enough: more test examples do not reduce the error of the seeds.
    """

    def first_settled(counts: NDArray[np.float64]) -> float | None:
        more = errors._replace(test=errors.test * n / counts)
        settled = detectable(more, level=level, power=power) <= abs(difference)
        return float(counts[settled.argmax()]) if settled.any() else None

    below, found = 1.0, float(MOST)
    for _ in range(3):  # a finer grid each time: 1.6 times, 2 %, 0.1 %
        first = first_settled(np.geomspace(below, found, 45))
        if first is None:
            return None
        below, found = first * (below / found) ** (1 / 44), first
    return ceil(found)


def seeds_needed(
    difference: float,
    errors: Errors,
    *,
    one_seed: float,
    seeds: int,
    most: int = 50,
    level: float = LEVEL,
    power: float = POWER,
) -> int | None:
    """Return the number of seeds per contender that makes ``difference`` detectable on the same test examples.

    ``one_seed`` is the variance of the difference between seeds if each contender has one run; ``errors`` are those
    with ``seeds`` runs each. None if ``most`` seeds are not enough, or if seeds make no difference.
    """
    if one_seed <= 0 or seeds < 2:
        return None
    more = np.arange(seeds + 1, most + 1)
    errors = Errors(np.full(len(more), errors.test), one_seed / more, errors.freedom * (more - 1) / (seeds - 1))
    settled = detectable(errors, level=level, power=power) <= abs(difference)
    return int(more[settled.argmax()]) if settled.any() else None


def both_needed(
    difference: float, errors: Errors, n: int, *, one_seed: float, seeds: int, most: int = 50
) -> tuple[int, int] | None:
    """Return the numbers of test examples and of seeds per contender that together make ``difference`` detectable.

    For a difference that neither more examples nor more seeds alone settle; arguments as above. Of the numbers of seeds
    it is the smallest with which twice as many examples are enough as with ``most``. None if these are not enough.
    """
    if one_seed <= 0 or seeds < 2:
        return None

    def examples(more: int) -> int | None:
        of_more = Errors(errors.test, one_seed / more, errors.freedom * (more - 1) / (seeds - 1))
        return examples_needed(difference, of_more, n)

    fewest = examples(most)
    if fewest is None:
        return None
    for more in range(seeds + 1, most + 1):
        found = examples(more)
        if found is not None and found <= 2 * fewest:
            return found, more
    return None


def rounded(count: int) -> int:
    """Return ``count`` rounded up to two significant digits, because it is based on an estimate.

    >>> rounded(1234), rounded(87)
    (1300, 87)
    """
    step = 10 ** max(len(str(count)) - 2, 0)
    return int(ceil(count / step) * step)
