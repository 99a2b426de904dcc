"""Comparisons of which is known who was right where: rows of answers in, a ``Comparison`` out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ghep.comparison.record import Answers, Comparison, Contender, Data, Measured

Rows = Mapping[str, np.ndarray]
"""Strategy -> whether run s was right on example i, (S, n) or (n,)."""
COSTS = {"majority": 0.0, "linear_ngrams": 1.0, "linear_probe": 5.0, "light": 20.0, "random_features": 6.0}


def planted(rows: Rows, **costs: float) -> Comparison:
    """Return a comparison in which each strategy answered so; ``costs`` are seconds a run, half of them saved."""
    runs = [
        measured(strategy, seed, right, costs.get(strategy, COSTS.get(strategy, 100.0)))
        for strategy, table in rows.items()
        for seed, right in enumerate(np.atleast_2d(table))
    ]
    data = Data("planted", "", "image", "label", ("a", "b"), {"test": {"a": 1}}, "test")
    return Comparison(data, tuple(runs), Path("planted"))


def measured(
    strategy: str, seed: int, right: np.ndarray, seconds: float = 10.0, *, labels: int | None = None
) -> Measured:
    """Return a run that was right where ``right`` (n,) says."""
    n = len(right)
    targets = np.arange(n) % 2
    predicted = np.where(right, targets, 1 - targets)
    answers = Answers(tuple(map(str, range(n))), targets, predicted, np.full(n, 0.9), np.where(right, 0.9, 0.1))
    contender = Contender(strategy, "" if strategy in ("majority", "linear_ngrams") else "seedling")
    return Measured(contender, seed, labels, 0, 80, answers, 0.8 + seed / 100, (), seconds / 2, seconds / 2, 7, 8, 9)


def right(n: int, *, wrong: range | list[int]) -> np.ndarray:
    """Return (n,), right but on the examples ``wrong``."""
    found = np.ones(n, dtype=bool)
    found[list(wrong)] = False
    return found
