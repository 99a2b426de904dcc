"""Prior variance of each contender between seeds.

In: tables of correct answers. Out: for each contender a ``Prior`` of its variance between seeds
(``metrics/moderated.py``). The prior combines two sources: ghep's own benchmarks, and the other contenders of the
comparison that have several seeds. A contender's own runs are not in its prior, or they would count twice.

Contenders with pretrained weights, scratch and random features are three groups that share no information.
docs/decisions/0010 has the measured values, ``scripts/bench seed_scatter`` measures them.
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
"""Contender -> whether its run s was right on example i, (S, n), or for many comparisons at once (..., S, n)."""

Priors = Mapping[Contender, Prior | None]
"""Contender -> prior of its variance between seeds; None for contenders that do not depend on their seed."""

PRETRAINED = "pretrained"
KNOWN = {
    PRETRAINED: Prior(0.25, 3.0, doubt=1.0),
    SCRATCH: Prior(0.25, 2.0),
    RANDOM_FEATURES: Prior(0.25, 2.0),
}
"""Group -> standard deviation of a run between seeds, on log odds, and its degrees of freedom. 0.25 is about the
measured median. Pretrained contenders differ much, so their prior is discounted (``doubt``) once one varies more."""
WEIGHT = 2.0
"""Degrees of freedom of ``KNOWN`` against those of the comparison's other contenders, in a contender's ``scale``."""
MOST = 2.5
"""Upper bound of another contender's contribution, as a multiple of the known standard deviation: a run that collapsed
says nothing about other contenders."""
LEAST = 1 / 4
"""Lower bound of the prior, as a fraction of the known standard deviation."""


def priors(right: Right) -> dict[Contender, Prior | None]:
    """Return the prior variance of each contender; None for contenders that do not depend on their seed."""
    seen = {
        contender: (table.shape[-2] - 1, scatter_between_seeds(table))
        for contender, table in right.items()
        if depends_on_seed(contender) and table.shape[-2] > 1
    }
    return {contender: _prior(contender, seen) if depends_on_seed(contender) else None for contender in right}


def depends_on_seed(contender: Contender) -> bool:
    """Whether another seed may give other predictions."""
    return contender.strategy not in SEEDLESS


def joined(known: Prior, others: Iterable[tuple[int, Any]]) -> Prior:
    """Return ``known`` with its scale pooled with that of the other contenders.

    ``others``: degrees of freedom and variance on log odds of each. ``WEIGHT`` is the weight of ``known``.
    """
    others = list(others)
    squares = WEIGHT * known.scale**2 + sum(own * np.minimum(one, (MOST * known.scale) ** 2) for own, one in others)
    mean = squares / (WEIGHT + sum(own for own, _ in others))
    return known._replace(scale=np.sqrt(np.maximum(mean, (LEAST * known.scale) ** 2)))


def group(contender: Contender) -> str:
    """Return the key of the contender's group in ``KNOWN``."""
    return contender.strategy if contender.strategy in KNOWN else PRETRAINED


def _prior(contender: Contender, seen: Mapping[Contender, tuple[int, Any]]) -> Prior:
    """Pool ``KNOWN`` with the others of the same group; ``seen``: degrees of freedom and variance of each."""
    others = [found for other, found in seen.items() if other != contender and group(other) == group(contender)]
    return joined(KNOWN[group(contender)], others)
