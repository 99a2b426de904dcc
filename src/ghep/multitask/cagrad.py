"""CAGrad: near the mean gradient, what is best for the task that gains least (Liu et al. 2021, arXiv:2110.14048).

    max over d of min_t <g_t, d>  with  |d - g0| <= c |g0|,  g0 the mean

The dual has T unknowns: with g_w = sum_t w_t g_t, find w >= 0, sum w = 1, that minimises
<g_w, g0> + c |g0| |g_w|; then d = g0 + c |g0| g_w / |g_w|. For 0 <= c < 1 it ends where the mean loss does.

d is as long as (1 + c) g0 where all gradients are the same. It is scaled by T / (1 + c), so that then, and for c = 0,
it is the sum, and rates that suit the sum suit it. (The paper leaves the scale open; its code for the toy problem
divides by 1 + c.) Gradients that differ without conflict are not just added: the task that gains least gets more.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

CLOSENESS = 0.5
"""c: how far from the mean d may go. The paper's toy problem has 0.5, NYUv2 0.4, Cityscapes 0.2."""

Floats = NDArray[np.float64]


def cagrad(gram: Floats, rng: np.random.Generator | None = None, *, c: float = CLOSENESS) -> Floats:  # noqa: ARG001
    """Return (T,), how many times each gradient is taken; ``gram`` (T, T) are their products. Nothing is random."""
    tasks = len(gram)
    mean = np.full(tasks, 1 / tasks)
    radius = c * _length(gram, mean)
    if radius == 0:  # c is 0, or the gradients cancel out
        return np.ones(tasks)
    w = _worst_mixture(gram, radius)
    length = _length(gram, w)
    times = mean + (radius / length) * w if length > 1e-6 * sqrt(gram.trace()) else mean
    if (gram @ times).min() < (gram @ mean).min():  # rounding, where no direction is better than the mean
        times = mean
    return times * (tasks / (1 + c))


def _length(gram: Floats, w: Floats) -> float:
    """Return |g_w|."""
    return sqrt(max(0.0, float(w @ gram @ w)))


def _worst_mixture(gram: Floats, radius: float) -> Floats:
    """Return w (T,): the weights that solve the dual."""
    tasks = len(gram)
    scale = float(gram.trace()) / tasks
    gram, radius = gram / scale, radius / sqrt(scale)
    along_mean = gram.mean(axis=1)

    def dual(w: Floats) -> tuple[float, Floats]:
        pull = gram @ w
        length = sqrt(max(0.0, float(w @ pull)) + 1e-12)  # smooth where the mixture vanishes
        return float(along_mean @ w) + radius * length, along_mean + radius * pull / length

    found = minimize(
        dual,
        np.full(tasks, 1 / tasks),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * tasks,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-12, "maxiter": 200},
    )
    w: Floats = np.clip(found.x, 0.0, None)
    w /= w.sum()
    return w
