"""A moderated estimate of the variance between seeds, from a few runs and a prior.

Three runs leave two degrees of freedom, for which Student's t needs 4.3 standard errors instead of two. Earlier runs
help: as limma does for genes with few replicates (Smyth 2004, doi:10.2202/1544-6115.1027), each contender's variance is
shrunk towards that of others:

    s2_post = (d0 s0^2 + d s^2) / (d0 + d)        with d0 + d degrees of freedom, d = S - 1

s0 is the standard deviation of one run's accuracy on the scale of log odds, where contenders of 0.6 and of 0.96 are
comparable; this comparison and ghep's own benchmarks provide it (``comparison/analysis/seeds.py``). A small d0 allows
contenders to differ. The prior does not fit a contender that scatters more than it allows: d0, and with it the
shrinkage, falls to 0 with the probability of such a scatter (Phipson et al. 2016, doi:10.1214/16-AOAS920).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Prior(NamedTuple):
    """Prior for a contender's scatter between seeds: numbers, or arrays of one shape."""

    scale: Any
    """Standard deviation of one run's accuracy, on the scale of log odds."""
    freedom: Any
    """Degrees of freedom of the prior."""
    doubt: float = 0.1
    """If the observed scatter is less probable than this, the degrees of freedom are reduced in proportion."""


def moderated(scatter: Floats, noise: Floats, slope: Floats, seeds: int, prior: Prior) -> tuple[Floats, Floats]:
    """Return the variance of one run's accuracy between seeds, and its degrees of freedom.

    ``scatter`` is the observed variance of the runs' accuracies, ``noise`` the part of it due to the finite number of
    examples, ``slope`` the derivative of accuracy by log odds. The variance is at least 0; with one seed it is the
    prior's.
    """
    from scipy.stats import f

    own, known = float(seeds - 1), np.asarray(prior.scale, dtype=np.float64) ** 2 * slope**2
    freedom = np.broadcast_to(np.asarray(prior.freedom, dtype=np.float64), known.shape)
    if seeds > 1:
        chance = f.sf(scatter / np.maximum(known + noise, 1e-15), own, np.maximum(freedom, 1e-6))
        freedom = freedom * np.minimum(1.0, chance / prior.doubt)
    variance = (freedom * known + own * (scatter - noise)) / np.maximum(freedom + own, 1e-15)
    return np.maximum(variance, 0.0), freedom + own
