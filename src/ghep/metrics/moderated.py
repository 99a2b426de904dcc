"""A moderated estimate of the variance between seeds: from a few runs, shrunk towards a prior.

Three runs leave two degrees of freedom, for which a 95 % interval by Student's t has 4.3 standard errors on either side
instead of two. Earlier runs help: as limma does for genes with few replicates (Smyth 2004,
doi:10.2202/1544-6115.1027), each contender's variance is shrunk towards that of other contenders:

    s2_post = (d0 s0^2 + d s^2) / (d0 + d)        with d0 + d degrees of freedom, d = S - 1

s^2 is the variance observed in the S runs and s2_post the moderated one. s0 and d0 are the prior: s0 is the standard
deviation of one run's accuracy between seeds, on the scale of log odds, where contenders of 0.6 and of 0.96 are
comparable; d0 is its degrees of freedom. This comparison and ghep's own benchmarks provide them
(``comparison/analysis/seeds.py``). A small d0 allows contenders to differ. If the observed variance of a contender is
improbably large under the prior, d0, and with it the shrinkage, is reduced towards 0 in proportion to that probability
(Phipson et al. 2016, doi:10.1214/16-AOAS920).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Prior(NamedTuple):
    """Prior for the variation of a contender's accuracy between seeds: numbers, or arrays of one shape."""

    scale: Any
    """Standard deviation of one run's accuracy between seeds, on the scale of log odds."""
    freedom: Any
    """Degrees of freedom of the prior."""
    doubt: float = 0.1
    """If the observed variance has a smaller probability than this, ``freedom`` is reduced in proportion."""


def moderated(scatter: Floats, noise: Floats, slope: Floats, seeds: int, prior: Prior) -> tuple[Floats, Floats]:
    """Return the variance of one run's accuracy between seeds, shrunk towards ``prior``, and its degrees of freedom.

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
