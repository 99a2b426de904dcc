"""Prediction intervals with a known coverage, by split conformal prediction.

In: the errors of predictions for examples that the model was not trained on. Out: the half width w such that the
interval from prediction - w to prediction + w contains the label of a new example with probability ``LEVEL`` or
slightly more. Nothing is assumed about the model or the distribution of the errors, only that the new example comes
from the same population as those examples (Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715; Lei et al. 2018,
doi:10.1080/01621459.2017.1307116). All intervals of a model have the same width.

The examples are those of valid, which also chose the regularisation or the epoch, so that their errors are slightly too
small. Every run therefore also measures the coverage on test.
"""

from __future__ import annotations

from math import ceil
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.9
"""Probability that a prediction interval contains the label."""


FEWEST = ceil(LEVEL / (1 - LEVEL) - 1e-9)
"""With fewer examples, no quantile of their errors has the coverage ``LEVEL``."""


class Conformal(NamedTuple):
    """The half width of the prediction intervals, and the number of labelled examples it was measured on."""

    half_width: float | None
    """None with fewer than ``FEWEST`` examples."""
    n: int

    @property
    def value(self) -> float | None:
        """The half width."""
        return self.half_width


def conformal(errors: NDArray[Any], *, level: float = LEVEL) -> Conformal:
    """Return the half width for ``errors`` (n,): the k-th smallest absolute error, with k = ceil((n + 1) level).

    The half width is None if k is larger than n.

    >>> conformal(np.arange(1, 10)), conformal(np.arange(8))
    (Conformal(half_width=9.0, n=9), Conformal(half_width=None, n=8))
    """
    sizes = np.sort(np.abs(np.asarray(errors, dtype=np.float64)))
    place = ceil(round((len(sizes) + 1) * level, 9))
    return Conformal(float(sizes[place - 1]) if place <= len(sizes) else None, len(sizes))
