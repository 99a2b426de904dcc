"""Figures with curves: validation score during training, and accuracy against the number of labels.

In: ``Evidence``. Out: a ``Plot``, or None if it would be empty.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ghep.comparison.record import Contender, Evidence, LabelCurve
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import (
    WIDTH,
    axis_label,
    colour_of,
    contender_columns,
    heights_of_names,
    interval_columns,
    label_count_axis,
    leave_room_for_names,
    seconds_axis,
    width_with_names,
)
from ghep.comparison.report.words import names
from ghep.display.look import INK, MUTED, SERIES
from ghep.messages import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_SECONDS = 0.01
"""A time of 0 seconds is drawn at this value on a logarithmic axis."""
SHIFT = 1.03
"""Factor by which the first and the last curve are shifted along the axis so that their error bars do not overlap."""


def learning(evidence: Evidence, *, against: str) -> Plot | None:
    """Return the figure of learning curves, one small panel per contender.

    A panel shows the validation score against ``epochs`` or ``seconds``.
    """
    highers = [one for one in evidence.highers if one.times]
    if not any(len(one.times) > 1 for one in highers):
        return None
    column, solved = {"epochs": 0, "seconds": 1}[against], [one for one in highers if len(one.times) == 1]
    highest = max(highers, key=lambda one: one.asymptote)
    best = next((one for one in highers if one.contender == evidence.verdict.best), highest)
    times = [max(row[column], LEAST_SECONDS) for one in highers for row in one.times]
    called, columns = names(one.contender for one in highers), min(4, len(highers))
    titles = _titles(called, 100 // columns if columns > 2 else 36)
    above = 0.14 * max(title.count("\n") + 1 for title in titles) + 0.12
    rows_of_panels = math.ceil(len(highers) / columns)
    size = (WIDTH if columns > 2 else 5.6, 0.5 + above + (1.2 + above) * rows_of_panels - above)

    def paint(figure: Figure) -> None:
        grid = figure.subplots(rows_of_panels, columns, sharex=True, sharey=True, squeeze=False)
        left, right = 0.62 / size[0], 1 - 0.24 / size[0]
        figure.subplots_adjust(left, 0.5 / size[1], right, 1 - above / size[1], 0.1, above / 1.2)
        for index, axes in enumerate(grid.flat):
            if index >= len(highers):
                axes.set_visible(False)
                continue
            one = highers[index]
            if one is not best:
                _curve(axes, best.times, column, MUTED, "--")
            _curve(axes, one.times, column, colour_of(one.contender, evidence), "-")
            axes.set_title(titles[index], loc="left", fontsize=8, pad=4, linespacing=1.1)
            axes.tick_params(labelbottom=index + columns >= len(highers))
        if against == "seconds":
            seconds_axis(grid[0, 0], min(times), max(times))
        else:
            grid[0, 0].xaxis.get_major_locator().set_params(integer=True)
        figure.supxlabel(axis_label(against), fontsize=9, y=0.1 / size[1], va="bottom")
        figure.supylabel(axis_label("valid-score"), fontsize=9, x=0.06 / size[0], ha="left")

    rows = [
        {
            **contender_columns(one.contender),
            "epoch": epoch,
            "seconds": seconds,
            "valid_score": score,
            "seeds": one.seeds,
        }
        for one in highers
        for epoch, seconds, score in one.times
    ]
    return Plot(
        f"learning_{against}",
        text_of("figure-learning", against=against),
        text_of("caption-learning", name=called[best.contender], solved=len(solved)),
        size,
        paint,
        tuple(rows),
    )


def label_curves(evidence: Evidence) -> Plot | None:
    """Return the figure of accuracy against the number of labels, one line per contender with its name at the end."""
    curves = [curve for curve in evidence.curves if curve.points]
    if not curves:
        return None
    called = names(curve.contender for curve in curves)
    return label_curve_plot(curves, called, _colours(curves, evidence), evidence.score, text_of("caption-label-curves"))


def label_curve_plot(
    curves: Sequence[LabelCurve],
    called: Mapping[Contender, str],
    colours: Mapping[Contender, str],
    score: str,
    caption: str,
) -> Plot:
    """Return the figure of label curves; ``called`` and ``colours``: contender -> name at the end of its line, colour.

    Controls are dashed.
    """
    size = (width_with_names(called.values()), max(3.6, 0.6 + 0.2 * len(curves)))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        leave_room_for_names(figure, list(called.values()), size)
        for index, curve in enumerate(curves):
            shift = SHIFT ** (2 * index / max(len(curves) - 1, 1) - 1) if len(curves) > 1 else 1.0
            _label_curve(axes, curve, colours[curve.contender], shift)
        axes.set_xscale("log")
        label_count_axis(axes, sorted({point.num_labels for curve in curves for point in curve.points}))
        axes.set(xlabel=axis_label("labelled-examples"), ylabel=axis_label(score))
        _name_ends(axes, [(called[one.contender], one, colours[one.contender]) for one in curves], size)

    rows = [
        {
            **contender_columns(curve.contender),
            "labels_per_class": "all" if point.labels is None else point.labels,
            "num_labels": point.num_labels,
            "accuracy": point.accuracy,
            **interval_columns(point.interval),
            "runs": point.runs,
        }
        for curve in curves
        for point in curve.points
    ]
    title = text_of("figure-label-curves", score=score)
    return Plot("label_curves", title, caption, size, paint, tuple(rows))


def _titles(called: Mapping[Contender, str], width: int) -> list[str]:
    """Return each contender's name, broken into lines for a narrow panel: the strategy, then the backbone if given."""
    lines = []
    for name in called.values():
        strategy, _, backbone = name.partition(" (")
        lines.append("\n".join([strategy, *textwrap.wrap(backbone.removesuffix(")"), width)]))
    return lines


def _colours(curves: Sequence[LabelCurve], evidence: Evidence) -> Mapping[Contender, str]:
    """Return contender -> colour: the first seven pretrained contenders have different colours, all others are grey."""
    ranks = {place.contender: rank for rank, place in enumerate(evidence.leaderboard)}
    pretrained = [curve.contender for curve in curves if not curve.contender.control]
    pretrained.sort(key=lambda one: ranks.get(one, len(ranks)))
    coloured = dict(zip(pretrained, SERIES, strict=False))
    return {curve.contender: coloured.get(curve.contender, MUTED) for curve in curves}


def _curve(axes: Axes, times: Sequence[tuple[float, float, float]], column: int, colour: str, style: str) -> None:
    marker = "o" if len(times) == 1 else ""
    where = [max(one[column], LEAST_SECONDS) if column else one[column] for one in times]
    axes.plot(
        where, [one[2] for one in times], ls=style, color=colour, marker=marker, ms=4.5, lw=1.5 if style == "-" else 1
    )


def _label_curve(axes: Axes, curve: LabelCurve, colour: str, shift: float) -> None:
    where = [shift * point.num_labels for point in curve.points]
    for at, point in zip(where, curve.points, strict=True):
        ends = (point.interval.low, point.interval.high)
        axes.plot([at] * 2, ends, color=colour, lw=1.6, alpha=0.45, solid_capstyle="round")
    style = "--" if curve.contender.control else "-"
    axes.plot(where, [point.accuracy for point in curve.points], color=colour, ls=style, marker="o", ms=4)


def _name_ends(axes: Axes, ends: Sequence[tuple[str, LabelCurve, str]], size: tuple[float, float]) -> None:
    """Write each contender's name right of the axes, as near as possible to the height where its curve ends."""
    at = heights_of_names(axes, [curve.points[-1].accuracy for _, curve, _ in ends], size[1])
    for (name, curve, colour), where in zip(ends, at, strict=True):
        axes.annotate(
            name,
            (curve.points[-1].num_labels, curve.points[-1].accuracy),
            (1.03, where),
            xycoords="data",
            textcoords=("axes fraction", "data"),
            color=INK,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "alpha": 0.6, "shrinkA": 1, "shrinkB": 4},
        )
