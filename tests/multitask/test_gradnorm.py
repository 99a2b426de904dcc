from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ghep.multitask.fixed import Fixed
from ghep.multitask.gradnorm import GradNorm
from ghep.multitask.weighting import Weighting


def everyone(tasks: int) -> torch.Tensor:
    return torch.ones(tasks, dtype=torch.bool)


def settled(norms: torch.Tensor, losses: torch.Tensor, weighting: GradNorm, steps: int = 1500) -> np.ndarray:
    """Weighted norms, over their mean, when the gradients (T,) of the unweighted losses stay what they are."""
    weighting.observe(torch.ones(len(norms)), everyone(len(norms)), None)  # where the losses began
    for _ in range(steps):
        weighting.observe(losses, everyone(len(norms)), weighting.weights() * norms)
    weighted = weighting.weights() * norms
    return (weighted / weighted.mean()).numpy()


@pytest.mark.parametrize("norms", [(1.0, 9.0), (100.0, 1.0, 0.01), (1.0, 1.0, 1.0, 4.0)])
def test_tasks_that_are_equally_far_get_weights_of_one_over_the_norm(norms: tuple[float, ...]) -> None:
    weighting = GradNorm(len(norms))
    lengths = settled(torch.tensor(norms), torch.full((len(norms),), 0.3), weighting)
    np.testing.assert_allclose(lengths, 1, rtol=0.06)  # it swings by its rate
    expected = 1 / np.array(norms)
    np.testing.assert_allclose(weighting.weights(), len(norms) * expected / expected.sum(), rtol=0.12)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.5])
def test_who_is_behind_gets_a_longer_gradient_by_the_power_alpha(alpha: float) -> None:
    """Losses at 0.9 and 0.6 of their start: r is 1.2 and 0.8. The longer one is held to its target."""
    lengths = settled(torch.tensor([1.0, 1.0]), torch.tensor([0.9, 0.6]), GradNorm(2, alpha=alpha))
    assert lengths[0] == pytest.approx(1.2**alpha, rel=0.06)


def test_nothing_depends_on_the_scale_of_gradients() -> None:
    small, large = GradNorm(2), GradNorm(2)
    for step in range(40):
        norms = torch.tensor([1.0, 5.0 + step % 3])
        small.observe(torch.tensor([1.0, 1.0]), everyone(2), 2.0**-30 * norms)
        large.observe(torch.tensor([1.0, 1.0]), everyone(2), 2.0**40 * norms)
    assert torch.equal(small.weights(), large.weights())


def test_weights_add_up_to_the_number_of_tasks_and_no_weight_falls_to_0() -> None:
    weighting, rng = GradNorm(3), torch.Generator().manual_seed(0)
    for _ in range(3000):
        norms = torch.tensor([1e6, 1.0, 1e-6]) * torch.rand(3, generator=rng) * weighting.weights()
        weighting.observe(torch.rand(3, generator=rng), everyone(3), norms)
        assert float(weighting.weights().sum()) == pytest.approx(3, abs=1e-5)
    assert (weighting.weights() > 0).all()


def test_what_the_present_tasks_have_together_stays_what_it_was() -> None:
    weighting = GradNorm(3)
    weighting.observe(torch.ones(3), everyone(3), torch.tensor([1.0, 2.0, 3.0]))
    before = weighting.weights()
    weighting.observe(torch.ones(3), torch.tensor([True, False, True]), torch.tensor([1.0, 9.0, 5.0]))
    after = weighting.weights()
    assert after[1] == before[1] and after[0] > before[0] > before[2] > after[2]
    assert float(after.sum()) == pytest.approx(3)


def test_nothing_moves_where_there_is_nothing_to_compare() -> None:
    weighting = GradNorm(2)
    weighting.observe(torch.ones(2), everyone(2), torch.tensor([1.0, 3.0]))
    before = weighting.weights()
    assert not torch.equal(before, torch.ones(2))
    weighting.observe(torch.ones(2), everyone(2), None)
    weighting.observe(torch.ones(2), everyone(2), torch.zeros(2))
    weighting.observe(torch.ones(2), torch.tensor([False, True]), torch.tensor([0.0, 3.0]))
    weighting.observe(torch.ones(2), torch.tensor([False, False]), torch.tensor([0.0, 3.0]))
    assert torch.equal(weighting.weights(), before)


def test_a_loss_that_began_at_0_counts_as_one_that_has_not_fallen() -> None:
    weighting = GradNorm(2)
    weighting.observe(torch.tensor([0.0, 1.0]), everyone(2), None)
    for losses in ([1.0, 1.0], [0.0, 1.0]):
        weighting.observe(torch.tensor(losses), everyone(2), torch.ones(2))
        assert weighting.weights().tolist() == [1.0, 1.0]


def test_losses_that_all_fell_to_0_are_equally_far() -> None:
    weighting = GradNorm(2)
    weighting.observe(torch.ones(2), everyone(2), None)
    weighting.observe(torch.zeros(2), everyone(2), torch.tensor([1.0, 3.0]))
    assert weighting.weights()[0] > 1 > weighting.weights()[1] > 0


def regressions(sigmas: tuple[float, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """The paper's toy problem, smaller: y_t = sigma_t tanh((B + eps_t) x), B of scale 10, eps_t of scale 3.5.

    x (128, 20), y (T, 128, 10). Inputs are scaled so that tanh is neither linear nor a step.
    """
    rng = torch.Generator().manual_seed(0)
    shared, x = 10 * torch.randn(10, 20, generator=rng), torch.randn(128, 20, generator=rng)
    own = [3.5 * torch.randn(10, 20, generator=rng) for _ in sigmas]
    return x, torch.stack([s * torch.tanh(x @ (shared + eps).T / 20) for s, eps in zip(sigmas, own, strict=True)])


def left_over(sigmas: tuple[float, ...], weighting: Weighting, steps: int = 300) -> torch.Tensor:
    """Train a trunk of ReLU layers with a linear head for each task; what is left of each loss (T,), as a share."""
    x, y = regressions(sigmas)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        trunk = nn.Sequential(nn.Linear(20, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
        heads = nn.ModuleList(nn.Linear(48, 10) for _ in sigmas)
    shared = list(trunk.parameters())
    optimizer = torch.optim.Adam([*shared, *heads.parameters()], lr=2e-3)
    first = torch.zeros(0)
    for _ in range(steps):
        features = trunk(x)
        losses = torch.stack([((head(features) - target) ** 2).mean() for head, target in zip(heads, y, strict=True)])
        first = first if len(first) else losses.detach()
        optimizer.zero_grad()
        norms = []
        for weighted, head in zip(weighting.weights() * losses, heads, strict=True):
            slopes = torch.autograd.grad(weighted, [*shared, *head.parameters()], retain_graph=True)
            norms.append(torch.cat([slope.flatten() for slope in slopes[: len(shared)]]).norm())
            for parameter, slope in zip([*shared, *head.parameters()], slopes, strict=True):
                parameter.grad = slope if parameter.grad is None else parameter.grad + slope
        optimizer.step()
        weighting.observe(losses, everyone(len(sigmas)), torch.stack(norms))
    return losses.detach() / first


@pytest.mark.parametrize("sigmas", [(1.0, 10.0), pytest.param((1.0, 3.0, 10.0), marks=pytest.mark.slow)])
@pytest.mark.slow
def test_tasks_of_unlike_scale_are_learnt_at_one_rate(sigmas: tuple[float, ...]) -> None:
    """The paper's result: with equal weights the largest sigma is all that is learnt; GradNorm evens it out."""
    alike = left_over(sigmas, Fixed((), tuple(map(str, sigmas))))
    weighting = GradNorm(len(sigmas))
    balanced = left_over(sigmas, weighting)
    assert alike[0] / alike[-1] > 2.5
    assert balanced.max() / balanced.min() < 1.5
    assert balanced[0] < 0.75 * alike[0]
    weights = weighting.weights()
    assert (weights.diff() < 0).all() and float(weights.sum()) == pytest.approx(len(sigmas))
    # One over sigma, for the gradients, and once more where the heads have grown to the size of what they predict.
    assert 10 < float(weights[0] / weights[-1]) < 100
