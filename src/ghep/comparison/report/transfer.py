"""The classic plot of transfer: pretrained against scratch over epochs and over labels, with start, slope and asymptote
marked (after figure 2 of Torrey and Shavlik 2010, doi:10.4018/978-1-60566-766-9.ch011).

In: ``Comparison`` and ``Evidence``. Out: ``Transfer``: the plots, a small table of the three, and a line for whatever
is not there. One pretrained contender is drawn: the recommended one if it learns over epochs, else the best that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from ghep.comparison.analysis.label_curves import difference_at
from ghep.comparison.analysis.transfer_benefits import difference_interval
from ghep.comparison.record import LINEAR, SCRATCH, Comparison, Contender, CurvePoint, Evidence, Higher, LabelCurve
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import BOTTOM, counts_on, ends_of, who
from ghep.comparison.report.words import interval, points, points_interval, share
from ghep.display.look import MUTED, PAGE, SERIES
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (5.4, 3.6)
"""Inches: two beside each other on a wide page, one below the other on a phone."""
LEGEND = 0.42
"""Inches above the axes."""
WAY = 0.9
"""The slope is drawn until this share of the way from start to asymptote is gone."""


@dataclass(frozen=True)
class Mark:
    """One of the three for one contender."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Line:
    """A line of the table: start, slope or asymptote of the pretrained contender and of scratch."""

    what: str
    pretrained: str
    control: str
    said: str
    """``higher``, ``lower``, ``cannot tell``; empty where there is nothing to compare."""
    over: str = ""
    """Heading of the lines that begin here."""


@dataclass(frozen=True)
class Transfer:
    """What the page shows of transfer."""

    plots: tuple[Plot, ...]
    """Over epochs, over labels."""
    pretrained: str
    control: str
    """Names; empty for what is not there."""
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    """What is missing, and why."""


@dataclass(frozen=True)
class _Side:
    """What is drawn of one contender; None: it has no such curve."""

    contender: Contender
    name: str
    colour: str
    style: str
    epochs: Higher | None
    labels: LabelCurve | None


def transfer(comparison: Comparison, evidence: Evidence, called: dict[Contender, str]) -> Transfer:
    """Return the plots and what goes with them; where there is no curve at all no plot, and a line that says so."""
    mine = _side(evidence, called, _pretrained(evidence), SERIES[0], "-")
    control = _side(evidence, called, _scratch(evidence, mine.contender if mine else None), MUTED, "--")
    sides = [side for side in (mine, control) if side is not None]
    epochs = [side for side in sides if side.epochs is not None]
    if not any(len(side.epochs.times) > 1 for side in epochs if side.epochs):
        epochs = []  # heads that were solved alone: dots without a curve
    linear = _side(evidence, called, _linear(evidence), MUTED, ":")
    labels = [side for side in sides if side.labels is not None]
    if labels and linear is not None:
        labels.append(linear)
    return Transfer(
        tuple(plot for plot in (_epoch_plot(epochs), _label_plot(labels, comparison.data.headline)) if plot),
        mine.name if mine else "",
        control.name if control else "",
        (*_epoch_lines(epochs, mine, control), *_label_lines(comparison, labels, mine, control)),
        tuple(_notes(comparison, mine, control, epochs)),
    )


def _pretrained(evidence: Evidence) -> Contender | None:
    """Return the contender to draw: first who has a curve over epochs, then over labels, then a solved head."""
    verdict, ranked = evidence.verdict, [place.contender for place in evidence.leaderboard if place.same_as is None]
    order = [one for one in (verdict.recommended, verdict.best, *ranked) if not one.control and not one.reference]
    trained = {one.contender for one in evidence.highers if len(one.times) > 1}
    drawn = {one.contender for one in evidence.curves if len(one.points) > 1}
    solved = {one.contender for one in evidence.highers if one.times}
    for there in (trained & drawn, trained, drawn, solved):
        found = next((one for one in order if one in there), None)
        if found is not None:
            return found
    return None


def _scratch(evidence: Evidence, other: Contender | None) -> Contender | None:
    """Return scratch, on the same backbone if it ran there."""
    there = [*(one.contender for one in evidence.highers if one.times), *(one.contender for one in evidence.curves)]
    found = [one for one in there if one.strategy == SCRATCH]
    same = [one for one in found if other is not None and one.backbone == other.backbone]
    return next(iter(same or found), None)


def _linear(evidence: Evidence) -> Contender | None:
    """Return the linear model without a network: over labels it is the control to beat."""
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


def _epoch_lines(epochs: Sequence[_Side], mine: _Side | None, control: _Side | None) -> Iterator[Line]:
    if not epochs:
        return
    a, b = (side.epochs if side is not None else None for side in (mine, control))
    yield replace(_line("start", _start(a), _start(b)), over="Over epochs, scores on valid")
    slope = _line("slope, points an epoch", _slope(a), _slope(b), of_points=True)
    yield replace(slope, pretrained=slope.pretrained or _no_slope(a), control=slope.control or _no_slope(b))
    yield _line("asymptote", _asymptote(a), _asymptote(b))


def _label_lines(
    comparison: Comparison, labels: Sequence[_Side], mine: _Side | None, control: _Side | None
) -> Iterator[Line]:
    if not labels:
        return
    a, b = (side.labels if side is not None else None for side in (mine, control))
    some = a or b
    assert some is not None
    fewest, most = (_point_line(comparison, a, b, point) for point in (some.points[0], some.points[-1]))
    yield replace(fewest, over=f"Over labels, accuracy on {comparison.data.headline}")
    yield _line("points per doubling of the labels", _doubling(a), _doubling(b), of_points=True)
    yield most


def _point_line(comparison: Comparison, a: LabelCurve | None, b: LabelCurve | None, at: CurvePoint) -> Line:
    """Compare the two with as many labels as ``at`` has, by the draws that both have."""
    marks = [_point(curve, at.labels) for curve in (a, b)]
    found = difference_at(comparison, a.contender, b.contender, at.labels) if a is not None and b is not None else None
    said = "" if found is None else "higher" if found.low > 0 else "lower" if found.high < 0 else "cannot tell"
    return replace(_line(f"with {at.num_labels:,.0f} labels", *marks), said=said)


def _line(what: str, a: Mark | None, b: Mark | None, *, of_points: bool = False) -> Line:
    return Line(what, _written(a, of_points), _written(b, of_points), _compared(a, b))


def _written(mark: Mark | None, of_points: bool) -> str:
    if mark is None:
        return ""
    value = points(mark.value) if of_points else share(mark.value)
    if mark.interval is None:
        return value
    return f"{value} ({points_interval(mark.interval) if of_points else interval(mark.interval)})"


def _compared(a: Mark | None, b: Mark | None) -> str:
    """Say whether a is higher: where the interval of the difference, its errors taken as independent, leaves 0 out."""
    if a is None or b is None or a.interval is None or b.interval is None:
        return ""
    ends = difference_interval(a.value, a.interval, b.value, b.interval)
    return "higher" if ends.low > 0 else "lower" if ends.high < 0 else "cannot tell"


def _start(higher: Higher | None) -> Mark | None:
    return None if higher is None else Mark(higher.start, higher.start_interval)


def _slope(higher: Higher | None) -> Mark | None:
    if higher is None or higher.slope_per_epoch is None:
        return None
    return Mark(higher.slope_per_epoch, higher.slope_interval)


def _no_slope(higher: Higher | None) -> str:
    return "gains nothing" if higher is not None and len(higher.times) > 1 else ""


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
    mine: _Side | None,
    control: _Side | None,
    epochs: Sequence[_Side],
) -> Iterator[str]:
    if mine is None:
        yield "No contender with pretrained weights has a curve: there is nothing to plot."
    elif not epochs:
        yield "No contender was trained for more than one epoch, so there is no curve over epochs."
    elif mine.epochs is None or len(mine.epochs.times) == 1:
        yield f"{mine.name} is solved at once: it is a single point, drawn on as a dashed line."
    if control is None:
        yield f"Scratch is not in it: {_why_no_scratch(comparison)}."
    if mine is None or mine.labels is None:
        asked = "the runs for it did not finish" if comparison.settings.get("labels") else "--labels 5,20,all draws one"
        yield f"There is no curve over labels: {asked}."
    elif control is not None and control.labels is None:
        yield f"{control.name} has no curve over labels."
    seeds = {side.epochs.seeds for side in epochs if side.epochs is not None}
    if seeds == {1}:
        yield "With one seed the intervals cover the choice of examples alone: what another seed would do is unknown."


def _why_no_scratch(comparison: Comparison) -> str:
    if comparison.settings.get("controls") is False:
        return "no controls were asked for"
    for stopped in comparison.stopped:
        if stopped.contender.strategy == SCRATCH:
            return stopped.reason
    for failure in comparison.failures:
        if failure.contender.strategy == SCRATCH:
            return f"its run failed ({failure.cause})"
    return "it did not run"


# The plot.


def _epoch_plot(sides: Sequence[_Side]) -> Plot | None:
    def paint(figure: Figure) -> None:
        _over_epochs(_axes(figure, sides), sides)

    return _plot(
        "transfer_epochs",
        f"{_title(sides)}, over epochs",
        "A pretrained network can start higher, gain faster and end higher. Scores on valid; bars are the 95 % "
        "intervals of start and asymptote, the thin line is the slope until 90 % of the way, the shade its interval.",
        paint,
        tuple(_epoch_rows(sides)),
    )


def _label_plot(sides: Sequence[_Side], headline: str) -> Plot | None:
    def paint(figure: Figure) -> None:
        _over_labels(_axes(figure, sides), sides, headline)

    return _plot(
        "transfer_labels",
        f"{_title(sides)}, over labels",
        f"Accuracy on {headline}, means over draws of the labels; bars are 95 % intervals over draws and test "
        "examples, of a single draw over test examples alone.",
        paint,
        tuple(_label_rows(sides)),
    )


def _title(sides: Sequence[_Side]) -> str:
    return "Pretrained against scratch" if any(side.contender.strategy == SCRATCH for side in sides) else "Pretrained"


def _plot(
    name: str, title: str, caption: str, paint: Callable[[Figure], None], rows: tuple[Mapping[str, object], ...]
) -> Plot | None:
    return Plot(name, title, caption, SIZE, paint, rows) if rows else None


def _axes(figure: Figure, sides: Sequence[_Side]) -> Axes:
    """Return axes under a legend of the names."""
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
    """Draw the curves, their starts and asymptotes with intervals, and slopes."""
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
            gain = WAY * (higher.asymptote - higher.start)
            reached = where[0] + gain / higher.slope_per_epoch
            axes.plot([where[0], reached], [higher.start, higher.start + gain], color=side.colour, lw=0.9, zorder=2)
            if higher.slope_interval is not None:
                ends = [
                    higher.start + rate * (reached - where[0])
                    for rate in (higher.slope_interval.low, higher.slope_interval.high)
                ]
                axes.fill([where[0], reached, reached], [higher.start, *ends], color=side.colour, alpha=0.1, lw=0)
    axes.set_xlim(first - 0.05 * span, last + (0.05 + 0.05 * len(found)) * span)
    axes.set(xlabel="epochs", ylabel="valid score")
    _within_scores(axes)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _ends(axes, [(higher.asymptote, share(higher.asymptote), side.colour) for side, higher in found])
    _name_marks(axes, *found[0], end=last + 0.05 * span)


def _name_marks(axes: Axes, side: _Side, higher: Higher, end: float) -> None:
    """Write start, slope and asymptote at the marks of one curve."""
    start, span = higher.times[0][0], end - higher.times[0][0]
    below = [("start", start, higher.start)]
    if higher.slope_per_epoch is not None:
        gain = WAY * (higher.asymptote - higher.start)
        taken = gain / higher.slope_per_epoch
        if taken > 0.3 * span:
            below.append(("slope", start + 0.6 * taken, higher.start + 0.6 * gain))
        else:
            below = [("start, slope", start, higher.start)]
    for text, where, height in below:
        _name_mark(axes, text, (where, height), (4, -11), "left", side.colour)
    _name_mark(axes, "asymptote", (end, higher.asymptote), (-4, 7), "right", side.colour)


def _name_mark(
    axes: Axes, text: str, at: tuple[float, float], away: tuple[float, float], align: str, colour: str
) -> None:
    axes.annotate(
        text, at, away, textcoords="offset points", ha=align, color=colour, fontsize=8, fontstyle="italic", zorder=6
    )


def _over_labels(axes: Axes, sides: Sequence[_Side], headline: str) -> None:
    found = [(side, side.labels) for side in sides if side.labels is not None]
    for side, curve in found:
        where = [point.num_labels for point in curve.points]
        axes.plot(where, [point.accuracy for point in curve.points], color=side.colour, ls=side.style, lw=1.8, zorder=3)
        for point in curve.points:
            _bar(axes, point.num_labels, point.accuracy, point.interval, side.colour)
    axes.set_xscale("log")
    counts_on(axes, sorted({point.num_labels for _, curve in found for point in curve.points}))
    axes.set(xlabel="labels", ylabel=f"accuracy on {headline}")
    _within_scores(axes)
    lasts = [(curve.points[-1].accuracy, side) for side, curve in found]
    _ends(axes, [(value, share(value), side.colour) for value, side in lasts])


def _within_scores(axes: Axes) -> None:
    """Cut the axis at scores that there are: an interval of a slope may lead above 1."""
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, -0.03), min(high, 1.03))


def _bar(axes: Axes, where: float, value: float, ends: Interval | None, colour: str) -> None:
    if ends is not None:
        axes.plot([where] * 2, (ends.low, ends.high), color=colour, lw=2.4, alpha=0.5, solid_capstyle="round", zorder=4)
    axes.plot([where], [value], "o", ms=5, color=colour, mec=PAGE, mew=0.8, zorder=5)


def _ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write the number at which each curve ends right of the axes, the higher above the lower."""
    from ghep.comparison.report.layout import apart

    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    at = apart([value for value, _, _ in ends], 0.06 * (high - low), low, high)
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
        for epoch, _, score in higher.times:
            yield {**who(side.contender), "what": "curve", "epochs": epoch, "score": score}
        for what, mark in (("start", _start(higher)), ("slope", _slope(higher)), ("asymptote", _asymptote(higher))):
            if mark is not None:
                ends = {} if mark.interval is None else ends_of(mark.interval)
                yield {**who(side.contender), "what": what, "score": mark.value, **ends}


def _label_rows(sides: Sequence[_Side]) -> Iterator[dict[str, object]]:
    for side in sides:
        assert side.labels is not None
        for point in side.labels.points:
            where = {"labels": point.num_labels, "score": point.accuracy, **ends_of(point.interval)}
            yield {**who(side.contender), "what": "labels", **where}
