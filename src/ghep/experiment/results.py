"""The result of scoring a model on one split, for one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ghep.types import Example, Score


@dataclass(frozen=True, repr=False)
class SplitResult:
    """Predictions and scores of one split, for one task."""

    split: str
    task: str
    examples: tuple[Example, ...]
    targets: np.ndarray
    """int64 (N,), or int8 (N, K) for a multi-label task; -1 is unlabelled."""
    probabilities: np.ndarray
    """float64 (N, K), calibrated."""
    scores: tuple[Score, ...]
    majority: float
    """Primary score of always predicting the most frequent answer of this split."""
    controls: tuple[Any, ...] = ()
    """Models without transfer on the same examples (``controls.Control``)."""
    unseen: Any = None
    """Scores on the examples without a copy in train (``unseen.Unseen``); None if no example has a copy."""

    def score(self, name: str) -> Score:
        """Return the score called ``name``."""
        return next(score for score in self.scores if score.name == name)

    def __repr__(self) -> str:
        return f"<{self.split}, {self.task}: {self.scores[0].name} {self.scores[0]}>"


def score_json(score: Score) -> dict[str, Any]:
    """Return a score as JSON can hold it."""
    interval = score.interval
    return {
        "value": score.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "level": interval.level if interval else None,
        "n": score.n,
        "higher_is_better": score.higher_is_better,
    }
