"""The result of scoring a model on one split, for one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ghep.errors import DataError
from ghep.messages import text_of
from ghep.types import Example, Score


@dataclass(frozen=True, repr=False)
class SplitResult:
    """Predictions and scores of one split, for one task."""

    split: str
    task: str
    examples: tuple[Example, ...]
    targets: np.ndarray
    """int64 (N,), or int8 (N, K) for a multi-label task, -1 is unlabelled; float32 (N,), standardised, for regression,
    NaN is unlabelled."""
    predictions: np.ndarray
    """float64, from the task's ``predict``: calibrated probabilities (N, K); for regression (N, 3), each number with
    the ends of its interval."""
    scores: tuple[Score, ...]
    constant: float
    """Primary score of always giving the best constant answer for this split: the majority class, or the mean."""
    controls: tuple[Any, ...] = ()
    """Models without transfer on the same examples (``controls.Control``)."""
    unseen: Any = None
    """Scores on the examples without a copy in train (``unseen.Unseen``); None if no example has a copy."""
    answered: Any = None
    """Scores of the answers that are not withheld (``answered.Answered``); None if no rate of abstention was given."""

    @property
    def numeric(self) -> bool:
        """Whether the task is regression."""
        return self.targets.dtype.kind == "f"

    @property
    def primary(self) -> Score:
        """The score that decides between two models: accuracy, or R² for regression."""
        return self.scores[0]

    @property
    def constant_name(self) -> str:
        """Name of the constant answer, for tables: the majority class, or the mean."""
        return text_of("constant-mean" if self.numeric else "majority-class")

    def score(self, name: str) -> Score:
        """Return the score called ``name``; raise DataError if the task has no such score."""
        found = next((score for score in self.scores if score.name == name), None)
        if found is None:
            raise DataError("no-such-score", score=name, task=self.task, names=[score.name for score in self.scores])
        return found

    def __repr__(self) -> str:
        return f"<{self.split}, {self.task}: {self.scores[0].name} {self.scores[0]}>"


def score_json(score: Score) -> dict[str, Any]:
    """Return the fields of a score as plain values for JSON."""
    interval = score.interval
    return {
        "value": score.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "level": interval.level if interval else None,
        "n": score.n,
        "higher_is_better": score.higher_is_better,
    }
