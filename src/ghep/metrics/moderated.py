"""The variance between seeds from a few runs and what is known of such variances: a moderated estimate.

Three runs leave two degrees of freedom, and Student's t then asks for 4.3 standard errors where many runs ask for two.
But the runs of a comparison are not the first that were ever made. As limma does for genes with few replicates (Smyth
2004, doi:10.2202/1544-6115.1027), each contender's variance is drawn towards that of others:

    s2_post = (d0 s0^2 + d s^2) / (d0 + d)        with d0 + d degrees of freedom, d = S - 1

s0 is a standard deviation of one run's accuracy on the scale of log odds, where contenders of 0.6 and of 0.96 are
comparable; this comparison and ghep's own benchmarks give it (``comparison/analysis/seeds.py``). d0 says how much
two contenders may differ. One that scatters more than the prior allows is no such contender: its d0 falls to 0 as the
chance of such a scatter does (Phipson et al. 2016, doi:10.1214/16-AOAS920), and with it all shrinkage.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Prior(NamedTuple):
    """What is known of a contender's scatter between seeds before its own runs: numbers, or arrays of one shape."""

    scale: Any
    """Standard deviation of one run's accuracy, on the scale of log odds."""
    freedom: Any
    """Degrees of freedom that this is worth."""
    doubt: float = 0.1
    """Below this chance of so large a scatter the degrees of freedom fall, in proportion to it."""


def moderated(scatter: Floats, noise: Floats, slope: Floats, seeds: int, prior: Prior) -> tuple[Floats, Floats]:
    """Return the variance of one run's accuracy by its seed, and its degrees of freedom.

    ``scatter`` is the variance that the accuracies of the runs show, ``noise`` the part of it that so few examples
    cause, ``slope`` the change of accuracy by log odds. The variance is at least 0; with one seed it is the prior's.
    """
    from scipy.stats import f

    own, known = float(seeds - 1), np.asarray(prior.scale, dtype=np.float64) ** 2 * slope**2
    freedom = np.broadcast_to(np.asarray(prior.freedom, dtype=np.float64), known.shape)
    if seeds > 1:
        chance = f.sf(scatter / np.maximum(known + noise, 1e-15), own, np.maximum(freedom, 1e-6))
        freedom = freedom * np.minimum(1.0, chance / prior.doubt)
    variance = (freedom * known + own * (scatter - noise)) / np.maximum(freedom + own, 1e-15)
    return np.maximum(variance, 0.0), freedom + own
