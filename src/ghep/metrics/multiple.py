"""Multiple testing: p-values adjusted for the number of tests (family-wise error rate)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values adjusted by Holm's method, in the given order.

    With 95 % probability, no adjusted value below 0.05 is a false positive. The smallest of m p-values is multiplied by
    m, the next by m - 1, and so on; in this order, adjusted values never decrease. Valid for any dependence between the
    tests. Source: Holm 1979, Scandinavian Journal of Statistics 6: 65.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * np.arange(m, 0, -1))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(stepped, 1.0)
    return tuple(adjusted.tolist())
