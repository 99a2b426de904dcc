"""Figures about the predictions of one contender: its confusion matrix and calibration, or a scatter plot of numbers.

In: predictions, or counts of them. Out: a ``Plot``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.record import Measured
from ghep.comparison.report.answers import Reliability
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import LETTER, axis_label
from ghep.comparison.report.words import shortened
from ghep.display.look import INK, LINE, MUTED, SERIES
from ghep.messages import text_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CLASSES = 30
"""Above this number of classes a confusion matrix is not legible, and only the table of confused pairs is shown."""
CLASS_NAME = 20
FAINTEST, DARKEST = 0.12, 0.6
"""Opacity of a cell's fill; the text on it stays legible on light and dark pages."""


def matrix(table: NDArray[np.int64], classes: Sequence[str]) -> Plot:
    """Return the figure of the confusion matrix ``table``, counts (K, K) with a row per true label.

    The darker a cell, the larger its share of the row.
    """
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    short = [shortened(name, CLASS_NAME) for name in classes]
    margin = LETTER * max(map(len, short)) + 0.45
    cell = min(0.5, max(0.24, 3.2 / len(classes)))
    size = (margin + cell * len(classes) + 0.15, margin + cell * len(classes) + 0.15)

    def paint(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes, letters = figure.subplots(), 8 if cell > 0.3 else 6
        figure.subplots_adjust(margin / size[0], margin / size[1], 1 - 0.15 / size[0], 1 - 0.15 / size[1])
        for k, j in np.argwhere(table > 0):
            colour = SERIES[0] if k == j else SERIES[1]
            dark = FAINTEST + (DARKEST - FAINTEST) * shares[k, j] ** 0.5
            axes.add_patch(Rectangle((j - 0.5, k - 0.5), 1, 1, fc=colour, alpha=dark, lw=0))
            axes.annotate(f"{table[k, j]}", (j, k), ha="center", va="center_baseline", fontsize=letters, color=INK)
        axes.set(
            xlim=(-0.5, len(classes) - 0.5),
            ylim=(len(classes) - 0.5, -0.5),
            xlabel=axis_label("answer"),
            ylabel=axis_label("label"),
        )
        axes.set_xticks(range(len(classes)), short, rotation=90)
        axes.set_yticks(range(len(classes)), short)
        axes.set_xticks(np.arange(len(classes) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(classes) + 1) - 0.5, minor=True)
        axes.grid(visible=False)
        axes.grid(which="minor", color=LINE, lw=0.6)
        axes.tick_params(which="both", length=0)
        for side in axes.spines.values():
            side.set_visible(False)

    rows = [
        {"label": classes[k], "answer": classes[j], "count": int(table[k, j]), "share_of_label": float(shares[k, j])}
        for k in range(len(classes))
        for j in range(len(classes))
    ]
    return Plot(
        "confusion",
        text_of("figure-confusion"),
        text_of("caption-confusion"),
        size,
        paint,
        tuple(rows),
    )


def calibration(bins: Reliability) -> Plot:
    """Return the figure of accuracy against confidence per bin, above the number of predictions in each bin."""
    size = (4.6, 4.4)

    def paint(figure: Figure) -> None:
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
        figure.subplots_adjust(0.14, 0.115, 0.97, 0.975, hspace=0.12)
        top.plot([0, 1], [0, 1], color=MUTED, lw=1, ls="--")
        top.annotate(
            text_of("axis-perfect-calibration"),
            (0.04, 0.07),
            rotation=45,
            rotation_mode="anchor",
            color=MUTED,
            fontsize=8,
            transform_rotates_text=True,
        )
        top.vlines(bins.confidence, bins.confidence, bins.accuracy, color=SERIES[1], lw=1.6, alpha=0.55)
        top.plot(bins.confidence, bins.accuracy, "o-", color=SERIES[0], ms=5, lw=1)
        top.set(xlim=(0, 1.02), ylim=(0, 1.02), ylabel=axis_label("accuracy"))
        bottom.bar(bins.confidence, bins.count, width=0.045, color=SERIES[0], alpha=0.5)
        bottom.set(xlabel=axis_label("confidence"), ylabel=axis_label("answers"))
        bottom.yaxis.get_major_locator().set_params(nbins=3, integer=True)

    rows = [
        {"confidence": float(one), "accuracy": float(two), "answers": int(three)}
        for one, two, three in zip(bins.confidence, bins.accuracy, bins.count, strict=True)
    ]
    return Plot(
        "calibration",
        text_of("figure-calibration"),
        text_of("caption-calibration"),
        size,
        paint,
        tuple(rows),
    )


def scatter(runs: Sequence[Measured]) -> Plot:
    """Return the figure of predicted number against label, means over ``runs``, with prediction intervals as a band."""
    labels = runs[0].answers.targets
    predicted = np.mean([run.answers.predicted for run in runs], axis=0)
    half = float(np.mean([run.answers.confidence.mean() for run in runs]))
    low, high = float(min(labels.min(), predicted.min())), float(max(labels.max(), predicted.max()))
    room = 0.04 * (high - low) or 1.0
    ends = np.array([low - room, high + room])

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(0.15, 0.125, 0.97, 0.97)
        if np.isfinite(half):
            axes.fill_between(ends, ends - half, ends + half, color=SERIES[0], alpha=0.12, lw=0)
        axes.plot(ends, ends, color=MUTED, lw=1, ls="--")
        alpha = float(np.clip(60 / len(labels), 0.15, 0.7))
        axes.scatter(labels, predicted, s=14, color=SERIES[0], alpha=alpha, lw=0)
        axes.set(xlim=ends, ylim=ends, xlabel=axis_label("label"), ylabel=axis_label("predicted"))

    rows = [
        {"label": float(label), "predicted": float(number)} for label, number in zip(labels, predicted, strict=True)
    ]
    return Plot("scatter", text_of("figure-scatter"), text_of("caption-scatter"), (4.6, 4.4), paint, tuple(rows))
