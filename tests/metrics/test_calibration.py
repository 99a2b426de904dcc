from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax
from scipy.special import softmax as scipy_softmax

from ghep.metrics.calibration import BOUNDS, MIN_EXAMPLES, fit_temperature, sigmoid, softmax


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
    assert fit_temperature(factor * logits, targets) == pytest.approx(factor, rel=0.04)


def test_no_temperature_on_a_grid_is_likelier() -> None:
    logits, targets = calibrated(60, 3)

    def loss(temperature: float) -> float:
        return float(-log_softmax(2 * logits / temperature, axis=1)[np.arange(60), targets].mean())

    found = fit_temperature(2 * logits, targets)
    assert loss(found) <= min(loss(t) for t in np.geomspace(*BOUNDS, 2000)) + 1e-9


def test_little_or_perfect_evidence_changes_nothing() -> None:
    logits, targets = calibrated(200, 3)
    assert fit_temperature(5 * logits[: MIN_EXAMPLES - 1], targets[: MIN_EXAMPLES - 1]) == 1.0
    assert fit_temperature(5 * logits[:MIN_EXAMPLES], targets[:MIN_EXAMPLES]) != 1.0
    assert fit_temperature(logits, logits.argmax(axis=1)) == 1.0
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=int)) == 1.0


def test_always_wrong_stops_at_the_bound() -> None:
    logits, _ = calibrated(200, 3)
    assert fit_temperature(logits, logits.argmin(axis=1)) == pytest.approx(BOUNDS[1], rel=1e-3)


def test_rows_without_a_label_are_left_out_and_huge_logits_do_not_overflow() -> None:
    logits, targets = calibrated(300, 3)
    masked = np.where(np.arange(300) < 100, -1, targets)
    assert fit_temperature(3 * logits, masked) == fit_temperature(3 * logits[100:], targets[100:])
    assert BOUNDS[0] <= fit_temperature(1e6 * logits, targets) <= BOUNDS[1]


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
    assert fit_temperature(factor * logits, targets) == pytest.approx(factor, rel=0.04)


def test_no_temperature_of_sets_on_a_grid_is_likelier() -> None:
    logits, targets = calibrated_sets(40, 3)

    def loss(temperature: float) -> float:
        return float(np.logaddexp(0, np.where(targets == 1, -1, 1) * 2 * logits / temperature).mean())

    found = fit_temperature(2 * logits, targets)
    assert loss(found) <= min(loss(t) for t in np.geomspace(*BOUNDS, 2000)) + 1e-9


def test_sets_of_little_or_perfect_evidence_and_rows_without_a_label() -> None:
    logits, targets = calibrated_sets(200, 3)
    assert fit_temperature(5 * logits[: MIN_EXAMPLES - 1], targets[: MIN_EXAMPLES - 1]) == 1.0
    assert fit_temperature(logits, (logits > 0).astype(np.int8)) == 1.0
    masked = np.where(np.arange(200)[:, None] < 50, -1, targets)
    assert fit_temperature(3 * logits, masked) == fit_temperature(3 * logits[50:], targets[50:])
    assert BOUNDS[0] <= fit_temperature(1e6 * logits, targets) <= BOUNDS[1]
