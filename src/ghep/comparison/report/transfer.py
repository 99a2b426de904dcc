"""The classic plot of transfer: a pretrained contender against scratch, over epochs and over labels.

In: ``Comparison`` and ``Evidence``. Out: ``Transfer``: the plots, a table of the start, slope and asymptote of both
curves, and notes on missing parts. One pretrained contender is drawn: the recommended one if it was trained for several
epochs, else the best of those that were.
Source: figure 2 of Torrey and Shavlik 2010, doi:10.4018/978-1-60566-766-9.ch011.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from ghep.comparison.analysis.label_curves import difference_at
from ghep.comparison.analysis.transfer_benefits import difference_interval
from ghep.comparison.record import (
    LINEAR,
    SCRATCH,
    Comparison,
    Contender,
    CurvePoint,
    Data,
    Evidence,
    Higher,
    LabelCurve,
)
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import (
    BOTTOM,
    axis_label,
    contender_columns,
    interval_columns,
    label_count_axis,
    spread,
)
from ghep.comparison.report.words import interval, points, points_interval, score
from ghep.display.look import MUTED, PAGE, SERIES
from ghep.messages import text_of
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (5.4, 3.6)
"""Width and height in inches: two plots fit side by side on a wide page; on a phone one is below the other."""
LEGEND = 0.42
"""Height of the legend above the axes, in inches."""
GAIN_DRAWN = 0.9
"""The slope is drawn over this share of the gain from start to asymptote."""


@dataclass(frozen=True)
class Mark:
    """A value of one contender with its confidence interval: start, slope, asymptote, or the score at a label count."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Line:
    """A row of the table: one value, such as the start, of the pretrained contender and of the scratch control."""

    what: str
    pretrained: str
    control: str
    outcome: str
    """Higher, lower, or cannot tell; empty if there is nothing to compare."""
    over: str = ""
    """Heading above this line, if it starts a group."""


@dataclass(frozen=True)
class Transfer:
    """The section of the report on the effect of transfer: plots, a table and notes."""

    plots: tuple[Plot, ...]
    """The plots over epochs and over labels, as far as there are curves."""
    pretrained: str
    control: str
    """Display name of the scratch control; it is empty if there is none, and ``pretrained`` likewise."""
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    """What is missing, and why."""


@dataclass(frozen=True)
class _Side:
    """The learning curve and the label curve of one contender, each None if it has no such curve."""

    contender: Contender
    name: str
    colour: str
    style: str
    epochs: Higher | None
    labels: LabelCurve | None


def transfer(comparison: Comparison, evidence: Evidence, called: dict[Contender, str]) -> Transfer:
    """Return the section on the effect of transfer; without any curve it has no plot, and a note says so.

    ``called``: contender -> display name.
    """
    pretrained = _side(evidence, called, _pretrained(evidence), SERIES[0], "-")
    control = _side(evidence, called, _scratch(evidence, pretrained.contender if pretrained else None), MUTED, "--")
    sides = [side for side in (pretrained, control) if side is not None]
    epochs = [side for side in sides if side.epochs is not None]
    if not any(len(side.epochs.times) > 1 for side in epochs if side.epochs):
        epochs = []  # only solved heads: dots without a curve
    linear = _side(evidence, called, _linear(evidence), MUTED, ":")
    labels = [side for side in sides if side.labels is not None]
    if labels and linear is not None:
        labels.append(linear)
    return Transfer(
        tuple(plot for plot in (_epoch_plot(epochs), _label_plot(labels, comparison.data)) if plot),
        pretrained.name if pretrained else "",
        control.name if control else "",
        (*_epoch_lines(epochs, pretrained, control), *_label_lines(comparison, labels, pretrained, control)),
        tuple(_notes(comparison, pretrained, control, epochs)),
    )


def _pretrained(evidence: Evidence) -> Contender | None:
    """Return the pretrained contender to draw, None if none has a curve.

    Contenders with curves over epochs and over labels are preferred, then those with one of the two, then solved heads.
    """
    verdict, ranked = evidence.verdict, [place.contender for place in evidence.leaderboard if place.same_as is None]
    order = [one for one in (verdict.recommended, verdict.best, *ranked) if not one.control and not one.reference]
    trained = {one.contender for one in evidence.highers if len(one.times) > 1}
    drawn = {one.contender for one in evidence.curves if len(one.points) > 1}
    solved = {one.contender for one in evidence.highers if one.times}
    for preferred in (trained & drawn, trained, drawn, solved):
        found = next((one for one in order if one in preferred), None)
        if found is not None:
            return found
    return None


def _scratch(evidence: Evidence, other: Contender | None) -> Contender | None:
    """Return the scratch contender that has a curve, preferably on the backbone of ``other``; None if there is none."""
    drawn = [*(one.contender for one in evidence.highers if one.times), *(one.contender for one in evidence.curves)]
    found = [one for one in drawn if one.strategy == SCRATCH]
    same = [one for one in found if other is not None and one.backbone == other.backbone]
    return next(iter(same or found), None)


def _linear(evidence: Evidence) -> Contender | None:
    """Return the linear model without a neural network, a control that the plot over labels also shows, or None."""
    return next((one.contender for one in evidence.curves if one.contender.strategy in LINEAR), None)


def _side(
    evidence: Evidence, called: dict[Contender, str], contender: Contender | None, colour: str, style: str
) -> _Side | None:
    if contender is None:
        return None
    epochs = next((one for one in evidence.highers if one.contender == contender and one.times), None)
    labels = next((one for one in evidence.curves if one.contender == contender and len(one.points) > 1), None)
    return _Side(contender, called.get(contender, str(contender)), colour, style, epochs, labels)


# The table.


def _epoch_lines(epochs: Sequence[_Side], pretrained: _Side | None, control: _Side | None) -> Iterator[Line]:
    if not epochs:
        return
    a, b = (side.epochs if side is not None else None for side in (pretrained, control))
    yield replace(_line(text_of("transfer-start"), _start(a), _start(b)), over=text_of("transfer-over-epochs"))
    slope = _line(text_of("transfer-slope"), _slope(a), _slope(b), of_points=True)
    yield replace(slope, pretrained=slope.pretrained or _no_slope(a), control=slope.control or _no_slope(b))
    yield _line(text_of("transfer-asymptote"), _asymptote(a), _asymptote(b))


def _label_lines(
    comparison: Comparison, labels: Sequence[_Side], pretrained: _Side | None, control: _Side | None
) -> Iterator[Line]:
    if not labels:
        return
    a, b = (side.labels if side is not None else None for side in (pretrained, control))
    some = a or b
    assert some is not None
    fewest, most = (_point_line(comparison, a, b, point) for point in (some.points[0], some.points[-1]))
    yield replace(
        fewest, over=text_of("transfer-over-labels", score=comparison.data.score, split=comparison.data.headline)
    )
    yield _line(text_of("transfer-doubling"), _doubling(a), _doubling(b), of_points=True)
    yield most


def _point_line(comparison: Comparison, a: LabelCurve | None, b: LabelCurve | None, at: CurvePoint) -> Line:
    """Return the table row that compares the label curves ``a`` and ``b`` at the number of labels of the point ``at``.

    Their difference is computed on the draws that both have.
    """
    marks = [_point(curve, at.labels) for curve in (a, b)]
    found = difference_at(comparison, a.contender, b.contender, at.labels) if a is not None and b is not None else None
    outcome = "" if found is None else _outcome(found.low, found.high)
    return replace(_line(text_of("transfer-with-labels", count=round(at.num_labels)), *marks), outcome=outcome)


def _line(what: str, a: Mark | None, b: Mark | None, *, of_points: bool = False) -> Line:
    return Line(what, _written(a, of_points), _written(b, of_points), _compared(a, b))


def _written(mark: Mark | None, of_points: bool) -> str:
    if mark is None:
        return ""
    value = points(mark.value) if of_points else score(mark.value)
    if mark.interval is None:
        return value
    return f"{value} ({points_interval(mark.interval) if of_points else interval(mark.interval)})"


def _compared(a: Mark | None, b: Mark | None) -> str:
    """Return "higher", "lower" or "cannot tell" for ``a`` against ``b``, by the 95 % interval of their difference.

    The errors of ``a`` and ``b`` are treated as independent. The text is empty if one of the two is missing.
    """
    if a is None or b is None or a.interval is None or b.interval is None:
        return ""
    difference = difference_interval(a.value, a.interval, b.value, b.interval)
    return _outcome(difference.low, difference.high)


def _outcome(low: float, high: float) -> str:
    outcome = "higher" if low > 0 else "lower" if high < 0 else "cannot-tell"
    return text_of("transfer-outcome", outcome=outcome)


def _start(higher: Higher | None) -> Mark | None:
    return None if higher is None else Mark(higher.start, higher.start_interval)


def _slope(higher: Higher | None) -> Mark | None:
    if higher is None or higher.slope_per_epoch is None:
        return None
    return Mark(higher.slope_per_epoch, higher.slope_interval)


def _no_slope(higher: Higher | None) -> str:
    return text_of("transfer-no-gain") if higher is not None and len(higher.times) > 1 else ""


def _asymptote(higher: Higher | None) -> Mark | None:
    return None if higher is None else Mark(higher.asymptote, higher.asymptote_interval)


def _point(curve: LabelCurve | None, labels: int | None) -> Mark | None:
    points = () if curve is None else curve.points
    return next((Mark(point.accuracy, point.interval) for point in points if point.labels == labels), None)


def _doubling(curve: LabelCurve | None) -> Mark | None:
    """Return the accuracy gained per doubling of the labels, from the first point to the last."""
    if curve is None or curve.points[-1].num_labels <= curve.points[0].num_labels:
        return None
    first, last = curve.points[0], curve.points[-1]
    doublings = log2(last.num_labels / first.num_labels)
    ends = difference_interval(last.accuracy, last.interval, first.accuracy, first.interval)
    gain = (last.accuracy - first.accuracy) / doublings
    return Mark(gain, Interval(ends.low / doublings, ends.high / doublings, ends.level))


# What is missing.


def _notes(
    comparison: Comparison,
    pretrained: _Side | None,
    control: _Side | None,
    epochs: Sequence[_Side],
) -> Iterator[str]:
    if pretrained is None:
        yield text_of("transfer-no-curve")
    elif not epochs:
        yield text_of("transfer-no-epochs")
    elif pretrained.epochs is None or len(pretrained.epochs.times) == 1:
        yield text_of("transfer-solved", name=pretrained.name)
    if control is None:
        yield text_of("transfer-no-scratch", cause=_why_no_scratch(comparison))
    if pretrained is None or pretrained.labels is None:
        yield text_of("transfer-no-labels", asked=bool(comparison.settings.get("labels")))
    elif control is not None and control.labels is None:
        yield text_of("transfer-control-no-labels", name=control.name)
    seeds = {side.epochs.seeds for side in epochs if side.epochs is not None}
    if seeds == {1}:
        yield text_of("transfer-one-seed")


def _why_no_scratch(comparison: Comparison) -> str:
    if comparison.settings.get("controls") is False:
        return text_of("scratch-not-requested")
    for stopped in comparison.stopped:
        if stopped.contender.strategy == SCRATCH:
            return str(stopped.reason)
    for failure in comparison.failures:
        if failure.contender.strategy == SCRATCH:
            return text_of("scratch-failed", cause=failure.cause)
    return text_of("scratch-did-not-run")


# The plot.


def _epoch_plot(sides: Sequence[_Side]) -> Plot | None:
    def paint(figure: Figure) -> None:
        _over_epochs(_axes(figure, sides), sides)

    return _plot(
        "transfer_epochs",
        text_of("figure-transfer-epochs", scratch=_with_scratch(sides)),
        text_of("caption-transfer-epochs"),
        paint,
        tuple(_epoch_rows(sides)),
    )


def _label_plot(sides: Sequence[_Side], data: Data) -> Plot | None:
    def paint(figure: Figure) -> None:
        quantity = text_of("axis-score-on", score=data.score, split=data.headline)
        _over_labels(_axes(figure, sides), sides, quantity)

    return _plot(
        "transfer_labels",
        text_of("figure-transfer-labels", scratch=_with_scratch(sides)),
        text_of("caption-transfer-labels", split=data.headline),
        paint,
        tuple(_label_rows(sides)),
    )


def _with_scratch(sides: Sequence[_Side]) -> bool:
    return any(side.contender.strategy == SCRATCH for side in sides)


def _plot(
    name: str, title: str, caption: str, paint: Callable[[Figure], None], rows: tuple[Mapping[str, object], ...]
) -> Plot | None:
    return Plot(name, title, caption, SIZE, paint, rows) if rows else None


def _axes(figure: Figure, sides: Sequence[_Side]) -> Axes:
    """Return axes with a legend above them that has the name and the line style of each contender."""
    from matplotlib.lines import Line2D

    axes = figure.subplots()
    right = 1 - 0.6 / SIZE[0]
    figure.subplots_adjust(0.62 / SIZE[0], BOTTOM / SIZE[1], right, 1 - LEGEND / SIZE[1])
    handles = [Line2D([], [], color=side.colour, ls=side.style, lw=1.8, label=side.name) for side in sides]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.5 / SIZE[0], 1), ncols=3, frameon=False, fontsize=9
    )
    return axes


def _over_epochs(axes: Axes, sides: Sequence[_Side]) -> None:
    """Draw the learning curves over epochs, their starts and asymptotes with intervals, and their slopes."""
    from matplotlib.ticker import MaxNLocator

    found = [(side, side.epochs) for side in sides if side.epochs is not None]
    first = min(higher.times[0][0] for _, higher in found)
    last = max(higher.times[-1][0] for _, higher in found)
    span = max(last - first, 1.0)
    for index, (side, higher) in enumerate(found):
        where, scores = [one[0] for one in higher.times], [one[2] for one in higher.times]
        axes.plot(where, scores, color=side.colour, ls=side.style, lw=1.8, zorder=3)
        start_at, end_at = where[0] - 0.012 * span * index, last + (0.05 + 0.05 * index) * span
        _bar(axes, start_at, higher.start, higher.start_interval, side.colour)
        axes.plot([where[-1], end_at], [higher.asymptote] * 2, color=side.colour, ls=":", lw=1)
        _bar(axes, end_at, higher.asymptote, higher.asymptote_interval, side.colour)
        if higher.slope_per_epoch is not None:
            gain = GAIN_DRAWN * (higher.asymptote - higher.start)
            reached = where[0] + gain / higher.slope_per_epoch
            axes.plot([where[0], reached], [higher.start, higher.start + gain], color=side.colour, lw=0.9, zorder=2)
            if higher.slope_interval is not None:
                ends = [
                    higher.start + rate * (reached - where[0])
                    for rate in (higher.slope_interval.low, higher.slope_interval.high)
                ]
                axes.fill([where[0], reached, reached], [higher.start, *ends], color=side.colour, alpha=0.1, lw=0)
    axes.set_xlim(first - 0.05 * span, last + (0.05 + 0.05 * len(found)) * span)
    axes.set(xlabel=axis_label("epochs"), ylabel=axis_label("valid-score"))
    _within_scores(axes)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _ends(axes, [(higher.asymptote, score(higher.asymptote), side.colour) for side, higher in found])
    _name_marks(axes, *found[0], end=last + 0.05 * span)


def _name_marks(axes: Axes, side: _Side, higher: Higher, end: float) -> None:
    """Write the words start, slope and asymptote next to a learning curve that ends at epoch ``end``."""
    start, span = higher.times[0][0], end - higher.times[0][0]
    below = [(text_of("transfer-start"), start, higher.start)]
    if higher.slope_per_epoch is not None:
        gain = GAIN_DRAWN * (higher.asymptote - higher.start)
        taken = gain / higher.slope_per_epoch
        if taken > 0.3 * span:
            below.append((text_of("mark-slope"), start + 0.6 * taken, higher.start + 0.6 * gain))
        else:
            below = [(text_of("mark-start-slope"), start, higher.start)]
    for text, where, height in below:
        _name_mark(axes, text, (where, height), (4, -11), "left", side.colour)
    _name_mark(axes, text_of("transfer-asymptote"), (end, higher.asymptote), (-4, 7), "right", side.colour)


def _name_mark(
    axes: Axes, text: str, at: tuple[float, float], away: tuple[float, float], align: str, colour: str
) -> None:
    axes.annotate(
        text, at, away, textcoords="offset points", ha=align, color=colour, fontsize=8, fontstyle="italic", zorder=6
    )


def _over_labels(axes: Axes, sides: Sequence[_Side], quantity: str) -> None:
    found = [(side, side.labels) for side in sides if side.labels is not None]
    for side, curve in found:
        where = [point.num_labels for point in curve.points]
        axes.plot(where, [point.accuracy for point in curve.points], color=side.colour, ls=side.style, lw=1.8, zorder=3)
        for point in curve.points:
            _bar(axes, point.num_labels, point.accuracy, point.interval, side.colour)
    axes.set_xscale("log")
    label_count_axis(axes, sorted({point.num_labels for _, curve in found for point in curve.points}))
    axes.set(xlabel=axis_label("labels"), ylabel=quantity)
    _within_scores(axes)
    lasts = [(curve.points[-1].accuracy, side) for side, curve in found]
    _ends(axes, [(value, score(value), side.colour) for value, side in lasts])


def _within_scores(axes: Axes) -> None:
    """Limit the vertical axis to about 0 to 1, since the interval drawn for a slope may exceed possible scores."""
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -0.03), min(high, 1.03))


def _bar(axes: Axes, where: float, value: float, ends: Interval | None, colour: str) -> None:
    if ends is not None:
        axes.plot([where] * 2, (ends.low, ends.high), color=colour, lw=2.4, alpha=0.5, solid_capstyle="round", zorder=4)
    axes.plot([where], [value], "o", ms=5, color=colour, mec=PAGE, mew=0.8, zorder=5)


def _ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write the last value of each curve right of the axes, without overlap; ``ends`` has (height, text, colour)."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    at = spread([value for value, _, _ in ends], 0.06 * (high - low), low, high)
    for (_, text, colour), where in zip(ends, at, strict=True):
        axes.annotate(
            text,
            (1.02, where),
            xycoords=("axes fraction", "data"),
            color=colour,
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _epoch_rows(sides: Sequence[_Side]) -> Iterator[dict[str, object]]:
    for side in sides:
        higher = side.epochs
        assert higher is not None
        for epoch, _, value in higher.times:
            yield {**contender_columns(side.contender), "what": "curve", "epochs": epoch, "score": value}
        for what, mark in (("start", _start(higher)), ("slope", _slope(higher)), ("asymptote", _asymptote(higher))):
            if mark is not None:
                ends = {} if mark.interval is None else interval_columns(mark.interval)
                yield {**contender_columns(side.contender), "what": what, "score": mark.value, **ends}


def _label_rows(sides: Sequence[_Side]) -> Iterator[dict[str, object]]:
    for side in sides:
        assert side.labels is not None
        for point in side.labels.points:
            where = {"labels": point.num_labels, "score": point.accuracy, **interval_columns(point.interval)}
            yield {**contender_columns(side.contender), "what": "labels", **where}
