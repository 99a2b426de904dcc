from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from ghep.metrics.intervals import bootstrap, resampling_weights, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (450, 500), (49_999, 50_000)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_is_scipys(k: int, n: int, level: float) -> None:
    expected = binomtest(k, n).proportion_ci(level, method="wilson")
    ours = wilson(k, n, level)
    np.testing.assert_allclose((ours.low, ours.high), (expected.low, expected.high), atol=1e-9)
    assert ours.level == level
    assert 0 <= ours.low <= k / n <= ours.high <= 1


def test_wilson_of_nothing_is_everything() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)


@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("truth", [0.5, 0.8, 0.95])
def test_wilson_covers_exactly_computed(n: int, truth: float) -> None:
    intervals = [wilson(k, n) for k in range(n + 1)]
    hits = [i.low <= truth <= i.high for i in intervals]
    assert 0.91 < binom.pmf(np.arange(n + 1), n, truth) @ hits < 0.99


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weights @ values / weights.sum(axis=1)


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = bootstrap(partial(weighted_mean, values), 400, resamples=4000)
    half = 1.96 * values.std() / math.sqrt(400)
    np.testing.assert_allclose((found.low, found.high), (values.mean() - half, values.mean() + half), atol=0.1 * half)


def test_the_bootstrap_covers() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(400):
        values = rng.exponential(size=80)
        found = bootstrap(partial(weighted_mean, values), 80, resamples=200, seed=trial)
        hits += found.low <= 1 <= found.high
    assert 0.89 < hits / 400 < 0.97


def test_the_level_is_kept() -> None:
    values = np.random.default_rng(0).normal(size=200)
    narrow, wide = (bootstrap(partial(weighted_mean, values), 200, level=level) for level in (0.5, 0.99))
    assert (narrow.level, wide.level) == (0.5, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_seed_decides() -> None:
    metric = partial(weighted_mean, np.arange(30.0))
    assert bootstrap(metric, 30, seed=1) == bootstrap(metric, 30, seed=1)
    assert bootstrap(metric, 30, seed=1) != bootstrap(metric, 30, seed=2)


@pytest.mark.parametrize("n", [1, 10, 400_000])
def test_draws_are_with_replacement_and_bounded_in_memory(n: int) -> None:
    chunks = list(resampling_weights(n, resamples=7, seed=0))
    assert sum(len(chunk) for chunk in chunks) == 7
    for chunk in chunks:
        assert (chunk.sum(axis=1) == n).all()
        assert chunk.size <= max(2**20, n)
    if n > 1:
        assert any((chunk == 0).any() and (chunk > 1).any() for chunk in chunks)


def test_undefined_resamples_are_left_out_until_they_are_most() -> None:
    def metric(weights: np.ndarray, least: float) -> np.ndarray:
        return np.where(weights[:, 0] >= least, weights[:, 0], np.nan)

    some = bootstrap(partial(metric, least=1), 50)
    assert some.low == 1
    none = bootstrap(partial(metric, least=5), 50)
    assert math.isnan(none.low)
    assert math.isnan(none.high)
