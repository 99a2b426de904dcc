from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, t

from ghep.metrics.two_errors import Errors, half_width, tail


@pytest.mark.parametrize("freedom", [1, 1.7, 2, 4, 8, 40])
def test_seeds_alone_are_students_t(freedom: float) -> None:
    distances = np.array([0.0, 0.1, 1.0, 4.3, 12.7, 60.0])
    assert tail(distances, Errors(0.0, 4.0, freedom)) == pytest.approx(2 * t.sf(distances / 2, freedom), abs=3e-5)
    assert half_width(Errors(0.0, 4.0, freedom)) == pytest.approx(2 * t.ppf(0.975, freedom), rel=1e-3)


def test_examples_alone_are_normal_whatever_the_freedom() -> None:
    for freedom in (1.0, 4.0, np.inf):
        assert tail(3.0, Errors(4.0, 0.0, freedom)) == pytest.approx(2 * norm.sf(1.5))
        assert half_width(Errors(4.0, 0.0, freedom), 0.6) == pytest.approx(2 * norm.ppf(0.8))


def test_the_sum_of_both_as_it_was_drawn() -> None:
    rng = np.random.default_rng(0)
    sums = rng.normal(0, 2, 400_000) + 1.5 * rng.standard_t(3, 400_000)
    errors = Errors(4.0, 2.25, 3.0)
    for distance in (1.0, 4.0, 9.0):
        assert tail(distance, errors) == pytest.approx((np.abs(sums) > distance).mean(), abs=3e-3)
    assert half_width(errors) == pytest.approx(np.quantile(np.abs(sums), 0.95), rel=0.01)


def test_many_at_once_are_as_one_by_one() -> None:
    test, seed, freedom = np.array([1.0, 0.0, 2.0, 0.0]), np.array([0.0, 1.0, 3.0, 0.0]), np.array([1.0, 2.0, 5.0, 1.0])
    widths = half_width(Errors(test, seed, freedom), 0.9)
    assert widths.shape == (4,)
    for index, parts in enumerate(zip(test, seed, freedom, strict=True)):
        assert widths[index] == pytest.approx(half_width(Errors(*parts), 0.9))
    assert widths[3] == 0


def test_no_error_at_all() -> None:
    assert tail(np.array([0.0, 0.1]), Errors(np.zeros(2), np.zeros(2), 1.0)).tolist() == [1, 0]
