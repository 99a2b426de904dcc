from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from ghep.metrics.ordinal import mean_absolute_error, quadratic_kappa
from ghep.metrics.scores import rating_scores


def draw(n: int, ratings: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Targets (n,) and probabilities (n, K) of a model that is mostly near."""
    rng = np.random.default_rng(seed)
    targets = rng.binomial(ratings - 1, 0.6, size=n)
    logits = rng.normal(size=(n, ratings)) - np.abs(np.arange(ratings) - targets[:, None])
    probabilities = np.exp(logits)
    return targets, probabilities / probabilities.sum(axis=1, keepdims=True)


def kappa_by_table(y: np.ndarray, guess: np.ndarray, values: np.ndarray, w: np.ndarray) -> float:
    """Cohen's definition, from the table of agreement."""
    table = np.zeros((len(values), len(values)))
    np.add.at(table, (y, guess), w)
    table /= table.sum()
    distances = (values[:, None] - values) ** 2
    return 1 - float((distances * table).sum() / (distances * np.outer(table.sum(1), table.sum(0))).sum())


@pytest.mark.parametrize("ratings", [2, 5, 11])
@pytest.mark.parametrize("weighted", [False, True])
def test_kappa_is_sklearns(ratings: int, weighted: bool) -> None:
    y, p = draw(150, ratings)
    w = np.random.default_rng(1).integers(4, size=150) if weighted else None
    expected = cohen_kappa_score(y, p.argmax(1), weights="quadratic", sample_weight=w, labels=range(ratings))
    np.testing.assert_allclose(quadratic_kappa(y, p, 2.5 + 0.5 * np.arange(ratings), w), [expected])


def test_kappa_of_uneven_ratings_goes_by_their_values() -> None:
    values, (y, p) = np.array([0.1, 0.2, 5.0, 1000.0]), draw(200, 4)
    weights = np.random.default_rng(1).multinomial(200, np.full(200, 1 / 200), size=3)
    expected = [kappa_by_table(y, p.argmax(1), values, w) for w in weights]
    np.testing.assert_allclose(quadratic_kappa(y, p, values, weights), expected)
    assert abs(expected[0] - quadratic_kappa(y, p, np.arange(4), weights)[0]) > 0.01


@pytest.mark.parametrize("values", [[1, 2, 3], [0.1, 0.2, 0.3], [7e8 + 0.1, 7e8 + 0.2, 7e8 + 0.3]])
def test_the_ends_of_kappa(values: list[float]) -> None:
    y = np.array([0, 1, 2, 2])
    assert quadratic_kappa(y, np.eye(3)[y], np.array(values))[0] == 1
    assert quadratic_kappa(y, np.eye(3)[[1] * 4], np.array(values))[0] == pytest.approx(0)
    assert quadratic_kappa(np.array([0, 2]), np.eye(3)[[2, 0]], np.array(values))[0] == pytest.approx(-1)
    assert np.isnan(quadratic_kappa(y[:0], np.zeros((0, 3)), np.array(values))[0])


@pytest.mark.parametrize("n", [1, 3, 7, 10, 1000])
def test_kappa_of_one_rating_given_and_guessed_is_undefined(n: int) -> None:
    for only in range(4):  # agreement by chance is complete, and rounding must not say otherwise
        assert np.isnan(quadratic_kappa(np.full(n, only), np.eye(4)[[only] * n], np.array([1, 1.1, 1.7, 3])))


def test_mae_is_of_the_expected_rating() -> None:
    y, p = draw(100, 5)
    values = np.array([1, 1.5, 2, 4, 5])
    expected = np.mean([abs(sum(p[n, k] * values[k] for k in range(5)) - values[y[n]]) for n in range(100)])
    np.testing.assert_allclose(mean_absolute_error(y, p, values), [expected])
    w = np.random.default_rng(0).integers(3, size=(2, 100))
    repeated = [mean_absolute_error(np.repeat(y, row), np.repeat(p, row, axis=0), values)[0] for row in w]
    np.testing.assert_allclose(mean_absolute_error(y, p, values, w), repeated)


@pytest.mark.slow
def test_the_intervals_cover() -> None:
    values = np.arange(5.0)
    y, p = draw(200_000, 5, seed=99)
    truths = {"mae": mean_absolute_error(y, p, values)[0], "quadratic_kappa": quadratic_kappa(y, p, values)[0]}
    hits = dict.fromkeys(truths, 0)
    for trial in range(300):
        for score in rating_scores(*draw(200, 5, seed=trial), values, seed=trial, resamples=300)[-2:]:
            assert score.interval is not None
            hits[score.name] += score.interval.low <= truths[score.name] <= score.interval.high
    # 300 trials: a true coverage of 0.95 shows 0.91 to 0.98.
    assert all(0.90 <= hit / 300 <= 0.985 for hit in hits.values()), hits
