"""The list of figures in the report, and three of them: accuracy, differences and cost of all contenders.

In: ``Comparison`` and ``Evidence``. Out: a ``Plot``, or None if it would be empty. All figures stay legible with twenty
contenders: each contender has one line or one small panel, and its name next to it instead of in a legend.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ghep.comparison.record import Comparison, Contender, Evidence, Place
from ghep.comparison.report.curve_charts import LEAST_SECONDS, label_curves, learning
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.forgetting_charts import trade_off
from ghep.comparison.report.layout import (
    BOTTOM,
    LETTER,
    TOP,
    axis_label,
    colour_of,
    contender_columns,
    interval_columns,
    leave_room_for_names,
    seconds_axis,
    width_with_names,
)
from ghep.comparison.report.tables import NEAR, axis, behind_best, the_best
from ghep.comparison.report.words import duration, names, points, score
from ghep.display.look import INK, MUTED, PAGE
from ghep.messages import text_of
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOT = 3.9
"""Width in inches of a figure with one line per contender, without the names."""
ROW = 0.27
"""Height in inches of a figure's line for one contender."""


def all_plots(comparison: Comparison, evidence: Evidence) -> tuple[Plot, ...]:
    """Return the figures that show all contenders, in the order of the HTML page."""
    found = (
        accuracy(comparison, evidence),
        differences(evidence),
        learning(evidence, against="epochs"),
        learning(evidence, against="seconds"),
        label_curves(evidence),
        cost(evidence),
        trade_off(comparison, evidence),
    )
    return tuple(plot for plot in found if plot is not None)


def accuracy(comparison: Comparison, evidence: Evidence) -> Plot:
    """Return the figure of accuracies, one row per contender: mean, 95 % confidence interval, and a ring per run."""
    places, called = evidence.leaderboard, _called(evidence)
    runs: dict[Contender, list[tuple[int, float]]] = {place.contender: [] for place in places}
    for run in comparison.full_runs:
        runs.setdefault(run.contender, []).append((run.seed, run.answers.accuracy))
    size = _lines_size(called)

    def paint(figure: Figure) -> None:
        axes = _lines(figure, list(called.values()), size)
        low, high = axis(places)
        axes.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))
        for row, place in enumerate(places):
            colour = colour_of(place.contender, evidence)
            if place.accuracy < low:
                _outside(axes, row, score(place.accuracy), colour)
                continue
            single = [value for _, value in runs[place.contender]]
            axes.plot(single, [row + 0.24] * len(single), "o", ms=3.2, mfc="none", mec=MUTED, mew=0.8)
            _whisker(axes, row, place.accuracy, place.interval, colour)
        axes.set_xlabel(text_of("axis-score-on", score=evidence.score, split=comparison.data.headline))

    rows = [
        {
            **contender_columns(place.contender),
            "what": "mean",
            "seed": "",
            "accuracy": place.accuracy,
            **interval_columns(place.interval),
        }
        for place in places
    ]
    rows += [
        {**contender_columns(contender), "what": "run", "seed": seed, "accuracy": value, "low": "", "high": ""}
        for contender, single in runs.items()
        for seed, value in single
    ]
    return Plot(
        "accuracy",
        text_of("figure-accuracy", score=evidence.score),
        text_of("caption-accuracy"),
        size,
        paint,
        tuple(rows),
    )


def differences(evidence: Evidence) -> Plot | None:
    """Return the figure of differences, one row per contender: its accuracy minus that of the best contender."""
    behind, called = behind_best(evidence), _called(evidence)
    if not behind:
        return None
    best = evidence.verdict.best
    shown = {one.other: called[one.other] for one in behind}
    size = _lines_size(shown)

    def paint(figure: Figure) -> None:
        axes = _lines(figure, list(shown.values()), size)
        near = [one for one in behind if one.difference >= -NEAR]
        low = min([-0.01, *(one.interval.low for one in near)])
        high = max([0.01, *(one.interval.high for one in near)])
        axes.set_xlim(100 * (low - 0.04 * (high - low)), 100 * (high + 0.04 * (high - low)))
        for row, one in enumerate(behind):
            colour = colour_of(one.other, evidence)
            if one.difference < low:
                _outside(axes, row, points(one.difference), colour)
                continue
            ends = Interval(100 * one.interval.low, 100 * one.interval.high)
            _whisker(axes, row, 100 * one.difference, ends, colour)
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
        axes.set_xlabel(text_of("axis-points-to-best", best=the_best(evidence)))

    return Plot(
        "differences",
        text_of("figure-differences", best=the_best(evidence), name=called.get(best, str(best))),
        text_of("caption-differences"),
        size,
        paint,
        tuple(
            {
                **contender_columns(one.other),
                "minus": str(best),
                "difference": one.difference,
                **interval_columns(one.interval),
                "p": one.pair.p_value,
                "adjusted_p": one.pair.adjusted,
            }
            for one in behind
        ),
    )


def cost(evidence: Evidence) -> Plot | None:
    """Return the figure of accuracy against the seconds of one run, with points numbered as on the leaderboard."""
    places, called, front = evidence.leaderboard, _called(evidence), pareto(evidence.leaderboard)
    if not places:
        return None
    low, _ = axis(places)
    shown = [place for place in places if place.accuracy >= low]
    keys = [
        f"{rank}  {called[place.contender]}"
        + ("" if place in shown else f"  {score(place.accuracy)}, {duration(place.seconds)}")
        for rank, place in enumerate(places, 1)
    ]
    size = (width_with_names(keys, axes=4.8), max(3.8, 0.5 + 0.19 * len(places)))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        leave_room_for_names(figure, keys, size)
        steps = sorted((place for place in shown if place.contender in front), key=lambda place: place.seconds)
        axes.plot([_time(place) for place in steps], [place.accuracy for place in steps], color=MUTED, lw=0.9, ls=":")
        for rank, place in reversed(list(enumerate(places, 1))):
            if place in shown:
                _numbered(axes, place, rank, colour_of(place.contender, evidence), filled=place.contender in front)
        axes.margins(0.08, 0.08)
        axes.set(xlabel=axis_label("run-seconds"), ylabel=axis_label(evidence.score))
        times = [_time(place) for place in shown]
        seconds_axis(axes, min(times), max(times))
        for rank, (place, text) in enumerate(zip(places, keys, strict=True), 1):
            where = 1 - 0.19 * (rank - 0.5) / (size[1] - TOP - BOTTOM)
            _key(axes, where, text, bold=place in steps)

    rows = [
        {
            "rank": rank,
            **contender_columns(place.contender),
            "seconds": place.seconds,
            "accuracy": place.accuracy,
            **interval_columns(place.interval),
            "on_front": int(place.contender in front),
        }
        for rank, place in enumerate(places, 1)
    ]
    return Plot(
        "cost",
        text_of("figure-cost", score=evidence.score),
        text_of("caption-cost"),
        size,
        paint,
        tuple(rows),
    )


def pareto(places: Iterable[Place]) -> frozenset[Contender]:
    """Return the Pareto front: the contenders such that no other one is both more accurate and faster."""
    found, highest = [], -math.inf
    for place in sorted(places, key=lambda one: (one.seconds, -one.accuracy)):
        if place.accuracy > highest:
            found.append(place.contender)
            highest = place.accuracy
    return frozenset(found)


def _called(evidence: Evidence) -> dict[Contender, str]:
    return names(place.contender for place in evidence.leaderboard)


def _lines_size(called: Mapping[Contender, str]) -> tuple[float, float]:
    """Return the size in inches (width, height) of a figure with one row per contender; ``called`` are their names."""
    return PLOT + LETTER * max(map(len, called.values()), default=0), TOP + BOTTOM + ROW * max(2, len(called))


def _lines(figure: Figure, called: Sequence[str], size: tuple[float, float]) -> Axes:
    """Return axes with one row for each name in ``called``, the first on top."""
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    axes.xaxis.set_major_locator(MaxNLocator(6))
    left = LETTER * max(map(len, called), default=0) + 0.15
    figure.subplots_adjust(left / size[0], BOTTOM / size[1], 1 - 0.15 / size[0], 1 - TOP / size[1])
    axes.set_yticks(range(len(called)), called)
    axes.set_ylim(max(2, len(called)) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return axes


def _whisker(axes: Axes, row: float, middle: float, ends: Interval, colour: str) -> None:
    axes.plot((ends.low, ends.high), [row, row], color=colour, lw=2.2, solid_capstyle="round", alpha=0.55, zorder=2)
    axes.plot([middle], [row], "o", color=colour, ms=5.5, zorder=3)


def _outside(axes: Axes, row: float, text: str, colour: str) -> None:
    """Write ``text``, the value of a point that is left of the axes, at the left edge of its row."""
    axes.annotate(f"◂ {text}", (0.005, row), xycoords=("axes fraction", "data"), color=colour, va="center", fontsize=8)


def _time(place: Place) -> float:
    return max(place.seconds, LEAST_SECONDS)


def _numbered(axes: Axes, place: Place, rank: int, colour: str, *, filled: bool) -> None:
    ends = (place.interval.low, place.interval.high)
    axes.plot([_time(place)] * 2, ends, color=colour, lw=1.4, alpha=0.4, solid_capstyle="round", zorder=2)
    axes.plot(
        [_time(place)], [place.accuracy], "o", ms=13, mfc=colour if filled else PAGE, mec=colour, mew=1.3, zorder=3
    )
    axes.annotate(
        str(rank),
        (_time(place), place.accuracy),
        color=PAGE if filled else INK,
        ha="center",
        va="center_baseline",
        fontsize=7.5,
        zorder=4,
    )


def _key(axes: Axes, height: float, text: str, *, bold: bool) -> None:
    axes.annotate(
        text,
        (1.03, height),
        xycoords="axes fraction",
        fontweight="bold" if bold else "normal",
        va="center",
        fontsize=8.3,
        annotation_clip=False,
    )
