"""PCGrad: take from each gradient what points against another one (Yu et al. 2020, arXiv:2001.06782, algorithm 1).

Each gradient in turn is projected onto the normal plane of every other one that it conflicts with, the others in random
order; then they are added up. Two that conflict become g1 + g2 - (g1.g2 / |g2|^2) g2 - (g1.g2 / |g1|^2) g1. With three
tasks or more a later projection can undo an earlier one, so that the sum may still harm one of them: see upgrad.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pcgrad(gram: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return (T,), how many times each gradient is taken; ``gram`` (T, T) are their products."""
    times = np.zeros(len(gram))
    for task in range(len(gram)):
        mine = np.zeros(len(gram))  # the projected gradient, in terms of the original ones
        mine[task] = 1.0
        others = np.delete(np.arange(len(gram)), task)
        for other in rng.permutation(others):
            product = mine @ gram[:, other]
            if product < 0 and gram[other, other] > 0:
                mine[other] -= product / gram[other, other]
        times += mine
    return times
