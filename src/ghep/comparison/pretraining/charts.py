"""The figures of "did it help?": the curve of pretraining, and label curves before and after.

In: ``BenefitEvidence``. Out: a ``Plot``, or None if it would be empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ghep.comparison.pretraining.progress import Progress
from ghep.comparison.pretraining.record import BenefitEvidence
from ghep.comparison.pretraining.verdict import BEST
from ghep.comparison.record import Contender
from ghep.comparison.report.curve_charts import label_curve_plot
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import BOTTOM, TOP, WIDTH, axis_label, heights_of_names
from ghep.display.look import INK, MUTED, SERIES
from ghep.messages import text_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def called(evidence: BenefitEvidence) -> dict[Contender, str]:
    """Return contender -> its name on the page: before, after, word vectors, or the control's own."""
    sides = evidence.sides
    found = {}
    for curve in evidence.curves:
        one = curve.contender
        side = "vectors" if sides.vectors and one.backbone == sides.vectors else ""
        if one.strategy == BEST:
            side = "after" if one.backbone == sides.after else "random" if sides.random else "before"
        found[one] = text_of("benefit-side", side=side) if side else one.strategy
    return found


def benefit_plots(evidence: BenefitEvidence, progress: Progress) -> tuple[Plot, ...]:
    """Return the figures, in the order of the page."""
    found = (pretraining_curve(progress), before_and_after(evidence))
    return tuple(plot for plot in found if plot is not None)


def before_and_after(evidence: BenefitEvidence) -> Plot | None:
    """Return the figure of the label curves; None with one number of labels."""
    curves = [curve for curve in evidence.curves if len(curve.points) > 1]
    if not curves:
        return None
    names = called(evidence)
    colours = {curve.contender: _colour(curve.contender, evidence) for curve in curves}
    shown = {one: names[one] for one in colours}
    return label_curve_plot(curves, shown, colours, evidence.score, text_of("caption-before-and-after"))


def pretraining_curve(progress: Progress) -> Plot | None:
    """Return the figure of the held-out loss over time, with the lines of unigram and bigram counts."""
    if len(progress.points) < 2:
        return None
    size = (WIDTH, 3.2)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(0.62 / size[0], BOTTOM / size[1], 1 - 1.3 / size[0], 1 - TOP / size[1])
        seconds, values = zip(*progress.points, strict=True)
        minutes = [one / 60 for one in seconds]
        axes.plot(minutes, values, color=SERIES[0], marker="o", ms=3, lw=1.6)
        ends: Mapping[str, float] = {"model": values[-1], **progress.lines}
        for name, value in progress.lines.items():
            axes.axhline(value, color=MUTED, lw=1, ls="--" if name == "bigram" else ":")
        for name, where in zip(ends, heights_of_names(axes, list(ends.values()), size[1]), strict=True):
            axes.annotate(
                text_of("benefit-line", line=name),
                (1.02, where),
                xycoords=("axes fraction", "data"),
                color=INK,
                va="center",
                annotation_clip=False,
            )
        axes.set(xlabel=axis_label("minutes"), ylabel=axis_label(progress.unit))

    column = progress.unit.replace("-", "_")
    rows = tuple({"seconds": at, column: value, **progress.lines} for at, value in progress.points)
    return Plot(
        "pretraining",
        text_of("figure-pretraining"),
        text_of("caption-pretraining", unit=progress.unit),
        size,
        paint,
        rows,
    )


def _colour(one: Contender, evidence: BenefitEvidence) -> str:
    if one.control:
        return MUTED
    if one.strategy != BEST:
        return SERIES[2]
    return SERIES[1] if one.backbone == evidence.sides.after else SERIES[0]
