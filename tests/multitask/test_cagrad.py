from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

from ghep.multitask.cagrad import CLOSENESS, cagrad
from ghep.multitask.pcgrad import pcgrad
from multitask.landscapes import valleys_and_bowls, walk


def several(tasks: int, parameters: int = 7, number: int = 30) -> list[np.ndarray]:
    """Gradients (T, P) of unlike length, from agreeing to conflicting."""
    rng = np.random.default_rng(tasks)
    found = []
    for lean in np.linspace(0, 2, number):
        lengths = np.exp(rng.normal(size=(tasks, 1)))
        found.append(lengths * (rng.normal(size=(tasks, parameters)) + lean * rng.normal(size=parameters)))
    return found


def direction(gradients: np.ndarray, c: float = CLOSENESS) -> np.ndarray:
    """The paper's d, before our scale."""
    return cagrad(gradients @ gradients.T, c=c) @ gradients * (1 + c) / len(gradients)


def dual(w: np.ndarray, gradients: np.ndarray, c: float) -> np.ndarray:
    """What w (..., T) makes of the dual: the least gain is never above it."""
    mean = gradients.mean(axis=0)
    mixed = w @ gradients
    return mixed @ mean + c * np.linalg.norm(mean) * np.linalg.norm(mixed, axis=-1)


def on_the_simplex(tasks: int, cuts: int) -> np.ndarray:
    """All w (n, T) in steps of 1 / ``cuts``."""
    grid = np.stack(np.meshgrid(*[np.arange(cuts + 1)] * (tasks - 1), indexing="ij"), axis=-1).reshape(-1, tasks - 1)
    grid = grid[grid.sum(axis=1) <= cuts] / cuts
    return np.column_stack([grid, 1 - grid.sum(axis=1)])


@pytest.mark.parametrize(("tasks", "cuts"), [(2, 20_000), (3, 300)])
@pytest.mark.parametrize("c", [0.2, 0.5, 0.9])
def test_the_least_gain_is_the_least_of_the_dual_on_a_grid(tasks: int, cuts: int, c: float) -> None:
    simplex = on_the_simplex(tasks, cuts)
    for gradients in several(tasks, number=12):
        least = dual(simplex, gradients, c).min()
        gain = (gradients @ direction(gradients, c)).min()
        size = np.linalg.norm(gradients, axis=1).max() ** 2
        assert gain <= least + 1e-6 * size  # no direction can do better than any w says
        assert gain >= least - 1e-5 * size


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_no_other_solver_finds_a_better_direction(tasks: int) -> None:
    """The primal itself, over d: the largest least gain within the ball around the mean."""
    for gradients in several(tasks, number=6):
        mean = gradients.mean(axis=0)
        radius = CLOSENESS * np.linalg.norm(mean)
        ours = direction(gradients)
        found = minimize(
            lambda both: -both[-1],
            np.append(mean, (gradients @ mean).min()),
            constraints=[
                {"type": "ineq", "fun": lambda both: gradients @ both[:-1] - both[-1]},  # noqa: B023
                {"type": "ineq", "fun": lambda both: radius**2 - ((both[:-1] - mean) ** 2).sum()},  # noqa: B023
            ],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert (gradients @ ours).min() >= -found.fun - 1e-5 * np.linalg.norm(gradients, axis=1).max() ** 2


@pytest.mark.parametrize("tasks", [2, 3, 5, 8])
def test_it_keeps_its_promise(tasks: int) -> None:
    """Who gains least gains no less than by the mean, and d stays in the ball, so that the mean loss falls too."""
    for gradients in several(tasks):
        mean, ours = gradients.mean(axis=0), direction(gradients)
        assert (gradients @ ours).min() >= (gradients @ mean).min() - 1e-9
        assert np.linalg.norm(ours - mean) <= CLOSENESS * np.linalg.norm(mean) * (1 + 1e-9)
        assert ours @ mean > 0


def test_the_larger_c_the_more_for_who_gains_least() -> None:
    for gradients in several(3):
        gains = [(gradients @ direction(gradients, c)).min() for c in (0.0, 0.2, 0.5, 0.9)]
        assert all(after >= before - 1e-9 for before, after in pairwise(gains))


def test_c_of_0_and_equal_gradients_are_the_sum() -> None:
    gradients = several(3)[0]
    assert cagrad(gradients @ gradients.T, c=0.0).tolist() == [1.0, 1.0, 1.0]
    same = np.tile(gradients[0], (3, 1))
    np.testing.assert_allclose(cagrad(same @ same.T) @ same, same.sum(axis=0), rtol=1e-6)


def test_two_gradients_at_a_right_angle_in_closed_form() -> None:
    """Of lengths 1 and 3, the least gain is that of the first: d = g0 + c |g0| g1 as long as g1 stays behind."""
    gradients = np.array([[1.0, 0.0], [0.0, 3.0]])
    radius = CLOSENESS * np.hypot(0.5, 1.5)
    np.testing.assert_allclose(direction(gradients), [0.5 + radius, 1.5], atol=1e-5)


def test_the_scale_of_gradients_does_not_matter() -> None:
    gradients = several(3)[5]
    gram = gradients @ gradients.T
    for scale in (1e-20, 1e20):
        np.testing.assert_allclose(cagrad(scale * gram), cagrad(gram), rtol=1e-9)


def test_where_nobody_can_gain_it_stays_near_the_mean() -> None:
    opposite = np.array([[1.0, 0.0], [-2.0, 0.0]])
    times = cagrad(opposite @ opposite.T)
    assert np.isfinite(times).all()
    assert (opposite @ (times @ opposite)).min() >= (opposite @ opposite.mean(axis=0)).min() * 2
    assert cagrad(np.zeros((2, 2))).tolist() == [1.0, 1.0]
    cancelling = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert cagrad(cancelling @ cancelling.T).tolist() == [1.0, 1.0]


def test_where_a_mixture_vanishes_nobody_gains_less_than_by_the_mean() -> None:
    """Gradients that cancel out across the mean: the dual is least at its kink, where rounding decides on w."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        gradients = rng.normal(size=(4, 3)) * np.exp(2 * rng.normal(size=(4, 1)))
        gradients[:, -1] = 0
        gradients[0] = -gradients[1:].sum(axis=0)
        gradients[-1, -1] = 10 ** rng.uniform(-6, 0)
        rounded = gradients.astype(np.float32)
        gram = (rounded @ rounded.T).astype(float)  # no longer quite the products of any gradients
        gains = gram @ cagrad(gram) * (1 + CLOSENESS) / 4
        assert gains.min() >= gram.mean(axis=1).min() - 1e-7 * gram.max()


@pytest.mark.slow
def test_on_the_bowls_it_ends_where_the_mean_is_least_and_pcgrad_does_not() -> None:
    """The paper's figure 2: PCGrad stops where it meets the Pareto front (|x| <= 7, y = -8.4), CAGrad goes on."""
    rng = np.random.default_rng(0)
    ours = walk(valleys_and_bowls, (-8.5, -5.0), cagrad, lr=0.02, steps=2000)
    np.testing.assert_allclose(ours, [0, -8.355], atol=0.01)
    other = walk(valleys_and_bowls, (-8.5, -5.0), lambda gram: pcgrad(gram, rng), lr=0.02, steps=2000)
    assert abs(other[0]) > 1 and other[1] == pytest.approx(-8.4, abs=0.1)


@pytest.mark.slow
def test_from_a_valley_too_where_the_sum_stalls() -> None:
    start = (9.0, 9.0)
    plain = walk(valleys_and_bowls, start, lambda _: np.ones(2), lr=0.003, steps=18_000)
    assert plain[1] > 0 and valleys_and_bowls(*plain)[0].mean() > 0
    ours = walk(valleys_and_bowls, start, cagrad, lr=0.01, steps=12_000)  # the way along a valley depends on rounding
    np.testing.assert_allclose(valleys_and_bowls(*ours)[0].mean(), -15.09, atol=0.5)
