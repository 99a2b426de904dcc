"""How much contenders scatter between seeds: what is known before their runs, and whose next seed teaches most.

In: who was right where. Out: for each contender a ``Prior`` of its variance between seeds (``metrics/moderated.py``),
and the contender that the answer hangs on. The prior joins two sources: ghep's own benchmarks, and the other contenders
of the comparison that have several seeds. A contender's own runs are not in its prior, or they would count twice.

Contenders with pretrained weights, scratch and random features are three groups: what the one does says nothing of the
others. docs/decisions/0010 has the measured scatter, ``scripts/bench seed_scatter`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, SEEDLESS, Contender
from ghep.metrics.crossed import scatter_between_seeds
from ghep.metrics.moderated import Prior

Right = Mapping[Contender, NDArray[Any]]
"""Contender -> whether its run s was right on example i, (S, n), or of many comparisons at once (..., S, n)."""

Priors = Mapping[Contender, Prior | None]
"""Contender -> what is known of its scatter between seeds."""

PRETRAINED = "pretrained"
KNOWN = {
    PRETRAINED: Prior(0.25, 3.0, doubt=1.0),
    SCRATCH: Prior(0.25, 2.0),
    RANDOM_FEATURES: Prior(0.25, 2.0),
}
"""Of each group: the scatter of a run between seeds, and how many degrees of freedom that is worth. 0.25 is about the
median that was measured. Pretrained contenders differ much, so theirs is doubted as soon as one scatters more."""
WEIGHT = 2.0
"""Degrees of freedom of ``KNOWN`` against those of the comparison's other contenders, in a contender's ``scale``."""
MOST = 2.5
"""Times the known scatter: no other contender counts for more. One that collapsed says nothing of the others."""
LEAST = 1 / 4
"""Of the known scatter: so much is always taken to be there."""


def priors(right: Right) -> dict[Contender, Prior | None]:
    """Return what is known of each contender's scatter between seeds; None for what does not depend on its seed."""
    seen = {
        contender: (table.shape[-2] - 1, scatter_between_seeds(table))
        for contender, table in right.items()
        if depends_on_seed(contender) and table.shape[-2] > 1
    }
    return {contender: _prior(contender, seen) if depends_on_seed(contender) else None for contender in right}


def depends_on_seed(contender: Contender) -> bool:
    """Whether another seed may answer otherwise."""
    return contender.strategy not in SEEDLESS


def joined(known: Prior, others: Iterable[tuple[int, Any]]) -> Prior:
    """Return ``known`` with the scale that it and the others of the comparison agree on.

    ``others``: degrees of freedom and variance on log odds of each. ``WEIGHT`` says what ``known`` counts against them.
    """
    others = list(others)
    squares = WEIGHT * known.scale**2 + sum(own * np.minimum(one, (MOST * known.scale) ** 2) for own, one in others)
    mean = squares / (WEIGHT + sum(own for own, _ in others))
    return known._replace(scale=np.sqrt(np.maximum(mean, (LEAST * known.scale) ** 2)))


def group(contender: Contender) -> str:
    """Return the key of ``KNOWN`` whose scatter the contender is taken to have."""
    return contender.strategy if contender.strategy in KNOWN else PRETRAINED


def _prior(contender: Contender, seen: Mapping[Contender, tuple[int, Any]]) -> Prior:
    """Join what ghep knows with the others of the same group; ``seen``: degrees of freedom and variance of each."""
    others = [found for other, found in seen.items() if other != contender and group(other) == group(contender)]
    return joined(KNOWN[group(contender)], others)
