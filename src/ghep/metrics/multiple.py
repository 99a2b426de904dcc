"""Several questions of one table: the chance that any answer is a false alarm, not each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p adjusted for there being several: below 0.05 for none, or for true differences only, 95 times in 100.

    The smallest counts m times, the next m - 1 times, and none less than one before it, whatever depends on what.
    Source: Holm 1979, Scandinavian Journal of Statistics 6: 65.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * np.arange(m, 0, -1))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(stepped, 1.0)
    return tuple(adjusted.tolist())
