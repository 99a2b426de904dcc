"""What every way of combining gradients has to keep."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from ghep.multitask.settings import Surgery
from ghep.multitask.surgery import SURGERY, combined


def gradients(tasks: int, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(tasks, 50, generator=torch.Generator().manual_seed(seed))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_every_name_of_the_settings_is_there() -> None:
    assert {"none", *SURGERY} == set(get_args(Surgery))


@pytest.mark.parametrize("name", SURGERY)
def test_one_task_is_returned_as_it_is(name: str) -> None:
    one = gradients(1)
    assert torch.equal(SURGERY[name](one, rng()), one[0])
    assert torch.equal(combined(lambda *_: np.array([0.5]), one, rng()), one[0])


@pytest.mark.parametrize("name", ["pcgrad", "upgrad"])
def test_without_a_conflict_it_is_the_sum_bit_for_bit(name: str) -> None:
    agreeing = gradients(7).abs()
    assert torch.equal(SURGERY[name](agreeing, rng()), agreeing.sum(0))


@pytest.mark.parametrize("name", SURGERY)
def test_equal_gradients_are_added(name: str) -> None:
    same = gradients(1).expand(3, -1)
    torch.testing.assert_close(SURGERY[name](same, rng()), same.sum(0))


@pytest.mark.parametrize("name", SURGERY)
def test_the_scale_passes_through(name: str) -> None:
    conflicting = gradients(3)
    conflicting[1] -= 2 * conflicting[0]
    plain = SURGERY[name](conflicting, rng())
    assert plain.shape == (50,) and plain.dtype == torch.float32
    for scale in (2.0**-20, 2.0**20):
        torch.testing.assert_close(SURGERY[name](scale * conflicting, rng()) / scale, plain)


@pytest.mark.parametrize("name", ["cagrad", "upgrad"])
def test_the_order_of_the_tasks_does_not_matter(name: str) -> None:
    conflicting = gradients(4)
    conflicting[1] -= 2 * conflicting[0]
    turned = SURGERY[name](conflicting[[2, 0, 3, 1]], rng())
    torch.testing.assert_close(turned, SURGERY[name](conflicting, rng()), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", SURGERY)
def test_of_two_in_conflict_who_gains_least_gains_more_than_by_the_sum(name: str) -> None:
    conflicting = gradients(2)
    conflicting[1] -= 1.5 * conflicting[0]
    gains = conflicting @ SURGERY[name](conflicting, rng())
    by_sum = conflicting @ conflicting.sum(0)
    assert by_sum.min() < 0 < gains.max() and gains.min() > by_sum.min()
    if name != "cagrad":  # near the sum is not always near enough
        assert gains.min() > -1e-4


@pytest.mark.parametrize("name", SURGERY)
def test_products_in_float32_need_not_be_those_of_any_gradients(name: str) -> None:
    """More tasks than parameters, of lengths that differ by orders of magnitude: rounding makes squares negative."""
    for seed in range(100):
        lengths = torch.exp(4 * torch.randn(6, 1, generator=torch.Generator().manual_seed(1000 + seed)))
        found = SURGERY[name]((lengths * gradients(6, seed=seed)[:, :3]).contiguous(), rng())
        assert found.isfinite().all() and found.norm() <= 20 * lengths.sum()


@pytest.mark.parametrize("name", SURGERY)
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_left_for_the_loop_to_see(name: str, wrong: float) -> None:
    broken = gradients(3)
    broken[1, 7] = wrong
    found = SURGERY[name](broken, rng())
    assert not found[7].isfinite() and found[8].isfinite()


@pytest.mark.parametrize("name", SURGERY)
def test_what_was_given_is_not_changed(name: str) -> None:
    conflicting = gradients(3)
    before = conflicting.clone()
    SURGERY[name](conflicting, rng())
    assert torch.equal(before, conflicting)
