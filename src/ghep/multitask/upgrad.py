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

TIE = 1e-6
"""Added to the squares of unit gradients. Where they nearly cancel out (or are the same), products that are known to
seven digits leave open how many times each is taken: this takes small numbers, and the result is exact to about TIE."""

Floats = NDArray[np.float64]


def upgrad(gram: Floats, rng: np.random.Generator | None = None) -> Floats:  # noqa: ARG001
    """Return (T,), how many times each gradient is taken; ``gram`` (T, T) are their products. Nothing is random."""
    if (gram >= 0).all():
        return np.ones(len(gram))
    norms = np.sqrt(gram.diagonal())
    norms[norms == 0] = 1.0
    # Of unit length, else a short gradient is lost in the rounding of a long one.
    units = _root(gram / np.outer(norms, norms) + TIE * np.eye(len(gram)))
    more = np.stack([nnls(units, -unit)[0] for unit in units.T])  # (T, T), row t: what is added to the unit of t
    times: Floats = 1 + norms @ more / norms
    return times


def _root(gram: Floats) -> Floats:
    """Return R (T, T) with R' R = gram: its columns are the gradients, turned into T dimensions."""
    values, vectors = np.linalg.eigh(gram)
    root: Floats = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    return root
