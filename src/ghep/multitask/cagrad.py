"""CAGrad: the direction near the mean gradient that is best for the task that gains least.

Liu et al. 2021, arXiv:2110.14048. With g_t the gradient of task t, g0 their mean over T tasks, and 0 <= c < 1, the
direction d of the step is

    max over d of min_t <g_t, d>  with  |d - g0| <= c |g0|

The dual problem has T unknowns: with g_w = sum_t w_t g_t, find w >= 0, sum w = 1, that minimises
<g_w, g0> + c |g0| |g_w|; then d = g0 + c |g0| g_w / |g_w|. Training then converges to a minimum of the mean loss.

If all gradients are equal, d has the length of (1 + c) g0. Here d is multiplied by T / (1 + c), so that it equals the
sum of the gradients in that case and for c = 0, and the learning rates that suit the sum suit d. (The paper leaves the
scale open; its code for the toy problem divides by 1 + c.) Gradients that differ without conflict are not just summed:
the task that gains least gets more.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

CLOSENESS = 0.5
"""c: the largest distance of d from the mean g0, as a fraction of |g0|.

The paper uses 0.5 on its toy problem, 0.4 on NYUv2 and 0.2 on Cityscapes."""

Floats = NDArray[np.float64]


def cagrad(gram: Floats, rng: np.random.Generator | None = None, *, c: float = CLOSENESS) -> Floats:  # noqa: ARG001
    """Return the factors (T,) of the gradients in CAGrad's sum, from their inner products ``gram`` (T, T)."""
    tasks = len(gram)
    mean = np.full(tasks, 1 / tasks)
    radius = c * _length(gram, mean)
    if radius == 0:  # c is 0, or the gradients cancel out
        return np.ones(tasks)
    w = _worst_mixture(gram, radius)
    length = _length(gram, w)
    factors = mean + (radius / length) * w if length > 1e-6 * sqrt(gram.trace()) else mean
    if (gram @ factors).min() < (gram @ mean).min():  # rounding error, if no direction is better than the mean
        factors = mean
    return factors * (tasks / (1 + c))


def _length(gram: Floats, w: Floats) -> float:
    """Return |g_w|, the length of the sum of the gradients with weights ``w`` (T,)."""
    return sqrt(max(0.0, float(w @ gram @ w)))


def _worst_mixture(gram: Floats, radius: float) -> Floats:
    """Return the weights w (T,) that solve the dual problem, where ``radius`` is c |g0|."""
    tasks = len(gram)
    scale = float(gram.trace()) / tasks
    gram, radius = gram / scale, radius / sqrt(scale)
    along_mean = gram.mean(axis=1)

    def dual(w: Floats) -> tuple[float, Floats]:
        pull = gram @ w
        length = sqrt(max(0.0, float(w @ pull)) + 1e-12)  # smooth at 0
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
