from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.multitask.pcgrad import pcgrad
from ghep.multitask.surgery import SURGERY
from multitask.landscapes import valleys, walk


def surgery(*gradients: tuple[float, ...]) -> np.ndarray:
    return SURGERY["pcgrad"](torch.tensor(gradients), np.random.default_rng(0)).numpy()


def projected(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """``one`` without what points against ``other``: the paper's rule on vectors, where ours is on products."""
    product = one @ other
    return one - product / (other @ other) * other if product < 0 else one


def test_two_that_conflict() -> None:
    one, other = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    expected = projected(one, other) + projected(other, one)
    np.testing.assert_allclose(surgery((1.0, 2.0), (1.0, -1.0)), expected, rtol=1e-6)
    np.testing.assert_allclose(expected, [1.5 + 1.2, 1.5 - 0.6])


def test_two_that_do_not_are_added() -> None:
    assert surgery((1.0, 2.0), (1.0, -0.5)).tolist() == [2.0, 1.5]


def test_opposite_ones_leave_nothing() -> None:
    np.testing.assert_allclose(surgery((1.0, 2.0), (-3.0, -6.0)), 0, atol=1e-6)


def test_a_gradient_that_is_0_changes_nothing() -> None:
    assert surgery((1.0, 2.0), (0.0, 0.0)).tolist() == [1.0, 2.0]
    underflown = np.array([[1.0, -1e-25], [-1e-25, 0.0]])  # 1e-25 squared is 0 in float32
    assert pcgrad(underflown, np.random.default_rng(0)).tolist() == [1.0, 1.0 + 1e-25]


def test_three_are_projected_one_after_the_other_in_an_order_of_chance() -> None:
    vectors = np.array([(1.0, 0.2, 0.0), (-0.8, 1.0, 0.3), (-0.1, -0.9, 1.0)])
    gram = vectors @ vectors.T
    found = {tuple((pcgrad(gram, np.random.default_rng(seed)) @ vectors).round(9)) for seed in range(60)}
    expected = set()
    for turns in np.ndindex(2, 2, 2):  # for each task, whether its others come in order or the other way round
        total = np.zeros(3)
        for task, turned in enumerate(turns):
            others = [other for other in range(3) if other != task]
            mine = vectors[task]
            for other in reversed(others) if turned else others:
                mine = projected(mine, vectors[other])
            total += mine
        expected.add(tuple(total.round(9)))
    assert found == expected and len(found) == 8


@pytest.mark.slow
@pytest.mark.parametrize(("start", "stuck"), [((0.5, -3.0), 1), ((-3.0, -2.0), 0)])
def test_it_comes_out_of_a_valley_in_which_the_sum_stalls(start: tuple[float, float], stuck: int) -> None:
    """The paper's figure 1: on the walls of one task's valley the steps of Adam swing to and fro and get nowhere."""
    rng = np.random.default_rng(0)
    plain, _ = valleys(*walk(valleys, start, lambda _: np.ones(2), lr=0.01, steps=20_000))
    place = walk(valleys, start, lambda gram: pcgrad(gram, rng), lr=0.01, steps=20_000)
    ours, _ = valleys(*place)
    assert plain[stuck] > 10 and plain[1 - stuck] < 0  # one task is learnt, the other is not
    assert (ours < -20).all()
    assert place[0] == pytest.approx(-2, abs=0.5) and place[1] > 2
