"""What a comparison could have found, and what it would take to find what it did not.

In: the errors of a difference (``two_errors.py``). Two-sided tests at 5 % with a power of 80 %, unless said: a
difference that is found four times in five if it is real. The distances for the one and for the other add up (Lachin
1981, doi:10.1016/0197-2456(81)90001-5).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from ghep.metrics.two_errors import Errors, half_width

LEVEL = 0.95
POWER = 0.8
MOST = 10**9
"""More examples than this are no plan."""


def detectable(errors: Errors, *, level: float = LEVEL, power: float = POWER) -> NDArray[np.float64]:
    """Return the smallest true difference that is found four times in five, or with another ``power``."""
    return np.asarray(half_width(errors, level) + half_width(errors, 2 * power - 1))


def examples_needed(
    difference: float, errors: Errors, n: int, *, level: float = LEVEL, power: float = POWER
) -> int | None:
    """Return how many test examples, instead of ``n``, would make ``difference`` detectable with as many seeds.

    None where no number would: the seeds' error does not shrink with the test split.
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
    """Return how many seeds of each would make ``difference`` detectable on the same test examples.

    ``one_seed`` is the variance that a single run of each has by its seed; ``errors`` is of ``seeds`` runs. None where
    ``most`` would not be enough, or seeds do not matter.
    """
    if one_seed <= 0 or seeds < 2:
        return None
    more = np.arange(seeds + 1, most + 1)
    errors = Errors(np.full(len(more), errors.test), one_seed / more, errors.freedom * (more - 1) / (seeds - 1))
    settled = detectable(errors, level=level, power=power) <= abs(difference)
    return int(more[settled.argmax()]) if settled.any() else None


def rounded(count: int) -> int:
    """Round up to two digits: 1,234 is 1,300. A plan that rests on an estimate has no more.

    >>> rounded(1234), rounded(87)
    (1300, 87)
    """
    step = 10 ** max(len(str(count)) - 2, 0)
    return int(ceil(count / step) * step)
