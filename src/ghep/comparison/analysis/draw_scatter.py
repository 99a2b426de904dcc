"""The prior variance of each contender's accuracy between draws of the labels.

In: tables of correct predictions for each cell (a contender with a number of labels). Out: for each cell a ``Prior``
(``metrics/moderated.py``). As for seeds (``seeds.py``), it combines ghep's benchmarks with the other cells of the same
comparison: the same contender with other numbers of labels, and the other contenders of its group. The benchmark is
``scripts/bench draw_scatter``; docs/decisions/0010 has its results.

Draw d is trained with seed d. So for contenders that depend on their seed, this variance includes that between seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.analysis.seeds import KNOWN, depends_on_seed, group, joined
from ghep.comparison.record import Contender
from ghep.metrics.crossed import scatter_between_seeds, slope_of
from ghep.metrics.moderated import Prior

Cells = Mapping[tuple[Contender, int], NDArray[Any]]
"""(Contender, labels per class) -> (D, n): fraction of the runs of draw d that are right on test example i, for D draws
and n examples."""

SCATTER = 0.2
"""Standard deviation of the log odds of the accuracy between draws, for a model that does not depend on its seed."""
LABELS = 32
"""Labels per class up to which ``SCATTER`` holds. With more labels, the standard deviation falls with the square root
of their number."""
FREEDOM = 3.0
"""Degrees of freedom of ``SCATTER``: its true value differs about twofold between label curves."""
DOUBT = 0.5
"""``Prior.doubt``. With 1.0 the intervals of two draws are a sixth wider; with 0.2 the intervals of draws that vary
much are too narrow."""
CORRELATION = 0.4
"""Correlation between two models on the same draws, and between two numbers of labels of nested draws."""


def known_scatter(contender: Contender, labels: int) -> Prior:
    """Return the prior of a contender's variance between draws of ``labels`` labels per class, from the benchmarks."""
    seed = KNOWN[group(contender)].scale if depends_on_seed(contender) else 0.0
    scale = np.hypot(SCATTER * np.sqrt(min(1.0, LABELS / labels)), seed)
    return Prior(float(scale), FREEDOM, DOUBT)


def draw_priors(cells: Cells) -> dict[tuple[Contender, int], Prior]:
    """Return (contender, labels per class) -> prior of the variance between draws.

    The prior of a cell uses the benchmarks and the draws of other cells, not its own draws. Accuracy varies more with
    fewer labels, so the variance of another cell is scaled by the ratio of the two cells' priors from the benchmarks.
    """
    known = {cell: known_scatter(*cell) for cell in cells}
    seen = {
        cell: (len(right) - 1, scatter_between_seeds(right) / known[cell].scale ** 2)
        for cell, right in cells.items()
        if len(right) > 1
    }
    found = {}
    for cell, prior in known.items():
        others = [
            (freedom, ratio * prior.scale**2)
            for other, (freedom, ratio) in seen.items()
            if other != cell and group(other[0]) == group(cell[0])
        ]
        found[cell] = joined(prior, others)
    return found


def prior_of_difference(
    a: NDArray[Any], b: NDArray[Any], of_a: Prior, of_b: Prior, correlation: float = CORRELATION
) -> Prior:
    """Return the prior of the variance, between draws, of the accuracy of A minus that of B.

    ``a`` and ``b`` are tables of correct predictions (..., D draws, n examples); ``of_a`` and ``of_b`` are the priors
    of the two, whose accuracies correlate between draws by ``correlation``.
    """
    one, other = (scale_at(table, prior) for table, prior in ((a, of_a), (b, of_b)))
    variance = one**2 + other**2 - 2 * correlation * one * other
    return Prior(np.sqrt(variance), min(of_a.freedom, of_b.freedom), doubt=min(of_a.doubt, of_b.doubt))


def scale_at(table: NDArray[Any], prior: Prior) -> Any:
    """Return the prior standard deviation of the accuracy between draws, at the mean accuracy of ``table`` (..., D, n).

    The prior is on log odds; D draws, n examples.
    """
    return prior.scale * slope_of(table)
