"""UPGrad: project each gradient onto directions that harm no task, then sum (Quinton and Rey 2024, arXiv:2406.16232).

With g_t the gradient of task t, a direction d harms no task if <g_t, d> >= 0 for all t. The nearest such direction to
g_t is G' w, where the rows of G are the gradients of the T tasks, e_t is the unit vector of task t, and w minimises
|G' w|^2 over w >= e_t (proposition 1 of the paper). For two tasks this is PCGrad. For more tasks the result of UPGrad
still conflicts with no task, which PCGrad does not ensure, and it does not depend on a random order. If no gradients
conflict, the result is their sum (the paper's mean, times T).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

TIE = 1e-6
"""Added to the squared norms of unit gradients. If the gradients nearly cancel (or are equal), inner products with
seven digits do not determine the factors. TIE then selects small factors, and the result is exact to about TIE."""

Floats = NDArray[np.float64]


def upgrad(gram: Floats, rng: np.random.Generator | None = None) -> Floats:  # noqa: ARG001
    """Return the factors (T,) of the gradients in UPGrad's sum, from their inner products ``gram`` (T, T)."""
    if (gram >= 0).all():
        return np.ones(len(gram))
    norms = np.sqrt(gram.diagonal())
    norms[norms == 0] = 1.0
    # Unit length, or a short gradient would be lost in the rounding error of a long one.
    units = _root(gram / np.outer(norms, norms) + TIE * np.eye(len(gram)))
    more = np.stack([nnls(units, -unit)[0] for unit in units.T])  # (T, T), row t: what is added to unit gradient t
    factors: Floats = 1 + norms @ more / norms
    return factors


def _root(gram: Floats) -> Floats:
    """Return R (T, T) with R' R = gram: its columns are the gradients, rotated into T dimensions."""
    values, vectors = np.linalg.eigh(gram)
    root: Floats = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    return root
