"""Linear CKA: how similar two networks' features of the same inputs are, whatever the order of their dimensions.

Kornblith et al. 2019 (arXiv:1905.00414), with the unbiased estimate of HSIC (Song et al. 2012, JMLR 13): the biased one
is near 1 for few inputs and many dimensions, whatever the networks.
"""

from __future__ import annotations

import numpy as np


def linear_cka(one: np.ndarray, other: np.ndarray) -> float:
    """Return linear CKA of features (n, C) and (n, D) of the same n rows, n > 3, from unbiased HSIC; at most 1."""
    first, second = one @ one.T, other @ other.T
    norm = _hsic(first, first) * _hsic(second, second)
    return float(_hsic(first, second) / np.sqrt(norm)) if norm > 0 else float("nan")


def _hsic(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased estimate of HSIC (Song et al. 2012, equation 5) of two Gram matrices (n, n)."""
    n = len(first)
    first, second = (one - np.diag(np.diag(one)) for one in (first, second))
    crossed = (first * second).sum()
    sums = first.sum() * second.sum() / ((n - 1) * (n - 2))
    inner = 2 * (first.sum(0) @ second.sum(1)) / (n - 2)
    return float((crossed + sums - inner) / (n * (n - 3)))
