"""How much a contender scatters between draws of the labels: what is known before its own runs.

In: who was right where, by contender and number of labels. Out: a ``Prior`` for each (``metrics/moderated.py``). As for
seeds (``seeds.py``) it joins what ghep's benchmark measured with the other cells of the same comparison: those of the
contender with other numbers of labels, and of the others of its group. ``scripts/bench draw_scatter`` measures, and
docs/decisions/0010 has the numbers.

Draw d is trained with seed d. So what depends on its seed scatters for both reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.analysis.seeds import KNOWN, depends_on_seed, group, joined
from ghep.comparison.record import Contender
from ghep.metrics.crossed import scatter_between_seeds
from ghep.metrics.moderated import Prior

Cells = Mapping[tuple[Contender, int], NDArray[Any]]
"""(Contender, labels a class) -> the share of draw d's runs that were right on example i, (D, n)."""

SCATTER = 0.2
"""Standard deviation between draws on log odds, of a model that does not depend on its seed."""
LABELS = 32
"""Labels a class up to which it is so much. With more it falls with their square root."""
FREEDOM = 3.0
"""Degrees of freedom that this is worth: curves differ in it about twofold."""
DOUBT = 0.5
"""``Prior.doubt``. With 1.0 the intervals of two draws are a sixth wider; with 0.2 those of draws that scatter much are
too narrow."""
CORRELATION = 0.4
"""Between two models on the same draws; between two numbers of labels of nested draws."""


def known_scatter(contender: Contender, labels: int) -> Prior:
    """Return what ghep's benchmarks say of the scatter between draws of ``labels`` labels a class."""
    seed = KNOWN[group(contender)].scale if depends_on_seed(contender) else 0.0
    scale = np.hypot(SCATTER * np.sqrt(min(1.0, LABELS / labels)), seed)
    return Prior(float(scale), FREEDOM, DOUBT)


def draw_priors(cells: Cells) -> dict[tuple[Contender, int], Prior]:
    """Return what is known of the scatter between draws in each cell; its own draws are not in it.

    A cell's variance counts for another in proportion to what is known of both: fewer labels scatter more.
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


def prior_of_difference(a: NDArray[Any], b: NDArray[Any], of_a: Prior, of_b: Prior) -> Prior:
    """Return what is known of the scatter of A minus B between draws, in accuracy, of tables (..., D, n) of each."""
    one, other = (scale_at(table, prior) for table, prior in ((a, of_a), (b, of_b)))
    variance = one**2 + other**2 - 2 * CORRELATION * one * other
    return Prior(np.sqrt(variance), min(of_a.freedom, of_b.freedom), doubt=min(of_a.doubt, of_b.doubt))


def scale_at(table: NDArray[Any], prior: Prior) -> Any:
    """Return the prior's standard deviation of one draw, in accuracy, at the mean of ``table`` (..., D, n)."""
    mean = np.asarray(table).mean(axis=(-2, -1))
    return prior.scale * np.maximum(mean * (1 - mean), 1 / (4 * np.shape(table)[-1]))
