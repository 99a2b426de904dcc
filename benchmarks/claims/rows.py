"""Rows of claims, computed from fits: a difference of accuracies, or a mean over seeds.

Where no fits may be made, those that were not made are left out: a row says how many seeds it has. A row of one seed is
shown and does not decide, because its interval says nothing about other seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from cells import Cell, Lab
from claim import Row

SMALL = "MobileNetV1 0.25"
"""The network of most image claims: half a million weights, 128 pixels. A laptop trains all its blocks in seconds."""
CASES = (
    ("flowers17", SMALL),
    ("pets3", SMALL),
    ("hymenoptera", SMALL),
    ("trec", "minilm"),
    ("movie-polarity", "minilm"),
    ("vi-sentiment", "minilm"),
)
"""Data set and backbone of most claims. minilm was pretrained on English, vi-sentiment is Vietnamese."""


def available(lab: Lab, seeds: Sequence[int], *cells: Cell) -> list[int]:
    """Return the seeds with which all of ``cells`` have been made or may be made."""
    return [seed for seed in seeds if lab.has([cell.but(seed=seed) for cell in cells])]


def difference(lab: Lab, where: str, seeds: Sequence[int], this: Cell, that: Cell, **settings: Any) -> list[Row]:
    """Return the row for the test accuracy of ``this`` minus that of ``that``, each made with every seed.

    ``settings`` are those of ``between``. Returns no row if there are no fits.
    """
    kept = available(lab, seeds, this, that)
    ours, theirs = ([cell.but(seed=seed) for seed in kept] for cell in (this, that))
    return [between(lab, where, ours, theirs, **settings)] if kept else []


def between(
    lab: Lab,
    where: str,
    these: Sequence[Cell],
    those: Sequence[Cell],
    *,
    sides: tuple[str, str],
    counts: bool = True,
    more: tuple[tuple[str, str], ...] = (),
    **fields: Any,
) -> Row:
    """Return the row for the test accuracy of ``these`` minus that of ``those``, one fit for each seed.

    ``sides`` names the columns for the accuracies of both; ``fields`` are further fields of ``Row``.
    """
    found = lab.difference(these, those)
    both = tuple((name, f"{accuracy(lab, cells):.3f}") for name, cells in zip(sides, (these, those), strict=True))
    n = len(next(iter(lab.fit(these[0]).right.values())))
    ends = (float(found.value), float(found.low), float(found.high))
    return Row(where, *ends, n, len(these), counts=counts and len(these) > 1, more=both + more, **fields)


def over_control(
    lab: Lab,
    where: str,
    these: Sequence[Cell],
    *,
    sides: tuple[str, str],
    counts: bool = True,
    more: tuple[tuple[str, str], ...] = (),
    **fields: Any,
) -> list[Row]:
    """Return the row for the test accuracy of ``these`` minus that of the linear control on the same examples.

    Returns no row if the control was not fitted and must not be.
    """
    try:
        found, control = lab.over_control(these)
    except LookupError:
        return []
    both = tuple((name, f"{one:.3f}") for name, one in zip(sides, (accuracy(lab, these), control), strict=True))
    n = len(next(iter(lab.fit(these[0]).right.values())))
    ends = (float(found.value), float(found.low), float(found.high))
    return [Row(where, *ends, n, len(these), counts=counts and len(these) > 1, more=both + more, **fields)]


def accuracy(lab: Lab, cells: Sequence[Cell]) -> float:
    """Return the mean test accuracy of ``cells``."""
    return float(np.mean([one.accuracy for one in lab.fits(cells)]))


def over_seeds(
    where: str, values: Sequence[float], n: int, *, ratio: bool = False, counts: bool = True, **fields: Any
) -> list[Row]:
    """Return the row for the mean of one value for each seed, with Student's interval; no row without values.

    With ``ratio`` mean and interval are those of the logarithms. Otherwise a value is a difference of two shares of
    ``n`` examples. A few seeds with equal values would look like certainty, so the interval is at least as wide as the
    examples make it: their differences of -1, 0 or 1 have the mean d, hence a variance of at least abs(d) - d**2, and
    of 1 / n if one of them differs. One value alone has no interval.
    """
    from scipy.stats import norm, t

    if not values:
        return []
    found = np.log(values) if ratio else np.asarray(values, dtype=float)
    count, mean, half = len(found), float(found.mean()), 0.0
    if count > 1:
        half = float(t.ppf(0.975, count - 1) * found.std(ddof=1) / np.sqrt(count))
        if not ratio:
            half = max(half, float(norm.ppf(0.975) * np.sqrt(max(abs(mean) - mean**2, 1 / n) / (n * count))))
    ends = [float(np.exp(one)) if ratio else one for one in (mean, mean - half, mean + half)]
    return [Row(where, *ends, n, count, counts=counts and count > 1, **fields)]
