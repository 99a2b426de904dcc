"""PCGrad: remove from each gradient the part that opposes another (Yu et al. 2020, arXiv:2001.06782, algorithm 1).

Each gradient is projected onto the normal plane of every other gradient that it conflicts with, in random order; then
the results are summed. For two gradients g1, g2 that conflict, the sum is
g1 + g2 - (g1.g2 / |g2|^2) g2 - (g1.g2 / |g1|^2) g1. With three or more tasks, a later projection can undo an earlier
one, so that the sum may still harm a task; upgrad.py avoids that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pcgrad(gram: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the factors (T,) of the gradients in PCGrad's sum, from their inner products ``gram`` (T, T)."""
    factors = np.zeros(len(gram))
    for task in range(len(gram)):
        projected = np.zeros(len(gram))  # coefficients of the original gradients
        projected[task] = 1.0
        others = np.delete(np.arange(len(gram)), task)
        for other in rng.permutation(others):
            product = projected @ gram[:, other]
            if product < 0 and gram[other, other] > 0:
                projected[other] -= product / gram[other, other]
        factors += projected
    return factors
