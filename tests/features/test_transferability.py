"""Scores of features: against slow direct computation, their bounds, what must not change them, and that they rank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf
from sklearn.neighbors import KNeighborsClassifier

from ghep.features import transferability
from ghep.features.transferability import h_score, knn, leep, log_me, nce

OF_FEATURES = [log_me, h_score, knn]
Score = Callable[..., float]


def problem(
    n: int = 90, dim: int = 6, classes: int = 3, *, signal: float = 2.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Clusters whose centres are ``signal`` apart in units of their spread, away from the origin."""
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(n) % classes)
    return rng.normal(0, signal, (classes, dim))[targets] + rng.normal(0, 1, (n, dim)) + 3, targets


def evidence(features: np.ndarray, column: np.ndarray) -> float:
    """The largest log density of ``column`` under N(0, I / beta + F F^T / alpha), searched for by simplex."""

    def negative(logs: np.ndarray) -> float:
        covariance = np.eye(len(column)) / np.exp(logs[1]) + features @ features.T / np.exp(logs[0])
        return -multivariate_normal.logpdf(column, np.zeros(len(column)), covariance)

    starts = [(0.0, 0.0), (4.0, 2.0), (8.0, 1.0)]
    options = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
    return -min(minimize(negative, start, method="Nelder-Mead", options=options).fun for start in starts)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "dim"), [(40, 5), (30, 30), (24, 60)])
@pytest.mark.parametrize("signal", [2.0, 0.3])
def test_log_me_is_the_largest_evidence(n: int, dim: int, signal: float) -> None:
    features, targets = problem(n, dim, signal=signal)
    slow = np.mean([evidence(features, np.asarray(targets == k, float)) for k in range(3)]) / n
    assert log_me(features, targets) == pytest.approx(
        slow, abs=5e-5
    )  # where a fit is exact, beta grows slowly without end


def test_log_me_of_noise_is_that_of_no_weights() -> None:
    rng = np.random.default_rng(1)
    targets = np.arange(60) % 2
    features = rng.normal(0, 1, (60, 4))
    features -= np.linalg.pinv(np.eye(2)[targets].T / 60) @ (np.eye(2)[targets].T @ features / 60)
    # Nothing of a column lies along the features: the best is N(0, 1 / beta) with 1 / beta = mean(y^2) = 1 / 2.
    assert log_me(features, targets) == pytest.approx(-0.5 * np.log(2 * np.pi * 0.5) - 0.5, abs=1e-4)


@pytest.mark.parametrize(("n", "dim"), [(90, 6), (30, 80)])
def test_h_score_is_its_definition(n: int, dim: int) -> None:
    features, targets = problem(n, dim)
    covariance, shrinkage = ledoit_wolf(features)
    means = np.stack([features[targets == k].mean(0) for k in targets])
    between = np.cov(means, rowvar=False, bias=True)
    assert h_score(features, targets) == pytest.approx((1 - shrinkage) * np.trace(np.linalg.solve(covariance, between)))


def test_h_score_without_shrinkage_is_that_of_bao(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transferability, "_ledoit_wolf", lambda *_: 0.0)
    features, targets = problem()
    means = np.stack([features[targets == k].mean(0) for k in targets])
    plain = np.trace(np.linalg.solve(np.cov(features.T, bias=True), np.cov(means.T, bias=True)))
    assert h_score(features, targets) == pytest.approx(plain)
    noise = np.random.default_rng(0).normal(0, 1, (30, 80))
    assert h_score(noise, np.arange(30) % 3) == pytest.approx(2), "K - 1 for noise: why shrinkage is needed"


def test_h_score_of_noise_stays_small_with_more_dimensions_than_examples() -> None:
    noise = np.random.default_rng(0).normal(0, 1, (30, 80))
    assert 0 <= h_score(noise, np.arange(30) % 3) < 0.5


@pytest.mark.parametrize("neighbours", [1, 5])
def test_knn_is_leave_one_out(neighbours: int) -> None:
    features, targets = problem(signal=0.8)
    features = features - 3  # in all directions from the origin, so that similarities differ
    right = 0
    for place in range(len(targets)):
        others = np.arange(len(targets)) != place
        model = KNeighborsClassifier(neighbours, metric="cosine").fit(features[others], targets[others])
        votes = model.predict_proba(features[place : place + 1])[0]
        tied = np.flatnonzero(votes == votes.max())
        if len(tied) > 1:
            distances, places = model.kneighbors(features[place : place + 1])
            nearest = targets[others][places[0]]
            right += max(tied, key=lambda k: (1 - distances[0])[nearest == k].sum()) == targets[place]
        else:
            right += tied[0] == targets[place]
    assert knn(features, targets, neighbours=neighbours) == pytest.approx(right / len(targets))


def test_a_vote_weighs_more_than_any_nearness() -> None:
    features = np.array([[1, 0], [1, 0], [0.1, 1], [0.1, -1]])
    # The first is level with the second, of the other class, and far from two of its own: two votes to one.
    assert knn(features, np.array([0, 1, 0, 0]), neighbours=3) == 0.75


def test_knn_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = problem(signal=0.8)
    whole = knn(features, targets)
    monkeypatch.setattr(transferability, "CHUNK", 7)
    assert knn(features, targets) == whole


def source_says(n: int = 200, sources: int = 6, *, sharp: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    logits = sharp * rng.normal(0, 1, (n, sources))
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return probabilities, np.where(rng.random(n) < 0.3, rng.integers(0, 3, n), probabilities.argmax(1) % 3)


def test_leep_is_its_definition() -> None:
    probabilities, targets = source_says()
    n, sources = probabilities.shape
    joint = np.zeros((3, sources))
    for row, target in zip(probabilities, targets, strict=True):
        joint[target] += row / n
    expected = [np.log(sum(joint[t, z] / joint[:, z].sum() * row[z] for z in range(sources)))
                for row, t in zip(probabilities, targets, strict=True)]  # fmt: skip
    assert leep(probabilities, targets) == pytest.approx(np.mean(expected))


def test_leep_lies_between_its_bounds() -> None:
    probabilities, targets = source_says()
    entropy = -sum(share * np.log(share) for share in np.bincount(targets) / len(targets))
    assert -entropy <= leep(probabilities, targets) <= 0
    # Property 1 of the paper: NCE + the mean log probability of the likeliest source class lies below.
    sources = probabilities.argmax(1)
    assert leep(probabilities, targets) >= nce(sources, targets) + np.log(probabilities.max(1)).mean()
    same = np.full_like(probabilities, 1 / probabilities.shape[1])
    assert leep(same, targets) == pytest.approx(-entropy), "a classifier that says the same of all knows the shares"


def test_nce_is_a_conditional_entropy() -> None:
    assert nce(np.array([5, 5, 9, 9]), np.array([0, 0, 1, 1])) == pytest.approx(0)
    assert nce(np.array([5, 5, 5, 5]), np.array([0, 0, 1, 1])) == pytest.approx(-np.log(2))
    assert nce(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])) == pytest.approx(
        0.75 * (2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    )


@pytest.mark.parametrize("score", OF_FEATURES)
def test_better_features_rank_higher(score: Score) -> None:
    found = [score(*problem(200, 12, signal=signal, seed=3)) for signal in (0.0, 0.3, 0.7, 1.5)]
    assert found == sorted(found) and found[0] < found[-1]


@pytest.mark.parametrize("score", OF_FEATURES)
def test_perfect_separation_beats_noise_by_far(score: Score) -> None:
    targets = np.arange(60) % 3
    rng = np.random.default_rng(0)
    perfect = np.eye(3)[targets] + rng.normal(0, 1e-9, (60, 3))
    assert np.isfinite(score(perfect, targets))
    assert score(perfect, targets) > score(rng.normal(0, 1, (60, 3)), targets) + 0.5
    if score is h_score:
        assert score(perfect, targets) > 1.8, "near K - 1 = 2"
    if score is knn:
        assert score(perfect, targets) == 1


@pytest.mark.parametrize("score", OF_FEATURES)
@pytest.mark.parametrize("dim", [6, 120])
def test_what_must_not_matter(score: Score, dim: int) -> None:
    features, targets = problem(dim=dim, signal=0.6)
    found = score(features, targets)
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    order = rng.permutation(len(targets))
    assert score(features, np.array([2, 0, 1])[targets]) == pytest.approx(found, rel=1e-6), "names of the classes"
    assert score(features[order], targets[order]) == pytest.approx(found, rel=1e-6), "order of the examples"
    assert score(features @ turn, targets) == pytest.approx(found, rel=1e-6), "a turn"
    for unit in (1e-8, 1e8):
        assert score(unit * features, targets) == pytest.approx(found, rel=1e-6), "the unit"
    more = np.concatenate([features, np.full((5, dim), np.nan)]), np.concatenate([targets, np.full(5, -1)])
    assert score(*more) == pytest.approx(found, rel=1e-12), "examples without a label"


@pytest.mark.parametrize("score", [leep, lambda said, targets: nce(said.argmax(1), targets)])
def test_what_must_not_matter_to_those_of_a_source(score: Score) -> None:
    said, targets = source_says()
    found = score(said, targets)
    order = np.random.default_rng(0).permutation(len(targets))
    assert score(said, np.array([2, 0, 1])[targets]) == pytest.approx(found)
    assert score(said[order], targets[order]) == pytest.approx(found)
    assert score(said[:, ::-1], targets) == pytest.approx(found)


def test_a_class_without_examples_is_none() -> None:
    features, targets = problem()
    for score in OF_FEATURES:
        assert score(features, targets * 7) == pytest.approx(score(features, targets))


def test_degenerate_features_are_no_accident() -> None:
    targets = np.arange(20) % 2
    for features in (np.zeros((20, 3)), np.ones((20, 3))):
        assert np.isfinite(log_me(features, targets))
        assert h_score(features, targets) == pytest.approx(0, abs=1e-9)
        assert 0 <= knn(features, targets) <= 1
    assert np.isnan(knn(np.ones((1, 3)), np.array([0])))
