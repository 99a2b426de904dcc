from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax
from scipy.special import softmax as scipy_softmax

from ghep.metrics.calibration import HIGHEST, LOWEST, MIN_EXAMPLES, fit_temperature, sigmoid, softmax


def calibrated(n: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits (n, K) and targets (n,) drawn from them."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, classes))
    return logits, (softmax(logits).cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)


def test_softmax() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(softmax(logits, 2.5), scipy_softmax(logits.astype(float) / 2.5, axis=1))
    assert softmax(logits).dtype == np.float64
    np.testing.assert_array_equal(softmax(np.array([[1e4, -1e4], [-1e300, -1e300]])), [[1, 0], [0.5, 0.5]])
    assert softmax(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_a_factor(factor: float) -> None:
    logits, targets = calibrated(20_000, 4)
    assert fit_temperature(factor * logits, targets).temperature == pytest.approx(factor, rel=0.04)


def test_no_temperature_on_a_grid_is_likelier() -> None:
    logits, targets = calibrated(60, 3)
    rivals = np.where(np.arange(3) == targets[:, None], -np.inf, logits).argmax(axis=1)

    def loss(temperature: float) -> float:
        likelihoods = log_softmax(2 * logits / temperature, axis=1)
        return float(-(61 / 62 * likelihoods[np.arange(60), targets] + likelihoods[np.arange(60), rivals] / 62).mean())

    found = fit_temperature(2 * logits, targets).temperature
    assert loss(found) <= min(loss(t) for t in np.geomspace(0.05, 20, 2000)) + 1e-9


@pytest.mark.parametrize("margin", [0.01, 1.0, 300.0])
@pytest.mark.parametrize("classes", [2, 7])
def test_all_right_answers_say_what_their_number_justifies(margin: float, classes: int) -> None:
    """90 of 90 right is 91/92 by the rule of succession, however small or large the logits are."""
    targets = np.arange(90) % classes
    logits = margin * np.eye(classes)[targets]
    found = fit_temperature(logits, targets)
    assert softmax(logits, found.temperature).max(axis=1) == pytest.approx(91 / 92, abs=1e-4)
    assert not found.at_bound


def test_a_single_error_among_small_margins_is_no_bound() -> None:
    """One of 90 wrong, all by the same margin: confidence is the accuracy, smoothed."""
    targets = np.arange(90) % 2
    logits = 0.02 * np.eye(2)[targets]
    logits[0] = logits[0, ::-1]
    found = fit_temperature(logits, targets)
    assert softmax(logits, found.temperature).max(axis=1).mean() == pytest.approx(89 / 90, abs=0.011)
    assert not found.at_bound


def test_little_evidence_changes_nothing() -> None:
    logits, targets = calibrated(200, 3)
    few = fit_temperature(5 * logits[: MIN_EXAMPLES - 1], targets[: MIN_EXAMPLES - 1])
    assert few == (1.0, MIN_EXAMPLES - 1, False)
    assert not few.fitted
    assert fit_temperature(5 * logits[:MIN_EXAMPLES], targets[:MIN_EXAMPLES]).temperature != 1.0
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=int)).temperature == 1.0


@pytest.mark.parametrize("wrong", ["always", "no margin"])
def test_confidence_that_says_nothing_is_at_the_bound(wrong: str) -> None:
    logits, _ = calibrated(200, 2)
    logits = logits if wrong == "always" else np.zeros_like(logits)
    found = fit_temperature(logits, logits.argmin(axis=1))
    assert found.at_bound
    assert softmax(logits, found.temperature).max(axis=1).mean() < 0.52


@pytest.mark.parametrize("size", [1e-38, 1e6, 1e38])
def test_logits_of_any_size_give_a_temperature_that_a_bundle_may_hold(size: float) -> None:
    """A network that had diverged had a temperature of 2.6e6, and its run could not be saved."""
    logits = size * np.random.default_rng(0).normal(size=(60, 10))
    assert LOWEST <= fit_temperature(logits, np.arange(60) % 10).temperature <= HIGHEST


def test_rows_without_a_label_are_left_out_and_the_scale_of_logits_is_free() -> None:
    logits, targets = calibrated(300, 3)
    masked = np.where(np.arange(300) < 100, -1, targets)
    assert fit_temperature(3 * logits, masked) == fit_temperature(3 * logits[100:], targets[100:])
    usual = fit_temperature(logits, targets).temperature
    for factor in (1e-6, 1e6):
        assert fit_temperature(factor * logits, targets).temperature == pytest.approx(factor * usual, rel=1e-3)


def calibrated_sets(n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and rows of 0 and 1 drawn with exactly the chances that their sigmoids say."""
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, (n, classes))
    return logits, (rng.random((n, classes)) < sigmoid(logits)).astype(np.int8)


def test_sigmoid_is_that_of_scipy_and_never_overflows() -> None:
    logits = np.random.default_rng(0).normal(0, 5, (4, 3)).astype(np.float32)
    np.testing.assert_allclose(sigmoid(logits, 2.5), expit(logits.astype(float) / 2.5))
    assert sigmoid(logits).dtype == np.float64
    np.testing.assert_array_equal(sigmoid(np.array([1e300, -1e300, 0.0, np.inf, -np.inf])), [1, 0, 0.5, 1, 0])


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_of_sets_undoes_a_factor(factor: float) -> None:
    logits, targets = calibrated_sets(8_000, 4)
    assert fit_temperature(factor * logits, targets).temperature == pytest.approx(factor, rel=0.04)


def test_no_temperature_of_sets_on_a_grid_is_likelier() -> None:
    logits, targets = calibrated_sets(40, 3)

    def loss(temperature: float) -> float:
        margins = np.where(targets == 1, 1, -1) * 2 * logits / temperature
        return float((41 / 42 * np.logaddexp(0, -margins) + np.logaddexp(0, margins) / 42).mean())

    found = fit_temperature(2 * logits, targets).temperature
    assert loss(found) <= min(loss(t) for t in np.geomspace(0.05, 20, 2000)) + 1e-9


def test_sets_of_little_or_perfect_evidence_and_rows_without_a_label() -> None:
    logits, targets = calibrated_sets(200, 3)
    assert fit_temperature(5 * logits[: MIN_EXAMPLES - 1], targets[: MIN_EXAMPLES - 1]).temperature == 1.0
    same = np.where(targets == 1, 0.01, -0.01)
    right = sigmoid(same, fit_temperature(same, targets).temperature)
    assert np.where(targets == 1, right, 1 - right) == pytest.approx(201 / 202, abs=1e-4)
    masked = np.where(np.arange(200)[:, None] < 50, -1, targets)
    assert fit_temperature(3 * logits, masked) == fit_temperature(3 * logits[50:], targets[50:])
    usual = fit_temperature(logits, targets).temperature
    assert fit_temperature(1e6 * logits, targets).temperature == pytest.approx(1e6 * usual, rel=1e-3)
