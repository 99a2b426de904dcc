"""Metrics of regression, against scikit-learn and SciPy, and prediction intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from ghep.errors import DataError
from ghep.metrics import regression
from ghep.metrics.conformal import FEWEST, LEVEL, conformal
from ghep.metrics.intervals import resampling_weights
from ghep.metrics.paired import mcnemar, paired, t_test
from ghep.metrics.scores import regression_scores

RNG = np.random.default_rng(0)
TARGETS = np.round(RNG.normal(50, 9, size=60), 0)  # with ties
PREDICTED = np.round(0.6 * TARGETS + RNG.normal(20, 6, size=60), 1)


def test_they_are_those_of_scikit_learn_and_scipy_on_every_resample() -> None:
    weights = np.concatenate([np.ones((1, 60)), *resampling_weights(60, resamples=20, seed=1)])
    found = {
        name: getattr(regression, name)(TARGETS, PREDICTED, weights)
        for name in ("r_squared", "mean_absolute_error", "root_mean_square_error", "spearman")
    }
    for at, row in enumerate(weights):
        drawn = np.repeat(np.arange(60), row.astype(int))
        pair = TARGETS[drawn], PREDICTED[drawn]
        assert found["r_squared"][at] == pytest.approx(r2_score(*pair))
        assert found["mean_absolute_error"][at] == pytest.approx(mean_absolute_error(*pair))
        assert found["root_mean_square_error"][at] == pytest.approx(root_mean_squared_error(*pair))
        assert found["spearman"][at] == pytest.approx(spearmanr(*pair).statistic)


def test_large_numbers_keep_their_precision() -> None:
    shifted = regression.r_squared(TARGETS + 1e9, PREDICTED + 1e9)
    assert shifted[0] == pytest.approx(r2_score(TARGETS, PREDICTED), abs=1e-6)


def test_undefined_scores_are_nan() -> None:
    assert np.isnan(regression.r_squared(np.full(5, 3.0), np.arange(5.0))[0])
    assert np.isnan(regression.spearman(np.full(5, 3.0), np.arange(5.0))[0])
    scores = {one.name: one for one in regression_scores(np.full(5, 3.0), np.tile(np.arange(5.0)[:, None], 3))}
    assert np.isnan(scores["r2"].value) and scores["r2"].interval is None and scores["mae"].value == pytest.approx(1.4)


def test_coverage_is_scored_only_with_intervals() -> None:
    predictions = np.stack([PREDICTED, PREDICTED - 8, PREDICTED + 8], axis=1)
    scores = {one.name: one for one in regression_scores(TARGETS, predictions)}
    assert list(scores) == ["r2", "mae", "rmse", "spearman", "coverage"]
    inside = np.abs(TARGETS - PREDICTED) <= 8
    assert scores["coverage"].value == pytest.approx(inside.mean())
    without = regression_scores(TARGETS, np.stack([PREDICTED, *[np.full(60, np.nan)] * 2], axis=1))
    assert [one.name for one in without] == ["r2", "mae", "rmse", "spearman"]


def test_wrong_shapes_and_numbers_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(60, 2\)"):
        regression_scores(TARGETS, np.zeros((60, 2)))
    with pytest.raises(DataError, match="not finite"):
        regression_scores(TARGETS, np.full((60, 3), np.nan))


@pytest.mark.parametrize("n", [FEWEST, 20, 50])
def test_nine_labels_of_ten_are_in_their_interval(n: int) -> None:
    """Split conformal prediction covers at least ``LEVEL``, and at most 1 / (n + 1) more, whatever the distribution."""
    rng, covered = np.random.default_rng(n), []
    for _ in range(2000):
        errors = rng.standard_t(3, size=n + 1)
        half = conformal(errors[:-1]).half_width
        assert half is not None
        covered.append(abs(errors[-1]) <= half)
    assert LEVEL - 0.02 < np.mean(covered) < LEVEL + 1 / (n + 1) + 0.02


def test_too_few_examples_give_no_interval() -> None:
    assert conformal(np.ones(FEWEST - 1)).value is None
    assert conformal(np.ones(FEWEST)).value == 1.0


def test_the_paired_test_of_numbers_is_students() -> None:
    from scipy.stats import ttest_rel

    a, b = RNG.normal(0.3, 1, 40), RNG.normal(0, 1, 40)
    found, expected = paired(a, b), ttest_rel(a, b)
    assert found.p_value == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high))
    assert found.difference == pytest.approx(a.mean() - b.mean())
    assert paired(a > 0, b > 0) == mcnemar(a > 0, b > 0)
    assert t_test(a, a).p_value == 1.0 and t_test(a[:1], b[:1]).p_value == 1.0
