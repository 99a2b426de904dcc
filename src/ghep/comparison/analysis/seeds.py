"""The prior of each contender's variance in accuracy between seeds.

In: for each contender, which predictions are correct. Out: for each contender a ``Prior`` of its variance between seeds
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
"""Contender -> (S, n): whether the run with seed s is right on test example i; for many comparisons (..., S, n)."""

Priors = Mapping[Contender, Prior | None]
"""Contender -> prior of its variance between seeds; None for contenders that do not depend on their seed."""

PRETRAINED = "pretrained"
KNOWN = {
    PRETRAINED: Prior(0.25, 3.0, doubt=1.0),
    SCRATCH: Prior(0.25, 2.0),
    RANDOM_FEATURES: Prior(0.25, 2.0),
}
"""Group -> prior standard deviation of the accuracy between seeds, on log odds, with degrees of freedom. 0.25 is about
the measured median. Pretrained contenders differ much from each other, so their prior counts less (``doubt``) for a
contender whose own runs vary more."""
WEIGHT = 2.0
"""Degrees of freedom of ``KNOWN`` when it is pooled with the variances of the comparison's other contenders."""
MOST = 2.5
"""Upper bound of another contender's contribution, as a multiple of the standard deviation in ``KNOWN``: a run that
collapsed says nothing about other contenders."""
LEAST = 1 / 4
"""Lower bound of the prior, as a fraction of the standard deviation in ``KNOWN``."""


def priors(right: Right) -> dict[Contender, Prior | None]:
    """Return contender -> prior of its variance between seeds; None for a contender that does not depend on its seed.

    ``right``: contender -> correct predictions (S seeds, n examples).
    """
    seen = {
        contender: (table.shape[-2] - 1, scatter_between_seeds(table))
        for contender, table in right.items()
        if depends_on_seed(contender) and table.shape[-2] > 1
    }
    return {contender: _prior(contender, seen) if depends_on_seed(contender) else None for contender in right}


def depends_on_seed(contender: Contender) -> bool:
    """Whether another seed may give other predictions."""
    return contender.plain_strategy not in SEEDLESS


def joined(known: Prior, others: Iterable[tuple[int, Any]]) -> Prior:
    """Return the prior ``known`` with a new scale: its variance averaged with the variances of other contenders.

    ``others`` has (degrees of freedom, variance on log odds) of each. The weights are the degrees of freedom; those of
    ``known`` are ``WEIGHT``.
    """
    others = list(others)
    squares = WEIGHT * known.scale**2 + sum(own * np.minimum(one, (MOST * known.scale) ** 2) for own, one in others)
    mean = squares / (WEIGHT + sum(own for own, _ in others))
    return known._replace(scale=np.sqrt(np.maximum(mean, (LEAST * known.scale) ** 2)))


def group(contender: Contender) -> str:
    """Return the contender's group, a key of ``KNOWN``: scratch, random features, or contenders that are pretrained."""
    return contender.strategy if contender.strategy in KNOWN else PRETRAINED


def _prior(contender: Contender, seen: Mapping[Contender, tuple[int, Any]]) -> Prior:
    """Return the prior of ``contender``: ``KNOWN``, pooled with the other contenders of the same group.

    ``seen``: contender -> (degrees of freedom, variance on log odds).
    """
    others = [found for other, found in seen.items() if other != contender and group(other) == group(contender)]
    return joined(KNOWN[group(contender)], others)
