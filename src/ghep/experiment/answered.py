"""Scores of a model that may abstain: how many examples it answers, and how good the answers are.

In: scored splits, and the p-values of their inputs and answers. Out: the results with an ``Answered`` each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ghep.experiment.results import SplitResult, score_json
from ghep.guards.familiarity import Familiarity, withheld
from ghep.metrics.intervals import wilson
from ghep.tasks.base import Classifier, Task, labelled, only
from ghep.types import Score


@dataclass(frozen=True)
class Answered:
    """One split and task, at a rate of abstention; of the labelled examples."""

    rate: float
    share: Score
    """The share that is answered."""
    unfamiliar: int
    undecided: int
    """Familiar examples whose answer is undecided."""
    score: Score | None
    """Primary score of the answered examples; None if there are none."""
    on_unfamiliar: Score | None
    """Primary score of the answers that were withheld because the input is unfamiliar; None if there are none."""

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        return {
            "rate": self.rate,
            "unfamiliar": self.unfamiliar,
            "undecided": self.undecided,
            "share": score_json(self.share),
            "score": None if self.score is None else score_json(self.score),
            "on_unfamiliar": None if self.on_unfamiliar is None else score_json(self.on_unfamiliar),
        }


def with_answered(
    scored: Sequence[SplitResult],
    tasks: Sequence[Task],
    known: Familiarity,
    familiar: Mapping[str, np.ndarray],
    *,
    rate: float,
    seed: int = 0,
) -> tuple[SplitResult, ...]:
    """Return ``scored`` with what is answered at ``rate``; ``familiar``: split -> p-values (N,) of its inputs."""
    by_name = {task.name: task for task in tasks}
    return tuple(
        replace(one, answered=_answered(one, by_name[one.task], known, familiar[one.split], rate, seed))
        for one in scored
    )


def _answered(
    result: SplitResult, task: Task, known: Familiarity, familiar: np.ndarray, rate: float, seed: int
) -> Answered:
    certain = None
    if isinstance(task, Classifier):
        likely = task.likelihood(task.answers(result.predictions), result.predictions)
        certain = known.of_answers(task.name, likely)
    given = labelled(result.targets)
    unfamiliar, undecided = (given & one for one in withheld(familiar, certain, rate))
    answered = given & ~unfamiliar & ~undecided

    def score(rows: np.ndarray) -> Score | None:
        found = task.score(only(result.targets, rows), result.predictions, seed=seed) if rows.any() else ()
        return next((one for one in found if one.name == task.primary), None)

    count, total = int(answered.sum()), int(given.sum())
    share = Score("answered", count / total, wilson(count, total), total)
    return Answered(rate, share, int(unfamiliar.sum()), int(undecided.sum()), score(answered), score(unfamiliar))
