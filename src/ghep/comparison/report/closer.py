"""One contender looked at closely, for the page: everything its answers say, and their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ghep.comparison.record import MAJORITY, Comparison, Evidence, Measured
from ghep.comparison.report.answer_charts import MOST_CLASSES, calibration, matrix
from ghep.comparison.report.answers import (
    ClassRow,
    ConfusedPair,
    Reliability,
    class_rows,
    confused_pairs,
    confusion,
    reliability,
)
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.mistakes import Mistake, worst_mistakes
from ghep.comparison.report.tables import everyone


@dataclass(frozen=True)
class Closer:
    """The recommended contender, looked at closely."""

    name: str
    runs: tuple[Measured, ...]
    classes: list[ClassRow]
    confused: list[ConfusedPair]
    reliability: Reliability
    scores: Mapping[str, float]
    mistakes: list[Mistake]
    plots: tuple[Plot, ...]


def look_closer(comparison: Comparison, evidence: Evidence) -> Closer | None:
    """Return what there is to see of the recommended contender's answers; None if it has none."""
    who = evidence.verdict.recommended
    runs = tuple(run for run in comparison.full_runs if run.contender == who and len(run.answers.targets))
    if not runs:
        return None
    classes = comparison.data.names
    table, bins = confusion(runs, len(classes)), reliability(runs)
    plots = (*((matrix(table, classes),) if len(classes) <= MOST_CLASSES else ()), calibration(bins))
    return Closer(
        everyone(comparison, evidence)[who],
        runs,
        class_rows(table, classes, len(runs)),
        confused_pairs(table, classes, len(runs)),
        bins,
        mean_scores(runs),
        worst_mistakes(runs, comparison.data),
        plots,
    )


def mean_scores(runs: tuple[Measured, ...]) -> dict[str, float]:
    """Return each score that all runs have, as their mean.

    Without ``majority``, which stands beside a run's scores, but says nothing of its answers.
    """
    shared = [name for name in runs[0].scores if name != MAJORITY and all(name in run.scores for run in runs)]
    return {name: sum(run.scores[name] for run in runs) / len(runs) for name in shared}
