from __future__ import annotations

import numpy as np
import pytest

from ghep.metrics.crossed import Runs, accuracy, contrast, difference, scatter_between_seeds, seed_variance
from ghep.metrics.moderated import Prior, moderated

SLOPE = np.array(0.25)
NONE = np.array(0.0)


def test_a_variance_is_drawn_to_the_priors_by_degrees_of_freedom() -> None:
    """Smyth's formula: (4 * 0.04 + 2 * 0.02) / 6, on the scale of accuracy with a slope of 1/4."""
    variance, freedom = moderated(np.array(0.02 / 16), NONE, SLOPE, 3, Prior(0.2, 4.0))
    assert float(variance) == pytest.approx((4 * 0.04 + 2 * 0.02) / 6 / 16)
    assert float(freedom) == 6


def test_the_noise_of_few_examples_is_no_scatter_of_seeds() -> None:
    variance, _ = moderated(np.array(0.003), np.array(0.001), SLOPE, 3, Prior(0.2, 4.0))
    assert float(variance) == pytest.approx((4 * 0.04 / 16 + 2 * 0.002) / 6)
    assert float(moderated(np.array(0.0), np.array(1.0), SLOPE, 3, Prior(0.2, 4.0))[0]) == 0


def test_what_scatters_far_more_is_left_as_it_is() -> None:
    variance, freedom = moderated(np.array(0.25), NONE, SLOPE, 3, Prior(0.05, 4.0))
    assert float(variance) == pytest.approx(0.25, rel=0.05)
    assert float(freedom) == pytest.approx(2, abs=0.05)


def test_one_run_has_the_priors_variance() -> None:
    variance, freedom = moderated(NONE, NONE, SLOPE, 1, Prior(0.2, 4.0))
    assert (float(variance), float(freedom)) == (pytest.approx(0.04 / 16), 4)


def test_many_at_once_are_each_as_alone() -> None:
    rng = np.random.default_rng(0)
    tables = rng.random((5, 3, 80)) < rng.uniform(0.5, 0.95, (5, 3, 1))
    prior = Prior(np.linspace(0.05, 0.4, 5), 3.0)
    found = accuracy(tables, prior=prior)
    for k, table in enumerate(tables):
        alone = accuracy(table, prior=Prior(float(prior.scale[k]), 3.0))
        assert (found.low[k], found.high[k]) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_a_prior_narrows_the_interval_of_three_scattered_seeds() -> None:
    scratch = np.stack([np.arange(150) < count for count in (112, 106, 90)])
    probe = (np.arange(150) < 145)[None]
    raw, known = difference(probe, scratch), contrast([Runs(probe)], [Runs(scratch, Prior(0.25, 2.0))])
    assert raw.low < 0.09 < 0.14 < known.low
    assert known.p_value < raw.p_value
    assert known.p_these_runs == raw.p_these_runs < known.p_value


def test_seeds_that_answer_alike_have_no_scatter() -> None:
    """Nothing in them depends on the seed, whatever others do."""
    alike = np.tile(np.arange(100) < 90, (3, 1))
    assert accuracy(alike, prior=Prior(0.3, 4.0)).interval() == accuracy(alike[:1]).interval()
    assert seed_variance(alike, Prior(0.3, 4.0)) == 0
    assert seed_variance(alike[:1], Prior(0.3, 4.0)) == pytest.approx((0.3 * 0.09) ** 2)


def test_the_scatter_on_log_odds_is_found() -> None:
    rng = np.random.default_rng(0)
    odds = 1.0 + 0.3 * rng.normal(size=(400, 5, 1))
    found = scatter_between_seeds(rng.random((400, 5, 300)) < 1 / (1 + np.exp(-odds)))
    assert float(np.sqrt(found.mean())) == pytest.approx(0.3, abs=0.02)


def test_the_mean_of_several_against_one() -> None:
    rng = np.random.default_rng(0)
    a, b, c = (rng.random((3, 200)) < share for share in (0.9, 0.8, 0.7))
    found = contrast([Runs(a), Runs(b)], [Runs(c)])
    assert found.value == pytest.approx((a.mean() + b.mean()) / 2 - c.mean())
    assert found.errors.seed == pytest.approx((seed_variance(a) + seed_variance(b)) / 12 + seed_variance(c) / 3)
    assert found.low < found.value < found.high


def test_one_that_was_lucky_near_the_ceiling_scatters_as_its_equal_would() -> None:
    """At 0.98 three seeds show little scatter; if it equals one at 0.9, it scatters as one at 0.94."""
    lucky, other = (np.stack([np.roll(np.arange(500) >= k, s) for s in range(3)]) for k in (10, 50))
    prior = Prior(0.3, 4.0)
    found = contrast([Runs(lucky, prior)], [Runs(other)])
    own = float(seed_variance(lucky, prior)) / 3
    assert float(found.errors.seed) == pytest.approx(own * (0.94 * 0.06 / (0.98 * 0.02)) ** 2)
