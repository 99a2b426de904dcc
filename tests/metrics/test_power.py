from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from ghep.metrics.crossed import difference
from ghep.metrics.power import both_needed, detectable, examples_needed, rounded, seeds_needed
from ghep.metrics.two_errors import Errors

TIMES = norm.ppf(0.975) + norm.ppf(0.8)


def test_without_seeds_it_is_the_textbooks_formula() -> None:
    errors = Errors(1e-4, 0.0, 1.0)
    assert detectable(errors) == pytest.approx(TIMES * 0.01)
    assert examples_needed(0.02, errors, 150) == pytest.approx((TIMES * 0.01 / 0.02) ** 2 * 150, rel=3e-3)
    assert examples_needed(-0.02, errors, 150) == examples_needed(0.02, errors, 150)


def test_that_many_examples_are_just_enough() -> None:
    errors = Errors(1e-4, 1e-6, 4.0)
    needed = examples_needed(0.01, errors, 153)
    assert needed is not None
    assert detectable(errors._replace(test=1e-4 * 153 / needed)) <= 0.01
    assert detectable(errors._replace(test=1e-4 * 153 / (0.99 * needed))) > 0.01


def test_seeds_that_outweigh_the_difference_are_not_outnumbered_by_examples() -> None:
    errors = Errors(1e-4, 1e-4, 4.0)
    assert examples_needed(0.01, errors, 153) is None
    assert seeds_needed(0.05, errors, one_seed=3e-4, seeds=3) is not None
    assert seeds_needed(0.01, errors, one_seed=3e-4, seeds=3) is None  # the examples' part alone is too large
    assert seeds_needed(0.05, errors._replace(seed=0.0), one_seed=0.0, seeds=3) is None


def test_that_many_seeds_are_just_enough() -> None:
    errors = Errors(1e-5, 1e-4, 4.0)
    needed = seeds_needed(0.02, errors, one_seed=3e-4, seeds=3)
    assert needed is not None
    for seeds, enough in ((needed, True), (needed - 1, False)):
        assert (detectable(Errors(1e-5, 3e-4 / seeds, 2.0 * (seeds - 1))) <= 0.02) is np.bool_(enough)


def test_examples_and_seeds_together_settle_what_neither_does_alone() -> None:
    errors = Errors(1e-3, 1e-3, 4.0)
    assert examples_needed(0.05, errors, 45) is None
    assert seeds_needed(0.05, errors, one_seed=2e-3, seeds=2) is None
    found = both_needed(0.05, errors, 45, one_seed=2e-3, seeds=2)
    assert found is not None
    examples, seeds = found
    together = Errors(1e-3 * 45 / examples, 2e-3 / seeds, 4.0 * (seeds - 1))
    assert detectable(together) <= 0.05
    assert detectable(together._replace(test=1e-3 * 45 / (0.99 * examples))) > 0.05
    assert 2 < seeds < 20 and 45 < examples < 1000
    assert both_needed(1e-4, errors, 45, one_seed=2e-3, seeds=2) is None
    assert both_needed(0.05, errors._replace(seed=0.0), 45, one_seed=0.0, seeds=2) is None


@pytest.mark.parametrize(("count", "shown"), [(7, 7), (99, 99), (101, 110), (1234, 1300), (16_000, 16_000)])
def test_rounded_up_to_two_digits(count: int, shown: int) -> None:
    assert rounded(count) == shown


@pytest.mark.parametrize("seeds", [1, 5])
def test_what_is_detectable_is_found_four_times_in_five(seeds: int) -> None:
    """Simulated: 500 examples of which 12 % differ, half a point between seeds where there are several."""
    rng = np.random.default_rng(0)
    found, gap, replications = 0, 0.043, 1500
    power = []
    for _ in range(3):
        r = rng.random((replications // 3, 1, 500))
        noise = 0.02 * rng.random((2, replications // 3, seeds, 500))
        a = (r + noise[0]) < 0.91
        b = np.where(rng.random((replications // 3, 1, 500)) < 0.08, ~a[:, :1], r + noise[1] < 0.91 - gap)
        estimate = difference(a, b)
        power.append(float(np.mean(detectable(estimate.errors))))
        truth = float(estimate.value.mean())
        found += int((estimate.p_value < 0.05).sum())
    share = found / replications
    expected = norm.cdf(TIMES * truth / np.mean(power) - norm.ppf(0.975))
    assert share == pytest.approx(expected, abs=0.06)
