from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multinomial

from ghep.errors import DataError
from ghep.metrics.paired import mcnemar, tango

Z = 1.959963984540054


def answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [both, only_a, only_b, neither]
    return np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts)


def test_a_published_example() -> None:
    """Airway hyper-responsiveness before and after: Fagerland, Lydersen and Laake 2014, doi:10.1002/sim.6148."""
    found = mcnemar(*answers(1, 1, 7, 12))
    assert (found.only_a, found.only_b, found.n) == (1, 7, 21)
    assert found.difference == pytest.approx(-0.286, abs=5e-4)
    assert (found.interval.low, found.interval.high) == (
        pytest.approx(-0.517, abs=5e-4),
        pytest.approx(-0.026, abs=5e-4),
    )
    assert found.p_value == pytest.approx(0.0703, abs=5e-5)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (3, 3), (9, 1), (0, 6), (150, 120)])
def test_p_is_a_sum_of_binomial_terms(only_a: int, only_b: int) -> None:
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1)) / 2**n
    assert mcnemar(*answers(5, only_a, only_b, 4)).p_value == pytest.approx(min(1.0, 2 * tail))


def likeliest_variance(only_a: int, only_b: int, n: int, d: float) -> float:
    """Of only_a - only_b, if the difference is d, by maximising the likelihood instead of solving for its maximum."""

    def unlikely(q: float) -> float:
        shares = np.array([q + d, q, 1 - 2 * q - d])
        counts = np.array([only_a, only_b, n - only_a - only_b])
        return -float((counts * np.log(np.maximum(shares, 1e-300))).sum())

    bounds = max(0.0, -d), (1 - d) / 2
    q = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return n * (2 * q + d - d**2)


@pytest.mark.parametrize(
    ("only_a", "only_b", "n"), [(1, 7, 21), (40, 20, 160), (5, 5, 12), (9, 2, 500), (3, 1, 4), (300, 310, 2000)]
)
def test_the_bounds_are_196_standard_errors_from_what_was_seen(only_a: int, only_b: int, n: int) -> None:
    interval = tango(only_a, only_b, n)
    for bound, sign in ((interval.low, 1), (interval.high, -1)):
        standard_error = math.sqrt(likeliest_variance(only_a, only_b, n, bound))
        assert (only_a - only_b - n * bound) / standard_error == pytest.approx(sign * Z, rel=1e-4)


@pytest.mark.parametrize("n", [1, 30, 5000])
def test_the_ends(n: int) -> None:
    alike, better = tango(0, 0, n), tango(n, 0, n)
    assert (alike.low, alike.high) == (pytest.approx(-(Z**2) / (n + Z**2)), pytest.approx(Z**2 / (n + Z**2)))
    assert (better.low, better.high) == (pytest.approx((n - Z**2) / (n + Z**2)), 1)


def test_swapping_the_models_swaps_the_signs() -> None:
    one, other = mcnemar(*answers(30, 9, 4, 7)), mcnemar(*answers(30, 9, 4, 7)[::-1])
    assert one.difference == -other.difference == 0.1
    assert one.p_value == other.p_value
    assert one.interval.low == pytest.approx(-other.interval.high)
    assert one.interval.high == pytest.approx(-other.interval.low)
    narrow = mcnemar(*answers(30, 9, 4, 7), level=0.5).interval
    assert one.interval.low < narrow.low < 0.1 < narrow.high < one.interval.high
    assert narrow.level == 0.5


def test_what_both_get_right_only_dilutes() -> None:
    few, many = mcnemar(*answers(0, 9, 4, 0)), mcnemar(*answers(987, 9, 4, 0))
    assert few.p_value == many.p_value
    assert many.interval.high < few.interval.high


def test_no_examples() -> None:
    found = mcnemar(np.zeros(0), np.zeros(0))
    assert math.isnan(found.difference)
    assert (found.interval.low, found.interval.high, found.p_value) == (-1, 1, 1)


@pytest.mark.parametrize("shapes", [((3,), (4,)), ((3, 1), (3, 1))])
def test_other_examples_are_no_pairs(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(DataError, match="same n examples") as caught:
        mcnemar(*(np.ones(shape) for shape in shapes))
    assert caught.value.remedy


def covers_exactly(n: int, share_a: float, share_b: float) -> float:
    """The chance that the interval holds the true difference, over every outcome that can happen."""
    outcomes = [(a, b) for a in range(n + 1) for b in range(n + 1 - a)]
    hits = [(i := tango(a, b, n)).low <= share_a - share_b <= i.high for a, b in outcomes]
    counts = [(a, b, n - a - b) for a, b in outcomes]
    return float(multinomial.pmf(counts, n, [share_a, share_b, 1 - share_a - share_b]) @ np.array(hits))


def test_the_interval_covers_exactly_computed() -> None:
    assert 0.93 < covers_exactly(20, 0.2, 0.1) < 0.98


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 20, 40, 80])
@pytest.mark.parametrize("shares", [(0.1, 0.1), (0.2, 0.05), (0.4, 0.1), (0.05, 0.02)])
def test_the_interval_covers(n: int, shares: tuple[float, float]) -> None:
    assert 0.94 < covers_exactly(n, *shares) < (0.99 if n * sum(shares) > 2 else 1)  # wider where hardly any differ


@pytest.mark.slow
def test_the_interval_covers_simulated_on_a_test_set() -> None:
    rng, hits, alarms = np.random.default_rng(0), 0, 0
    for _ in range(2000):
        both_a_b = rng.multinomial(1000, [0.7, 0.06, 0.04, 0.2])
        interval = tango(int(both_a_b[1]), int(both_a_b[2]), 1000)
        hits += interval.low <= 0.02 <= interval.high
        only_a, only_b = rng.multinomial(1000, [0.05, 0.05, 0.9])[:2]
        alarms += mcnemar(*answers(600, only_a, only_b, 400 - only_a - only_b)).p_value < 0.05
    assert 0.935 < hits / 2000 < 0.965  # 2,000 trials: 0.95 shows 0.94 to 0.96
    assert alarms / 2000 < 0.05
