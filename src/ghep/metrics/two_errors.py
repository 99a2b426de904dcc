"""The law of an estimate with two errors: one well known (which examples), one known from a few seeds only.

In: their variances. Out: how far the estimate strays. The first error is normal. Of the second the variance was
estimated with ``freedom`` degrees of freedom, so it is Student's t: with 3 seeds its tails are long, and 1.96 standard
errors are far too few. Their sum follows the law of Behrens and Fisher, that of a normal variable whose variance is

    test + seed * freedom / chi2(freedom).

Intervals from it cover a little more than they say (Robinson 1976, doi:10.1214/aos/1176343592; the smaller the share
of the seeds, the nearer). Satterthwaite's t with one pooled number of degrees of freedom covers less than it says where
seeds matter: 0.88 to 0.97 where this has 0.93 to 0.97 (``scripts/bench coverage``, docs/decisions/0010).

Everything works on arrays of any one shape, element by element.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 48
"""Of Gauss and Legendre's rule. Tails are right to 3e-5 from 1 degree of freedom on; a test holds it to Student's t."""
HALVINGS = 34
"""Of the bracket: to 1e-10 of it."""


class Errors(NamedTuple):
    """Variances of one estimate, or of many: three arrays of one shape, or three numbers."""

    test: Any
    seed: Any
    freedom: Any
    """Degrees of freedom that ``seed`` was estimated with; without meaning where it is 0."""


def tail(distance: Any, errors: Errors) -> Floats:
    """Return the chance that the estimate is at least this far from the truth, on either side.

    >>> round(float(tail(1.96, Errors(test=1.0, seed=0.0, freedom=1.0))), 3)
    0.05
    >>> round(float(tail(4.303, Errors(test=0.0, seed=1.0, freedom=2.0))), 3)
    0.05
    """
    return _tail(np.asarray(distance, dtype=np.float64), _scales(errors))


def half_width(errors: Errors, level: float = 0.95) -> Floats:
    """Return the distance that the estimate stays within with probability ``level``."""
    from scipy.special import ndtri, stdtrit

    scales = _scales(errors)
    seed, freedom = _seed_and_freedom(errors)
    # Never above the square root of the squared quantiles' sum (Banerjee 1960, Sankhya 22: 357).
    outside = np.sqrt(ndtri(0.5 + level / 2) ** 2 * errors.test + stdtrit(freedom, 0.5 + level / 2) ** 2 * seed)
    low, high = np.zeros_like(outside), 1.001 * outside
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = _tail(middle, scales) > 1 - level
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(high)


def _tail(distance: Floats, scales: Floats) -> Floats:
    from scipy.special import ndtr

    ratio = np.divide(distance[..., None], scales, out=np.full(scales.shape, np.inf), where=scales > 0)
    # No error at all: a distance of 0 is reached for certain.
    ratio[(scales <= 0) & (distance[..., None] <= 0)] = 0.0
    return np.asarray(2 * ndtr(-ratio) @ _rule()[1])


def _scales(errors: Errors) -> Floats:
    """Return standard deviations (..., NODES): one for each value that the estimated variance may stand for."""
    from scipy.special import gammaincinv

    seed, freedom = _seed_and_freedom(errors)
    chi2 = 2 * gammaincinv(freedom[..., None] / 2, _rule()[0])
    return np.asarray(np.sqrt(np.asarray(errors.test)[..., None] + (seed * freedom)[..., None] / chi2))


def _seed_and_freedom(errors: Errors) -> tuple[Floats, Floats]:
    _, seed, freedom = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in errors))
    return seed, np.where(seed > 0, freedom, 1.0)


@cache
def _rule() -> tuple[Floats, Floats]:
    """Return probabilities in (0, 1) and their weights, which sum to 1.

    Gauss and Legendre's in the fourth root of the probability: small chi2 is what long tails are made of.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    root = (nodes + 1) / 2
    return root**4, 2 * root**3 * weights
