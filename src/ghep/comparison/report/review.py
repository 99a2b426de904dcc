"""What the HTML page shows of the recommended contender's predictions: scores, calibration, mistakes and figures.

In: ``Comparison``, ``Evidence`` and the data of the comparison. Out: an ``AnswerReview``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghep.comparison.record import CONSTANT, Comparison, Evidence, Measured
from ghep.comparison.report.answer_charts import MOST_CLASSES, calibration, matrix, scatter
from ghep.comparison.report.answers import (
    ClassRow,
    ConfusedPair,
    RangeRow,
    Reliability,
    class_rows,
    confused_pairs,
    confusion,
    range_rows,
    reliability,
)
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.mistake_neighbours import TrainingData
from ghep.comparison.report.mistakes import Mistake, worst_mistakes
from ghep.comparison.report.tables import display_names
from ghep.messages import Message


@dataclass(frozen=True)
class AnswerReview:
    """The analysis of the recommended contender's predictions: of classes, or of numbers (regression)."""

    name: str
    runs: tuple[Measured, ...]
    scores: Mapping[str, float]
    mistakes: list[Mistake]
    plots: tuple[Plot, ...]
    classes: Sequence[ClassRow] = ()
    confused: Sequence[ConfusedPair] = ()
    reliability: Reliability | None = None
    """None for regression."""
    ranges: Sequence[RangeRow] = ()
    """For regression: the errors in each range of the labels."""
    without_near: Message | None = None
    """Why the nearest training examples of mistakes are left out; None if they are shown, or if no model was kept."""


def review_answers(
    comparison: Comparison, evidence: Evidence, training: TrainingData | None = None
) -> AnswerReview | None:
    """Return the analysis of the recommended contender's predictions; None if it has no run on all labels.

    Without ``training``, mistakes have no nearest training examples.
    """
    recommended = evidence.verdict.recommended
    runs = tuple(run for run in comparison.full_runs if run.contender == recommended and len(run.answers.targets))
    if not runs:
        return None
    name, scores = display_names(comparison, evidence)[recommended], mean_scores(runs)
    mistakes, without = worst_mistakes(runs, comparison.data, training)
    if comparison.data.numeric:
        ranges = range_rows(runs)
        return AnswerReview(name, runs, scores, mistakes, (scatter(runs),), ranges=ranges, without_near=without)
    classes = comparison.data.names
    table, bins = confusion(runs, len(classes)), reliability(runs)
    plots = (*((matrix(table, classes),) if len(classes) <= MOST_CLASSES else ()), calibration(bins))
    return AnswerReview(
        name,
        runs,
        scores,
        mistakes,
        plots,
        class_rows(table, classes, len(runs)),
        confused_pairs(table, classes, len(runs)),
        bins,
        without_near=without,
    )


def mean_scores(runs: tuple[Measured, ...]) -> dict[str, float]:
    """Return score -> mean over ``runs``, for each score that all runs have.

    ``majority`` is left out, because it is not a score of these predictions.
    """
    shared = [name for name in runs[0].scores if name not in CONSTANT and all(name in run.scores for run in runs)]
    return {name: sum(run.scores[name] for run in runs) / len(runs) for name in shared}
