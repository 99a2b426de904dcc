from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ghep.multitask.pcgrad import pcgrad
from ghep.multitask.upgrad import upgrad


def several(tasks: int, parameters: int, number: int = 40) -> list[np.ndarray]:
    rng = np.random.default_rng(tasks)
    return [np.exp(rng.normal(size=(tasks, 1))) * rng.normal(size=(tasks, parameters)) for _ in range(number)]


def combined(gradients: np.ndarray) -> np.ndarray:
    return upgrad(gradients @ gradients.T) @ gradients


def test_for_two_tasks_it_is_pcgrad() -> None:
    for gradients in several(2, 5):
        gram = gradients @ gradients.T
        np.testing.assert_allclose(upgrad(gram), pcgrad(gram, np.random.default_rng(0)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("tasks", "parameters"), [(3, 4), (5, 5), (8, 50)])
def test_it_harms_nobody_where_pcgrad_does(tasks: int, parameters: int) -> None:
    harmed = 0
    for gradients in several(tasks, parameters):
        size = np.linalg.norm(gradients, axis=1)
        ours = combined(gradients)
        assert (gradients @ ours >= -1e-5 * size * (1 + np.linalg.norm(ours))).all()
        theirs = pcgrad(gradients @ gradients.T, np.random.default_rng(0)) @ gradients
        harmed += bool((gradients @ theirs < -1e-3 * size * np.linalg.norm(theirs)).any())
    assert harmed > 0


@pytest.mark.parametrize("tasks", [2, 3, 4])
def test_each_part_is_the_nearest_direction_that_harms_nobody(tasks: int) -> None:
    """Against a general solver on the directions themselves."""
    for gradients in several(tasks, 4, number=8):
        expected = np.zeros(4)
        for gradient in gradients:
            found = minimize(
                lambda d: ((d - gradient) ** 2).sum(),  # noqa: B023
                np.zeros(4),
                constraints={"type": "ineq", "fun": lambda d: gradients @ d},  # noqa: B023
                method="SLSQP",
                options={"ftol": 1e-13, "maxiter": 300},
            )
            expected += found.x
        np.testing.assert_allclose(combined(gradients), expected, atol=2e-4 * np.linalg.norm(gradients))


def test_a_short_gradient_is_kept_from_harm_as_well_as_a_long_one() -> None:
    for gradients in several(3, 6):
        gradients[1] *= 1e-7
        gradients[2] *= 1e5
        ours = combined(gradients)
        cosines = gradients @ ours / np.linalg.norm(gradients, axis=1) / np.linalg.norm(ours)
        assert (cosines > -1e-4).all()


def test_rounding_does_not_blow_up_what_opposite_gradients_leave_open() -> None:
    """Of one and its opposite any number may be added; products in float32 ask for 10^9 of each."""
    for seed in range(20):
        gradients = np.random.default_rng(seed).normal(size=(5, 1000)).astype(np.float32)
        gradients[0] = -2.7 * gradients[1]
        times = upgrad((gradients @ gradients.T).astype(float))
        ours = times @ gradients
        assert times.max() < 10
        assert (gradients @ ours > -1e-4 * np.linalg.norm(gradients, axis=1) * np.linalg.norm(ours)).all()


def test_without_a_conflict_it_is_the_sum() -> None:
    gradients = np.abs(np.random.default_rng(0).normal(size=(4, 6)))
    assert upgrad(gradients @ gradients.T).tolist() == [1.0, 1.0, 1.0, 1.0]


def test_gradients_that_leave_no_way_out_give_0() -> None:
    gradients = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]])
    np.testing.assert_allclose(combined(gradients), 0, atol=1e-4)
    np.testing.assert_allclose(combined(np.array([[1.0, 0.0], [-2.0, 0.0]])), 0, atol=1e-4)


def test_a_gradient_that_is_0_changes_nothing() -> None:
    gradients = np.array([[1.0, 2.0], [0.0, 0.0], [1.0, -1.0]])
    np.testing.assert_allclose(combined(gradients), combined(gradients[[0, 2]]), atol=1e-9)
