"""UPGrad: project each gradient onto directions that harm nobody, then add (Quinton and Rey 2024, arXiv:2406.16232).

A direction d harms nobody if <g_t, d> >= 0 for all t. The nearest one to g_t is G' w, where w minimises |G' w|^2 over
w >= e_t (their proposition 1). For two tasks this is PCGrad. For more it is what PCGrad is after: the result conflicts
with none of the tasks, however many, and nothing is random. Without a conflict it is the sum (the paper's mean, times
T).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]


def upgrad(gram: Floats, rng: np.random.Generator | None = None) -> Floats:  # noqa: ARG001
    """Return (T,), how many times each gradient is taken; ``gram`` (T, T) are their products. Nothing is random."""
    if (gram >= 0).all():
        return np.ones(len(gram))
    root = _root(gram)
    more: Floats = np.sum([nnls(root, -gradient)[0] for gradient in root.T], axis=0)
    return 1 + more


def _root(gram: Floats) -> Floats:
    """Return R (T, T) with R' R = gram: its columns are the gradients, turned into T dimensions."""
    values, vectors = np.linalg.eigh(gram)
    root: Floats = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    return root
