"""Distribution of an estimate with two errors: one due to the test examples, one due to the seeds.

In: the variances ``test`` and ``seed`` of the two errors. Out: tail probabilities, and half widths of confidence
intervals. The error due to the examples is normal. The variance due to the seeds is estimated from a few runs, with
``freedom`` degrees of freedom, so that error has Student's t distribution: with 3 seeds its tails are long, and 1.96
standard errors are far too few. The sum of both errors has the Behrens-Fisher distribution, that of a normal variable
with variance

    test + seed * freedom / chi2(freedom).

The coverage of its intervals is slightly above their level (Robinson 1976, doi:10.1214/aos/1176343592), and nearer to
it the smaller ``seed`` is. Satterthwaite's t with pooled degrees of freedom covers too little where seeds matter: 0.88
to 0.97, compared with 0.93 to 0.97 for this distribution (``scripts/bench coverage``, docs/decisions/0010).

All functions work on arrays of one shape, element by element.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 48
"""Nodes of the Gauss-Legendre rule. Tails are accurate to 3e-5 from 1 degree of freedom; tested against Student's t."""
HALVINGS = 34
"""Bisection steps: the bracket shrinks to 1e-10 of its width."""


class Errors(NamedTuple):
    """The variances of the two errors of one estimate, or of many: three numbers, or three arrays of one shape."""

    test: Any
    seed: Any
    freedom: Any
    """Degrees of freedom of ``seed``; ignored where ``seed`` is 0."""


def tail(distance: Any, errors: Errors) -> Floats:
    """Return the two-sided probability that the estimate is at least ``distance`` from the truth.

    >>> round(float(tail(1.96, Errors(test=1.0, seed=0.0, freedom=1.0))), 3)
    0.05
    >>> round(float(tail(4.303, Errors(test=0.0, seed=1.0, freedom=2.0))), 3)
    0.05
    """
    return _tail(np.asarray(distance, dtype=np.float64), _scales(errors))


def half_width(errors: Errors, level: float = 0.95) -> Floats:
    """Return the distance from the truth that the error does not exceed with probability ``level``.

    It is half the width of a confidence interval.
    """
    from scipy.special import ndtri, stdtrit

    scales = _scales(errors)
    seed, freedom = _seed_and_freedom(errors)
    # The sum of the distances that each error alone exceeds half as often is an upper bound for the bisection.
    beyond = 0.75 + level / 4
    high = ndtri(beyond) * np.sqrt(errors.test) + stdtrit(freedom, beyond) * np.sqrt(seed)
    low = np.zeros_like(high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = _tail(middle, scales) > 1 - level
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(high)


def _tail(distance: Floats, scales: Floats) -> Floats:
    from scipy.special import ndtr

    tiny = np.finfo(np.float64).tiny  # without any error, only a distance of 0 has probability 1
    beyond = 2 * ndtr(-distance[..., None] / np.maximum(scales, tiny))
    return np.asarray(np.minimum(beyond @ _rule()[1], 1.0))


def _scales(errors: Errors) -> Floats:
    """Return the standard deviation of the whole error (..., NODES) for each node of the quadrature.

    A node stands for one possible true variance between seeds, given the estimated one.
    """
    from scipy.special import gammaincinv

    seed, freedom = _seed_and_freedom(errors)
    chi2 = 2 * gammaincinv(freedom[..., None] / 2, _rule()[0])
    return np.asarray(np.sqrt(np.asarray(errors.test)[..., None] + (seed * freedom)[..., None] / chi2))


def _seed_and_freedom(errors: Errors) -> tuple[Floats, Floats]:
    _, seed, freedom = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in errors))
    return seed, np.where(seed > 0, freedom, 1.0)


@cache
def _rule() -> tuple[Floats, Floats]:
    """Return the nodes of the quadrature, probabilities in (0, 1), and their weights, which sum to 1: (NODES,) each.

    This is the Gauss-Legendre rule in the fourth root of the probability, which places many nodes near 0: small values
    of chi2 make the long tails.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    root = (nodes + 1) / 2
    return root**4, 2 * root**3 * weights
