from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from ghep.multitask.uncertainty import RATE, SMALLEST_LOSS, Uncertainty

BOTH = torch.tensor([True, True])


def test_for_given_losses_weights_become_one_over_the_loss() -> None:
    """exp(-s) L + s is smallest at s = log L."""
    losses = torch.tensor([0.02, 0.5, 1.0, 7.0, 3e5])
    weighting = Uncertainty(5)
    for _ in range(600):
        weighting.observe(losses, torch.ones(5, dtype=torch.bool), None)
    np.testing.assert_allclose(weighting.weights(), 1 / losses, rtol=1e-5)


@pytest.mark.parametrize("loss", [0.02, 0.9, 3.0, 1e4, 1e12])
def test_a_step_is_the_implicit_gradient_step(loss: float) -> None:
    weighting = Uncertainty(1)
    weighting.observe(torch.tensor([loss], dtype=torch.float64), torch.tensor([True]), None)
    arrived = brentq(lambda s: s + RATE * (1 - np.exp(-s) * loss), -1.0, 50.0, xtol=1e-14)
    assert float(weighting.state()["log_variance"]) == pytest.approx(arrived, abs=1e-9)


def test_near_its_end_it_closes_the_same_share_of_any_gap() -> None:
    for loss in (0.05, 40.0):
        weighting = Uncertainty(1)
        weighting.load({"log_variance": torch.tensor([np.log(loss) + 0.01])})
        weighting.observe(torch.tensor([loss]), torch.tensor([True]), None)
        gap = float(weighting.state()["log_variance"]) - np.log(loss)
        assert gap / 0.01 == pytest.approx(1 - RATE, abs=0.01)


def test_a_loss_of_0_does_not_take_all_the_weight() -> None:
    weighting = Uncertainty(2)
    for _ in range(2000):
        weighting.observe(torch.tensor([0.0, 1.0]), BOTH, None)
    assert weighting.weights().tolist() == pytest.approx([1 / SMALLEST_LOSS, 1.0])


def regression(seed: int, sigmas: tuple[float, float], rows: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Two instruments of unlike noise measure the same linear function of x (rows, 5); y is (2, rows)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 5))
    truth = np.arange(1.0, 6.0)
    y = np.stack([x @ truth + sigma * rng.normal(size=rows) for sigma in sigmas])
    return torch.tensor(x), torch.tensor(y)


def trained(x: torch.Tensor, y: torch.Tensor, weighting: Uncertainty | None) -> torch.Tensor:
    """One linear trunk for both, by plain descent; equal weights without ``weighting``."""
    trunk = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    for _ in range(800):
        losses = ((x @ trunk - y) ** 2).mean(dim=1)
        weights = weighting.weights() if weighting else torch.ones(2)
        (slope,) = torch.autograd.grad((weights / weights.sum() * losses).sum(), trunk)
        trunk = (trunk - 0.2 * slope).detach().requires_grad_()
        if weighting:
            weighting.observe(losses, BOTH, None)
    return trunk.detach()


def most_likely(x: torch.Tensor, y: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood with a variance for each task, by turns in closed form: trunk (5,), variances (2,)."""
    variances = np.ones(2)
    for _ in range(200):
        blended = np.average(y.numpy(), axis=0, weights=1 / variances)
        trunk = np.linalg.lstsq(x.numpy(), blended, rcond=None)[0]
        variances = ((x.numpy() @ trunk - y.numpy()) ** 2).mean(axis=1)
    return trunk, variances


def test_the_noisy_task_counts_less_by_the_ratio_of_the_variances() -> None:
    """The paper's result: the noise of each task is found, and training ends at the greatest likelihood."""
    x, y = regression(0, (0.5, 4.0))
    weighting = Uncertainty(2)
    trunk = trained(x, y, weighting)
    expected, variances = most_likely(x, y)
    np.testing.assert_allclose(trunk, expected, atol=1e-5)
    np.testing.assert_allclose(weighting.weights(), 1 / variances, rtol=1e-4)
    weights = weighting.weights()
    assert float(weights[0] / weights[1]) == pytest.approx((4.0 / 0.5) ** 2, rel=0.2)  # 64


@pytest.mark.slow
def test_it_finds_the_trunk_better_than_equal_weights_do() -> None:
    truth = torch.arange(1.0, 6.0, dtype=torch.float64)
    errors = []
    for seed in range(8):
        x, y = regression(seed, (0.5, 4.0))
        errors.append([float((trained(x, y, way) - truth).norm()) for way in (Uncertainty(2), None)])
    ours, equal = np.mean(errors, axis=0)
    assert ours < equal / 2  # expected: 0.5 against sqrt(0.5^2 + 4^2) / 2 = 2.0
