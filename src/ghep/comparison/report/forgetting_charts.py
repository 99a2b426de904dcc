"""The figure of what contenders know of the target data and still know of the source data.

In: ``Comparison`` and ``Evidence``. Out: a ``Plot``, or None if no run measured what it forgot. Both scores are of data
that no run was trained on. The target score is that on valid, because there interpolated runs (``keep=wise``) tried all
values of alpha; their line is the trade-off that alpha can choose from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ghep.comparison.record import Comparison, Contender, Evidence, Measured
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import (
    BOTTOM,
    TOP,
    axis_label,
    colour_of,
    contender_columns,
    leave_room_for_names,
    spread,
    width_with_names,
)
from ghep.comparison.report.words import names
from ghep.display.look import MUTED
from ghep.messages import text_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT, LINE = 3.8, 0.19
"""Inches: of the figure, and of a name at its right."""


@dataclass(frozen=True)
class Kept:
    """What the runs of a contender know: means over seeds, and each run's line over alpha."""

    contender: Contender
    source: float
    target: float
    lines: tuple[tuple[tuple[float, float, float], ...], ...]
    """For each interpolated run: (alpha, source, target)."""


def trade_off(comparison: Comparison, evidence: Evidence) -> Plot | None:
    """Return the figure of the target score on valid against what is left of the source, one point per contender.

    The source score is the accuracy on source data if every run has it, else the share of the source knowledge that is
    left (``Forgetting.kept`` in ``guards/forgetting.py``).
    """
    runs = [run for run in comparison.full_runs if run.forgetting and run.valid_score is not None]
    by_accuracy = bool(runs) and all(run.forgetting["source"] for run in runs)
    found = _kept(runs, by_accuracy=by_accuracy)
    if len(found) < 2 or not any(run.forgetting["moved"] for run in runs):
        return None
    called = names(one.contender for one in found)
    size = (width_with_names(called.values()), max(HEIGHT, TOP + BOTTOM + LINE * len(found)))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        leave_room_for_names(figure, list(called.values()), size)
        for one in found:
            colour = colour_of(one.contender, evidence)
            for line in one.lines:
                axes.plot([x for _, x, _ in line], [y for _, _, y in line], "-", color=MUTED, lw=1.1, zorder=1)
                axes.plot([x for _, x, _ in line], [y for _, _, y in line], ".", color=MUTED, ms=3.5, zorder=1)
            axes.plot([one.source], [one.target], "o", color=colour, ms=6.5, zorder=3)
        axes.margins(0.06, 0.08)
        axes.set(
            xlabel=axis_label("source-accuracy" if by_accuracy else "source-kept"), ylabel=axis_label("valid-score")
        )
        (low, high), (left, right) = axes.get_ylim(), axes.get_xlim()
        gap = LINE / (size[1] - TOP - BOTTOM) * (high - low)
        heights = spread([one.target for one in found], gap, low + gap / 2, high - gap / 2)
        for one, height in zip(found, heights, strict=True):
            edge = right + 0.02 * (right - left)
            axes.plot([one.source, edge], [one.target, height], color=MUTED, lw=0.5, alpha=0.6, clip_on=False)
            axes.annotate(called[one.contender], (edge, height), va="center", fontsize=8.3, annotation_clip=False)

    rows = [
        {**contender_columns(one.contender), "alpha": "", "source": one.source, "valid_score": one.target}
        for one in found
    ]
    rows += [
        {**contender_columns(one.contender), "alpha": alpha, "source": source, "valid_score": target}
        for one in found
        for line in one.lines
        for alpha, source, target in line
    ]
    return Plot(
        "forgetting",
        text_of("figure-forgetting"),
        text_of("caption-forgetting", lines=sum(len(one.lines) for one in found)),
        size,
        paint,
        tuple(rows),
    )


def _kept(runs: Sequence[Measured], *, by_accuracy: bool) -> list[Kept]:
    """Return what the runs of each contender know, in the order of their first run."""
    by_contender: dict[Contender, list[Measured]] = {}
    for run in runs:
        by_contender.setdefault(run.contender, []).append(run)
    found = []
    for contender, its in by_contender.items():
        lines = [
            tuple((row["alpha"], row["source" if by_accuracy else "kept"], row["score"]) for row in run.alphas)
            for run in its
            if len(run.alphas) > 1 and all(("source" if by_accuracy else "kept") in row for row in run.alphas)
        ]
        source = np.mean([_source(run, by_accuracy=by_accuracy) for run in its])
        target = np.mean([run.valid_score for run in its])
        found.append(Kept(contender, float(source), float(target), tuple(lines)))
    return found


def _source(run: Measured, *, by_accuracy: bool) -> float:
    return float(run.forgetting["source"]["after"] if by_accuracy else run.forgetting["kept"])
