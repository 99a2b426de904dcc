from __future__ import annotations

from math import inf

import numpy as np
import pytest

from ghep.errors import DataError
from ghep.metrics.medians import median_interval, median_ratio


@pytest.mark.parametrize(
    ("n", "rank"),
    [(5, 0), (6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (20, 6), (25, 8)],
)
def test_ranks_are_those_of_the_published_table(n: int, rank: int) -> None:
    """Conover's table A3 for the sign test at 5 %: reject with at most rank - 1 of n in one direction."""
    found = median_interval(list(range(1, n + 1)))
    assert (found.low, found.high) == ((rank, n + 1 - rank) if rank else (-inf, inf))


@pytest.mark.parametrize("n", [8, 20, 41])
def test_the_interval_covers_at_least_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(0)
    found = [median_interval(rng.lognormal(0, 2, n).tolist()) for _ in range(2000)]
    assert np.mean([one.low <= 1 <= one.high for one in found]) > 0.94


def test_values_that_are_infinite_are_larger_than_all_others() -> None:
    found = median_interval([1, 2, 3, 4, 5, 6, inf, inf])
    assert (found.low, found.high) == (1, inf)


def test_a_ratio_is_paired() -> None:
    """Examples differ by a factor of a thousand, the two models by 1.2: only the pairs show it."""
    examples = np.geomspace(1, 1000, 12)
    found = median_ratio((1.2 * examples).tolist(), examples.tolist())
    assert found.ratio == pytest.approx(1.2) and found.interval.low == pytest.approx(1.2)
    assert (found.a_larger, found.b_larger, found.n) == (12, 0, 12)
    assert found.p_value == pytest.approx(2 * 0.5**12)


def test_ties_and_infinite_pairs_say_nothing() -> None:
    found = median_ratio([1, 2, inf, inf, 3], [1, 2, inf, 7, inf])
    assert (found.ratio, found.a_larger, found.b_larger, found.p_value) == (1, 1, 1, 1)
    assert (found.interval.low, found.interval.high) == (0, inf)
    assert np.isnan(median_ratio([], []).ratio) and median_ratio([], []).p_value == 1


def test_what_has_no_ratio_is_refused() -> None:
    with pytest.raises(DataError, match="above 0, found 0"):
        median_ratio([1, 0], [1, 1])
    with pytest.raises(DataError, match="same n examples"):
        median_ratio([1], [1, 2])
