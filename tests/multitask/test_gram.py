from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
import torch

from ghep.multitask.gram import GradientLog, gram_of

ALL = torch.tensor([True, True, True])
ONES = torch.ones(3)


def test_gram_is_all_products() -> None:
    gradients = torch.randn(3, 40, generator=torch.Generator().manual_seed(0))
    expected = gradients.double() @ gradients.double().T
    torch.testing.assert_close(gram_of(gradients), expected, rtol=1e-5, atol=1e-5)
    assert gram_of(gradients).dtype == torch.float64


def test_one_step_in_closed_form() -> None:
    """Gradients (2, 0), (0, 3), (-1, 1) of losses 4, 1, 0.5."""
    log = GradientLog(("a", "b", "c"))
    gradients = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-1.0, 1.0]])
    log.add(gram_of(gradients), torch.tensor([4.0, 1.0, 0.5]), ONES, ALL)
    means = log.means()
    assert (means.tasks, means.steps) == (("a", "b", "c"), 1)
    assert means.norms == pytest.approx((2, 3, 2**0.5))
    half = 0.5**0.5
    np.testing.assert_allclose(means.cosines, [[1, 0, -half], [0, 1, half], [-half, half, 1]], atol=1e-12)
    assert means.conflicting == ((0, 0, 1), (0, 0, 0), (1, 0, 0))
    # Row a: a step along a takes 4 of 4 off a, nothing of 1 off b, and adds 2 to 0.5 of c: 1, 0, -4 over 1.
    # Row c: it takes 2 of 0.5 off c, 3 of 1 off b, and adds 2 to 4 of a: -0.5, 3, 4 over 4.
    np.testing.assert_allclose(means.affinity, [[1, 0, -4], [0, 1, 6 / 9], [-0.125, 0.75, 1]], atol=1e-12)


def test_affinity_is_what_a_small_step_does_to_the_losses() -> None:
    """Against real losses: how much j falls, as a share, over how much i falls, along the gradient of i alone."""
    rng = torch.Generator().manual_seed(1)
    targets = torch.randn(3, 6, generator=rng, dtype=torch.float64)
    place = torch.zeros(6, dtype=torch.float64, requires_grad=True)

    def losses(at: torch.Tensor) -> torch.Tensor:
        return ((at - targets) ** 4).sum(dim=1)

    before = losses(place)
    gradients = torch.stack([torch.autograd.grad(loss, place, retain_graph=True)[0] for loss in before])
    weights = torch.tensor([0.3, 5.0, 1.0], dtype=torch.float64)
    log = GradientLog(("a", "b", "c"))
    log.add(gram_of(weights.unsqueeze(1) * gradients), before, weights, ALL)
    for i, row in enumerate(log.means().affinity):
        falls = 1 - losses(place - 1e-7 * gradients[i]) / before
        np.testing.assert_allclose(row, (falls / falls[i]).detach(), rtol=1e-4)


def test_means_are_over_the_steps_in_which_both_were_there() -> None:
    log = GradientLog(("a", "b", "c"))
    along, against = torch.tensor([[1.0, 1.0], [1.0, 1.0]]), torch.tensor([[1.0, -0.5], [-0.5, 1.0]])
    for products, present in ((along, [True, True, False]), (against, [True, True, False])):
        gram = torch.full((3, 3), nan)
        gram[:2, :2] = products
        log.add(gram, torch.tensor([1.0, 1.0, nan]), torch.tensor([1.0, 1.0, nan]), torch.tensor(present))
    alone = torch.full((3, 3), nan)
    alone[0, 0] = 9.0
    log.add(alone, torch.tensor([1.0, nan, nan]), ONES, torch.tensor([True, False, False]))
    means = log.means()
    assert means.steps == 3
    assert means.cosines[0][1] == means.cosines[1][0] == 0.25 and means.conflicting[0][1] == 0.5
    assert means.norms[:2] == pytest.approx((5 / 3, 1)) and isnan(means.norms[2])
    assert means.affinity[1][0] == pytest.approx(0.25) and means.affinity[0][0] == 1
    for table in (means.cosines, means.conflicting, means.affinity):
        assert isnan(table[0][2]) and isnan(table[2][1]) and isnan(table[2][2])


def test_a_gradient_of_0_has_no_direction() -> None:
    log = GradientLog(("a", "b"))
    log.add(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.ones(2), torch.ones(2), torch.tensor([True, True]))
    means = log.means()
    assert means.norms == (1, 0) and means.cosines[0][0] == 1 and isnan(means.cosines[0][1])
    # Neither has a loss of 0 a share that could fall; what comes after counts alone.
    log.add(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1.0, 0.0]), ONES[:2], ALL[:2])
    log.add(torch.tensor([[1.0, -1.0], [-1.0, 4.0]]), torch.ones(2), ONES[:2], ALL[:2])
    means = log.means()
    assert means.steps == 3 and means.norms == (1, 1)
    assert (means.cosines[0][1], means.conflicting[0][1], means.affinity[0][1]) == (-0.5, 1, -1)


def test_nothing_was_looked_at() -> None:
    means = GradientLog(("a", "b")).means()
    assert means.steps == 0 and all(isnan(value) for row in means.cosines for value in row)


def test_resumed_from_its_state_it_goes_on_bit_for_bit() -> None:
    def steps(log: GradientLog, numbers: range) -> None:
        for number in numbers:
            rng = torch.Generator().manual_seed(number)
            gradients = torch.randn(3, 8, generator=rng)
            log.add(gram_of(gradients), torch.rand(3, generator=rng) + 0.1, ONES, torch.rand(3, generator=rng) > 0.2)

    whole, first, second = (GradientLog(("a", "b", "c")) for _ in range(3))
    steps(whole, range(20))
    steps(first, range(9))
    kept = first.state()
    steps(first, range(9, 12))
    second.load(kept)
    steps(second, range(9, 20))
    assert second.means() == whole.means() and second.means().steps == 20
