"""The solved head is the minimum: its gradient is zero, and scikit-learn finds the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from ghep.features import probes
from ghep.features.probes import STRENGTHS, WORSE, LinearHead, boundary_of_grid, out_of_fold, solve_head


def problem(n: int = 60, dim: int = 8, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clusters far from the origin, with directions of very different spread: as features are."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % classes
    centres = rng.normal(0, 1.5, (classes, dim))
    features = centres[targets] + rng.normal(0, 1.5, (n, dim))
    return (features * rng.uniform(0.2, 3, dim) + rng.normal(0, 20, dim)).astype(np.float32), targets


def standardised(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    mean = features.astype(np.float64).mean(0)
    scale = float(np.sqrt(((features - mean) ** 2).mean()))
    return (features - mean) / scale, mean, scale


def slope(head: LinearHead, features: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Gradient of the objective in the module's docstring, at ``head``, with respect to (W, b)."""
    inputs, mean, scale = standardised(features)
    weight = head.weight.astype(np.float64) * scale
    bias = head.bias + head.weight.astype(np.float64) @ mean
    classes = len(bias)
    sample = (np.ones(classes) if weights is None else weights)[targets] / len(targets)
    residual = (softmax(inputs @ weight.T + bias, axis=1) - np.eye(classes)[targets]) * sample[:, None]
    return np.concatenate([residual.T @ inputs + head.strength * weight, residual.sum(0)[:, None]], axis=1)


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(("n", "dim"), [(60, 8), (20, 50)])
def test_the_gradient_vanishes_at_the_solution(strength: float, n: int, dim: int) -> None:
    features, targets = problem(n, dim)
    head = solve_head(features, targets, 3, strengths=[strength])
    assert head.strength == strength
    assert np.abs(slope(head, features, targets)).max() < 2e-4


@pytest.mark.parametrize("strength", [1.0, 0.01, 1e-4])
@pytest.mark.parametrize(("n", "dim", "classes"), [(60, 8, 3), (60, 8, 2), (20, 50, 3)])
def test_scikit_learn_finds_the_same_head(strength: float, n: int, dim: int, classes: int) -> None:
    features, targets = problem(n, dim, classes)
    head = solve_head(features, targets, classes, strengths=[strength])
    inputs, _, _ = standardised(features)
    # scikit-learn minimises sum of losses + ||W||^2 / (2 C).
    theirs = LogisticRegression(C=1 / (strength * n), tol=1e-9, max_iter=20_000)
    if classes == 2:
        # It has one row for two classes, w = w1 - w0; symmetric minima have w1 = -w0, so its penalty counts double.
        theirs.set_params(C=2 / (strength * n))
    expected = theirs.fit(inputs, targets).predict_proba(inputs)
    np.testing.assert_allclose(softmax(head(features), axis=1), expected, atol=2e-3)


@pytest.mark.parametrize("strength", [1.0, 0.01, 1e-4])
def test_fewer_examples_than_dimensions_changes_nothing(strength: float) -> None:
    """In the span of the examples: the same as padding with examples that weigh nothing, which forces the full way."""
    features, targets = problem(20, 50)
    head = solve_head(features, targets, 3, strengths=[strength])
    inputs, mean, scale = standardised(features)
    theirs = LogisticRegression(C=1 / (strength * 20), tol=1e-10, max_iter=50_000).fit(inputs, targets)
    weight = theirs.coef_ / scale
    np.testing.assert_allclose(head.weight, weight, atol=2e-3 * np.abs(weight).max())
    inside = np.linalg.svd(features - mean, full_matrices=False)[2][:19]
    outside = head.weight - head.weight @ inside.T @ inside
    assert np.abs(outside).max() < 1e-5 * np.abs(head.weight).max(), "no part outside the span"


def plainly(features: np.ndarray, targets: np.ndarray, classes: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """The same problem with nothing clever about it: raw axes, double precision, a tight tolerance."""
    inputs, mean, scale = standardised(features)
    count, dim = inputs.shape
    hot = np.eye(classes)[targets]

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = flat[: classes * dim].reshape(classes, dim), flat[classes * dim :]
        log_probabilities = log_softmax(inputs @ weight.T + bias, axis=1)
        residual = (np.exp(log_probabilities) - hot) / count
        loss = -(log_probabilities * hot).sum() / count + strength / 2 * (weight**2).sum()
        return loss, np.concatenate([(residual.T @ inputs + strength * weight).ravel(), residual.sum(0)])

    options = {"maxiter": 20_000, "maxfun": 40_000, "gtol": 1e-9, "ftol": 1e-16}
    start = np.zeros(classes * (dim + 1))
    found = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options=options).x
    weight = found[: classes * dim].reshape(classes, dim) / scale
    return weight, found[classes * dim :] - weight @ mean


@pytest.mark.parametrize("strength", [10.0, 0.1, 1e-3])
@pytest.mark.parametrize(("n", "dim"), [(80, 12), (30, 50)])
def test_turned_and_scaled_axes_change_nothing(strength: float, n: int, dim: int) -> None:
    features, targets = problem(n, dim, 4)
    weight, bias = plainly(features, targets, 4, strength)
    head = solve_head(features, targets, 4, strengths=[strength])
    np.testing.assert_allclose(head.weight, weight, atol=1e-3 * np.abs(weight).max())
    np.testing.assert_allclose(head(features), features @ weight.T + bias, atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "dim"), [(80, 12), (30, 50)])
def test_much_data_in_pieces_and_single_precision_gives_the_same(
    monkeypatch: pytest.MonkeyPatch, n: int, dim: int
) -> None:
    features, targets = problem(n, dim, 4)
    whole = solve_head(features, targets, 4, valid=(features, targets))
    monkeypatch.setattr(probes, "CHUNK", 28)
    pieces = solve_head(features, targets, 4, valid=(features, targets))
    np.testing.assert_allclose(pieces(features), whole(features), atol=2e-3)
    monkeypatch.setattr(probes, "DOUBLE_BYTES", 0)
    single = solve_head(features, targets, 4, valid=(features, targets))
    assert single.strength == whole.strength
    np.testing.assert_allclose(single(features), whole(features), atol=0.02 * np.abs(whole(features)).max())


def test_small_problems_run_on_one_thread_and_the_vectors_of_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, int] = {}
    minimise = probes.minimize

    def watched(*given: Any, **named: Any) -> Any:
        threads.update({one["filepath"]: one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
        return minimise(*given, **named)

    monkeypatch.setattr(probes, "minimize", watched)
    with threadpool_limits(2, user_api="blas"):
        solve_head(*problem(), 3)
        assert set(threads.values()) == {1}
        monkeypatch.setattr(probes, "ONE_THREAD", 0)
        solve_head(*problem(), 3)
        assert all(count == (1 if "scipy.libs" in path else 2) for path, count in threads.items())
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {2}, "put back"


def test_class_weights_are_those_of_counting_examples_again() -> None:
    features, targets = problem(40)
    kept = (targets != 2) | (np.arange(40) < 12)  # class 2 is rare
    features, targets = features[kept], targets[kept]
    weights = np.array([1.0, 2.0, 3.0])
    head = solve_head(features, targets, 3, class_weights=weights, strengths=[0.1])
    assert np.abs(slope(head, features, targets, weights)).max() < 2e-4
    plain = solve_head(features, targets, 3, strengths=[0.1])
    rare = targets == 2
    assert softmax(head(features), 1)[rare, 2].mean() > softmax(plain(features), 1)[rare, 2].mean()


def test_rows_without_a_label_are_left_out() -> None:
    features, targets = problem(60)
    hidden = np.where(np.arange(60) % 4 == 0, -1, targets)
    noise = features.copy()
    noise[hidden == -1] = 1e6  # whatever they hold
    found = solve_head(noise, hidden, 3, valid=(noise, hidden))
    expected = solve_head(features[hidden >= 0], targets[hidden >= 0], 3, valid=(features, hidden))
    assert np.array_equal(found.weight, expected.weight) and found.valid_loss == expected.valid_loss


def test_the_strength_is_chosen_on_valid() -> None:
    features, targets = problem(330, 60)
    features, targets, fresh = features[:30], targets[:30], (features[30:], targets[30:])
    head = solve_head(features, targets, 3, valid=fresh)
    assert set(head.valid_loss) == set(STRENGTHS)
    assert head.strength == min(head.valid_loss, key=head.valid_loss.__getitem__)
    for strength, loss in head.valid_loss.items():
        alone = solve_head(features, targets, 3, strengths=[strength])
        log = np.log(softmax(alone(fresh[0]), axis=1)[np.arange(300), fresh[1]])
        assert -log.mean() == pytest.approx(loss, rel=0.02), "a path of strengths ends where each alone does"


@pytest.mark.parametrize("valid", [None, (np.zeros((2, 8), np.float32), np.array([-1, -1]))])
def test_nothing_to_choose_by_takes_the_middle(valid: tuple[np.ndarray, np.ndarray] | None) -> None:
    assert solve_head(*problem(), 3, valid=valid).strength == 0.01


def test_units_and_origin_of_the_features_do_not_matter() -> None:
    features, targets = problem()
    one = solve_head(features, targets, 3)
    other = solve_head(features * 1000 + 77, targets, 3)
    np.testing.assert_allclose(one(features), other(features * 1000 + 77), atol=2e-2)


def test_degenerate_features_are_no_accident() -> None:
    targets = np.array([0, 1, 0, 1, 1])
    head = solve_head(np.full((5, 4), 3.0, np.float32), targets, 2, strengths=[0.01])
    np.testing.assert_allclose(softmax(head(np.full((1, 4), 3.0)), axis=1), [[0.4, 0.6]], atol=1e-3)
    one_class = solve_head(problem()[0], np.zeros(60, int), 1)
    assert one_class.weight.shape == (1, 8) and np.isfinite(one_class.weight).all()


def test_a_class_that_does_not_occur_is_never_likely() -> None:
    features, targets = problem()
    head = solve_head(features, targets, 5)
    assert softmax(head(features), axis=1)[:, 3:].max() < 0.05


def test_the_end_of_the_grid_is_said() -> None:
    head = LinearHead(np.zeros((2, 2)), np.zeros(2), 1.0, {1.0: 0.1, 0.1: 0.2, 0.01: 0.3})
    found = boundary_of_grid(head)
    assert found is not None and found.code == "probe-grid-edge" and "say little" in found.remedy
    weakest = boundary_of_grid(LinearHead(np.zeros((2, 2)), np.zeros(2), 0.01, {1.0: 0.3, 0.1: 0.2, 0.01: 0.1}))
    assert weakest is not None and "nothing needs to be done" in weakest.remedy
    middle = LinearHead(np.zeros((2, 2)), np.zeros(2), 0.1, {1.0: 0.2, 0.1: 0.1, 0.01: 0.3})
    assert boundary_of_grid(middle) is None
    assert boundary_of_grid(LinearHead(np.zeros((2, 2)), np.zeros(2), 0.1, {0.1: 0.1})) is None


def test_strengths_past_the_best_are_not_solved() -> None:
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(60, 40)).astype(np.float32), rng.integers(0, 2, 60)  # nothing to learn
    valid = rng.normal(size=(60, 40)).astype(np.float32), rng.integers(0, 2, 60)
    head = solve_head(features, targets, 2, valid=valid)
    assert head.strength == 10.0 and len(head.valid_loss) < len(STRENGTHS)
    assert list(head.valid_loss.values())[-1] > WORSE * min(head.valid_loss.values())


@pytest.mark.parametrize(("n", "dim", "held"), [(330, 60, 30), (300, 10, 60)])
def test_large_problems_end_at_the_same_head(monkeypatch: pytest.MonkeyPatch, n: int, dim: int, held: int) -> None:
    features, targets = problem(n, dim)
    train, valid = (features[held:], targets[held:]), (features[:held], targets[:held])
    whole = solve_head(*train, 3, valid=valid)
    monkeypatch.setattr(probes, "LARGE", 0)
    large = solve_head(*train, 3, valid=valid)
    assert large.strength == whole.strength
    assert np.abs(slope(large, *train)).max() < 2e-4
    np.testing.assert_allclose(large(features), whole(features), atol=5e-3)
    assert large.valid_loss[large.strength] == pytest.approx(whole.valid_loss[whole.strength], rel=1e-5)


def test_large_problems_choose_the_same_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of the best one rises on the way from the start, to 1.03 of the lowest before, and ends at 0.8 of it."""
    rng = np.random.default_rng(76)
    targets = rng.integers(0, 4, 150)
    centres = rng.normal(0, 1, (4, 20))
    features = centres[targets] + rng.normal(0, 1, (150, 20))
    features = (features * np.exp(rng.normal(0, 1, 20))).astype(np.float32)
    train, valid = (features[:120], targets[:120]), (features[120:], targets[120:])
    whole = solve_head(*train, 4, valid=valid)
    monkeypatch.setattr(probes, "LARGE", 0)
    large = solve_head(*train, 4, valid=valid)
    assert large.strength == whole.strength == 1e-4
    assert large.valid_loss == pytest.approx(whole.valid_loss, rel=1e-3)


def sets_of(features: np.ndarray, classes: int = 4) -> np.ndarray:
    """Rows of 0 and 1 (N, K), of very different frequencies, that depend on the features and on chance."""
    rng = np.random.default_rng(7)
    inputs = standardised(features)[0]
    scores = inputs @ rng.normal(0, 1, (features.shape[1], classes)) + rng.logistic(0, 1, (len(features), classes))
    return (scores > np.linspace(-2, 2, classes)).astype(np.int8)


@pytest.mark.parametrize("strength", [1.0, 0.01, 1e-4])
@pytest.mark.parametrize(("n", "dim"), [(90, 8), (20, 50)])
def test_sets_are_one_regression_for_each_class(strength: float, n: int, dim: int) -> None:
    features, _ = problem(n, dim)
    targets = sets_of(features)
    head = solve_head(features, targets, 4, strengths=[strength])
    inputs, mean, scale = standardised(features)
    for k in range(4):
        theirs = LogisticRegression(C=1 / (strength * n), tol=1e-9, max_iter=20_000).fit(inputs, targets[:, k])
        weight = theirs.coef_[0] / scale
        np.testing.assert_allclose(head.weight[k], weight, atol=2e-3 * np.abs(weight).max())
        found, wanted = head(features)[:, k], theirs.decision_function(inputs)
        np.testing.assert_allclose(found, wanted, atol=5e-3 * max(1.0, np.abs(wanted).max()))
        assert (mean != 0).all()


def test_sets_leave_unlabelled_rows_out_and_weigh_yes_and_no() -> None:
    features, _ = problem()
    targets = sets_of(features)
    hidden = targets.copy()
    hidden[::3] = -1
    weights = np.array([0.8, 3.0, 1.0, 5.0])
    one = solve_head(features, hidden, 4, class_weights=weights, strengths=[0.1])
    same = solve_head(
        features[hidden[:, 0] >= 0], targets[hidden[:, 0] >= 0], 4, class_weights=weights, strengths=[0.1]
    )
    assert np.array_equal(one.weight, same.weight) and np.array_equal(one.bias, same.bias)
    kept = targets[hidden[:, 0] >= 0]
    inputs, _, scale = standardised(features[hidden[:, 0] >= 0])
    for k in range(4):
        each = np.where(kept[:, k] == 1, weights[k], weights[k] / (2 * weights[k] - 1))
        theirs = LogisticRegression(C=1 / (0.1 * len(kept)), tol=1e-9, max_iter=20_000)
        theirs.fit(inputs, kept[:, k], sample_weight=each)
        weight = theirs.coef_[0] / scale
        np.testing.assert_allclose(one.weight[k], weight, atol=2e-3 * np.abs(weight).max())


def test_sets_choose_the_strength_by_log_loss_on_valid() -> None:
    features, _ = problem(200, 30)
    targets = sets_of(features)
    valid = features[120:], targets[120:].copy()
    valid[1][:5] = -1
    head = solve_head(features[:120], targets[:120], 4, valid=valid)
    assert head.strength == min(head.valid_loss, key=head.valid_loss.__getitem__)
    logits, truth = head(valid[0][5:]).astype(float), valid[1][5:]
    loss = np.logaddexp(0, np.where(truth == 1, -logits, logits)).mean()
    assert head.valid_loss[head.strength] == pytest.approx(loss, rel=1e-5)
    assert len(head.valid_loss) > 2
    nothing = solve_head(features[:120], targets[:120], 4, valid=(valid[0], np.full_like(valid[1], -1)))
    assert len(nothing.valid_loss) == 1


def test_a_class_that_none_or_all_have_stays_finite() -> None:
    features, _ = problem()
    targets = sets_of(features)
    targets[:, 0], targets[:, 1] = 0, 1
    head = solve_head(features, targets, 4, strengths=[0.1])
    logits = head(features)
    assert np.isfinite(logits).all()
    assert (logits[:, 0] < -5).all() and (logits[:, 1] > 5).all()


def test_heads_of_all_folds_at_once_are_those_solved_one_by_one() -> None:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 4, 90)
    features = (np.eye(4)[targets] @ rng.normal(0, 1, (4, 30)) + rng.normal(0, 1.5, (90, 30))).astype(np.float32)
    folds = rng.permutation(np.arange(90) % 3)
    found = out_of_fold(features, targets, 4, folds, strength=0.01)
    for fold in range(3):
        head = solve_head(features[folds != fold], targets[folds != fold], 4, strengths=(0.01,))
        expected = head(features[folds == fold])
        np.testing.assert_allclose(
            found[folds == fold] - found[folds == fold].mean(1, keepdims=True),
            expected - expected.mean(1, keepdims=True),
            atol=0.05,
        )
