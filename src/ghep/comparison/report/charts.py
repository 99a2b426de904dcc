"""Which figures there are: each function takes the comparison and what follows from it, and returns a ``Plot``.

All of them stay readable with twenty contenders: one line or one small panel each, names instead of legends, and
colour for at most seven. A plot that would be empty is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ghep.comparison.record import Comparison, Contender, Evidence, LabelCurve, Place
from ghep.comparison.report.figures import INK, MUTED, PAGE, SERIES, Plot
from ghep.comparison.report.tables import NEAR, axis, behind_best
from ghep.comparison.report.words import distinct, names, points, seconds, share
from ghep.types import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.2
"""Inches: what fits beside nothing else in a page of 72 rem."""
PLOT = 3.9
"""Inches of a figure that has one line a contender, without their names."""
ROW = 0.27
"""Inches such a line takes."""
NAME = 32
"""Characters of a name in a figure, more if it takes more to tell two apart."""
LETTER = 0.067
"""Inches a letter takes at 9 points, on average."""
POINTS_PER_INCH = 72
TOP, BOTTOM = 0.12, 0.5
"""Inches above and below the axes."""
LEAST_SECONDS = 0.01
"""Where a time of nothing stands on an axis of logarithms."""


def all_plots(comparison: Comparison, evidence: Evidence) -> tuple[Plot, ...]:
    """Return every figure but those of one contender, in the order of the page."""
    found = (
        accuracy(comparison, evidence),
        differences(evidence),
        learning(evidence, against="epochs"),
        learning(evidence, against="seconds"),
        label_curves(evidence),
        cost(evidence),
    )
    return tuple(plot for plot in found if plot is not None)


def accuracy(comparison: Comparison, evidence: Evidence) -> Plot:
    """Return one line a contender: its mean, its interval, and every run as a ring."""
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
            colour = _colour(place.contender, evidence)
            if place.accuracy < low:
                _off(axes, row, share(place.accuracy), colour)
                continue
            single = [value for _, value in runs[place.contender]]
            axes.plot(single, [row + 0.24] * len(single), "o", ms=3.2, mfc="none", mec=MUTED, mew=0.8)
            _whisker(axes, row, place.accuracy, place.interval, colour)
        axes.set_xlabel(f"accuracy on {comparison.data.headline}")

    rows = [
        {**_who(place.contender), "what": "mean", "seed": "", "accuracy": place.accuracy, **_ends(place.interval)}
        for place in places
    ]
    rows += [
        {**_who(contender), "what": "run", "seed": seed, "accuracy": value, "low": "", "high": ""}
        for contender, single in runs.items()
        for seed, value in single
    ]
    return Plot(
        "accuracy",
        "Accuracy of every contender",
        "Dots are means over seeds, bars their 95 % intervals over seeds and test examples, rings below them single "
        "runs. Grey: uses no pretrained weights; those far behind have their number at the left. Intervals that "
        "overlap do not say that two are level: the paired differences do.",
        size,
        paint,
        tuple(rows),
    )


def differences(evidence: Evidence) -> Plot | None:
    """Return one line a contender: its accuracy minus that of the best, on the same examples."""
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
            colour = _colour(one.other, evidence)
            if one.difference < low:
                _off(axes, row, points(one.difference), colour)
                continue
            ends = Interval(100 * one.interval.low, 100 * one.interval.high)
            _whisker(axes, row, 100 * one.difference, ends, colour)
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
        axes.set_xlabel("points of accuracy behind (−) or ahead (+) of the best")

    return Plot(
        "differences",
        f"Difference to the best, {called[best]}",
        "Paired: both answered the same examples. An interval that crosses the line leaves open which of the two is "
        "better.",
        size,
        paint,
        tuple(
            {
                **_who(one.other),
                "minus": str(best),
                "difference": one.difference,
                **_ends(one.interval),
                "p": one.pair.p_value,
                "adjusted_p": one.pair.adjusted,
            }
            for one in behind
        ),
    )


def learning(evidence: Evidence, *, against: str) -> Plot | None:
    """Return small panels, one a contender: its valid score while it learns, against epochs or seconds."""
    highers = [one for one in evidence.highers if one.times]
    if not highers:
        return None
    column, solved = {"epochs": 0, "seconds": 1}[against], [one for one in highers if len(one.times) == 1]
    best = next((one for one in highers if one.contender == evidence.verdict.best), highers[0])
    columns = min(4, len(highers))
    size = (WIDTH if columns > 2 else 5.6, 0.5 + 1.6 * math.ceil(len(highers) / columns))
    titles = _two_lines([one.contender for one in highers], 100 // columns if columns > 2 else 36)

    def paint(figure: Figure) -> None:
        grid = figure.subplots(math.ceil(len(highers) / columns), columns, sharex=True, sharey=True, squeeze=False)
        figure.subplots_adjust(0.62 / size[0], 0.5 / size[1], 1 - 0.1 / size[0], 1 - 0.4 / size[1], 0.1, 0.5)
        for index, axes in enumerate(grid.flat):
            if index >= len(highers):
                axes.set_visible(False)
                continue
            one = highers[index]
            if one is not best:
                _curve(axes, best.times, column, MUTED, "--")
            _curve(axes, one.times, column, _colour(one.contender, evidence), "-")
            axes.set_title(titles[index], loc="left", fontsize=8, pad=4, linespacing=1.1)
            axes.tick_params(labelbottom=index + columns >= len(highers))
        if against == "seconds":
            _seconds_on(grid[0, 0])
        figure.supxlabel(against, fontsize=9, y=0.1 / size[1], va="bottom")
        figure.supylabel("valid score", fontsize=9, x=0.06 / size[0], ha="left")

    rows = [
        {**_who(one.contender), "epoch": epoch, "seconds": seconds, "valid_score": score, "seeds": one.seeds}
        for one in highers
        for epoch, seconds, score in one.times
    ]
    return Plot(
        f"learning_{against}",
        f"While it learns: valid score against {against}",
        f"Means over seeds, one panel a contender; dashed: the best, {_called(evidence)[best.contender]}."
        + (" A single dot is a head that was solved, not trained." if solved else ""),
        size,
        paint,
        tuple(rows),
    )


def label_curves(evidence: Evidence) -> Plot | None:
    """Return accuracy against the number of labels, a line a contender with its name at its end."""
    curves = [curve for curve in evidence.curves if curve.points]
    if not curves:
        return None
    called, colours = _short([curve.contender for curve in curves]), _colours(curves, evidence)
    size = (WIDTH, max(3.6, 0.6 + 0.2 * len(curves)))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        _beside_names(figure, list(called.values()), size)
        for curve in curves:
            _label_curve(axes, curve, colours[curve.contender])
        axes.set_xscale("log")
        _counts_on(axes, sorted({point.num_labels for curve in curves for point in curve.points}))
        axes.set(xlabel="labelled examples used (train and valid)", ylabel="accuracy")
        _name_ends(axes, [(called[one.contender], one, colours[one.contender]) for one in curves], size)

    rows = [
        {
            **_who(curve.contender),
            "labels_per_class": "all" if point.labels is None else point.labels,
            "num_labels": point.num_labels,
            "accuracy": point.accuracy,
            **_ends(point.interval),
            "runs": point.runs,
        }
        for curve in curves
        for point in curve.points
    ]
    return Plot(
        "label_curves",
        "Accuracy against the number of labels",
        "Dots are means over draws of the labels, bars their 95 % intervals. Dashed: uses no pretrained weights. How "
        "far a line lies to the left of another is what it saves in labels.",
        size,
        paint,
        tuple(rows),
    )


def cost(evidence: Evidence) -> Plot | None:
    """Return accuracy against the seconds of a run by itself, numbered as on the leaderboard."""
    places, called, front = evidence.leaderboard, _called(evidence), pareto(evidence.leaderboard)
    if not places:
        return None
    size = (WIDTH, max(3.8, 0.5 + 0.19 * len(places)))
    shown = [place for place in places if place.accuracy >= axis(places)[0]]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        _beside_names(figure, [f"00  {name}  0.000, 000.0 s" for name in called.values()], size)
        steps = sorted((place for place in shown if place.contender in front), key=lambda place: place.seconds)
        axes.plot([_time(place) for place in steps], [place.accuracy for place in steps], color=MUTED, lw=0.9, ls=":")
        for rank, place in reversed(list(enumerate(places, 1))):
            if place in shown:
                _numbered(axes, place, rank, _colour(place.contender, evidence), filled=place.contender in front)
        axes.margins(0.08, 0.08)
        axes.set(xlabel="seconds of a run by itself", ylabel="accuracy")
        _seconds_on(axes)
        for rank, place in enumerate(places, 1):
            outside = "" if place in shown else f"  {share(place.accuracy)}, {seconds(place.seconds)}"
            text = f"{rank}  {called[place.contender]}{outside}"
            where = 1 - 0.19 * (rank - 0.5) / (size[1] - TOP - BOTTOM)
            _key(axes, where, text, bold=place.contender in front and not outside)

    rows = [
        {
            "rank": rank,
            **_who(place.contender),
            "seconds": place.seconds,
            "accuracy": place.accuracy,
            **_ends(place.interval),
            "on_front": int(place.contender in front),
        }
        for rank, place in enumerate(places, 1)
    ]
    return Plot(
        "cost",
        "Accuracy against cost",
        "The number is the place on the leaderboard. Filled, bold and joined by the dotted line: nobody else is both "
        "cheaper and better. Those far behind are in the list alone, with their numbers.",
        size,
        paint,
        tuple(rows),
    )


def pareto(places: Iterable[Place]) -> frozenset[Contender]:
    """Return whoever is beaten by nobody in both accuracy and seconds."""
    found, highest = [], -math.inf
    for place in sorted(places, key=lambda one: (one.seconds, -one.accuracy)):
        if place.accuracy > highest:
            found.append(place.contender)
            highest = place.accuracy
    return frozenset(found)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places at least ``gap`` apart, inside [low, high] if they fit, as near to ``wanted`` as can be.

    Least squares: of what is left after taking off i gaps, the nearest rising sequence (pooling adjacent violators).
    """
    from sklearn.isotonic import isotonic_regression

    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    less = [wanted[index] - gap * place for place, index in enumerate(order)]
    room = max(low, high - gap * (len(wanted) - 1))
    rising = isotonic_regression(less, y_min=low, y_max=room)
    found = [0.0] * len(wanted)
    for place, index in enumerate(order):
        found[index] = float(rising[place]) + gap * place
    return found


def _called(evidence: Evidence) -> dict[Contender, str]:
    return _short([place.contender for place in evidence.leaderboard])


def _short(contenders: Sequence[Contender]) -> dict[Contender, str]:
    """Return what each is called where there is little room."""
    called = names(contenders)
    return dict(zip(called, distinct(list(called.values()), NAME), strict=True))


def _two_lines(contenders: Sequence[Contender], width: int) -> list[str]:
    """Return the strategy above the backbone, for narrow panels."""
    whole = [name.partition(" (") for name in names(contenders).values()]
    backbones = distinct([backbone.removesuffix(")") for _, _, backbone in whole], width)
    return [f"{strategy}\n{backbone}" for (strategy, _, _), backbone in zip(whole, backbones, strict=True)]


def _who(contender: Contender) -> dict[str, str]:
    return {"contender": str(contender), "strategy": contender.strategy, "backbone": contender.backbone}


def _ends(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}


def _colour(contender: Contender, evidence: Evidence) -> str:
    """Grey for controls, one colour for the recommended one, another for the others."""
    if contender == evidence.verdict.recommended:
        return SERIES[1]
    return MUTED if contender.control else SERIES[0]


def _colours(curves: Sequence[LabelCurve], evidence: Evidence) -> Mapping[Contender, str]:
    """Colour for the first seven with pretrained weights in the order of the board; grey for controls and the rest."""
    ranks = {place.contender: rank for rank, place in enumerate(evidence.leaderboard)}
    pretrained = [curve.contender for curve in curves if not curve.contender.control]
    pretrained.sort(key=lambda one: ranks.get(one, len(ranks)))
    coloured = dict(zip(pretrained, SERIES, strict=False))
    return {curve.contender: coloured.get(curve.contender, MUTED) for curve in curves}


def _lines_size(called: Mapping[Contender, str]) -> tuple[float, float]:
    """Return the inches of a figure with one named line a contender."""
    return PLOT + LETTER * max(map(len, called.values()), default=0), TOP + BOTTOM + ROW * max(2, len(called))


def _lines(figure: Figure, called: Sequence[str], size: tuple[float, float]) -> Axes:
    """Return axes with one named line each, the first on top."""
    axes = figure.subplots()
    left = LETTER * max(map(len, called), default=0) + 0.15
    figure.subplots_adjust(left / size[0], BOTTOM / size[1], 1 - 0.15 / size[0], 1 - TOP / size[1])
    axes.set_yticks(range(len(called)), called)
    axes.set_ylim(max(2, len(called)) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return axes


def _beside_names(figure: Figure, called: Sequence[str], size: tuple[float, float]) -> None:
    """Leave room for names at the right."""
    right = LETTER * max(map(len, called), default=0) + 0.3
    figure.subplots_adjust(0.62 / size[0], BOTTOM / size[1], 1 - right / size[0], 1 - TOP / size[1])


def _whisker(axes: Axes, row: float, middle: float, ends: Interval, colour: str) -> None:
    axes.plot((ends.low, ends.high), [row, row], color=colour, lw=2.2, solid_capstyle="round", alpha=0.55, zorder=2)
    axes.plot([middle], [row], "o", color=colour, ms=5.5, zorder=3)


def _off(axes: Axes, row: float, text: str, colour: str) -> None:
    """Write the number of what lies left of the axes."""
    axes.annotate(f"◂ {text}", (0.005, row), xycoords=("axes fraction", "data"), color=colour, va="center", fontsize=8)


def _curve(axes: Axes, times: Sequence[tuple[float, float, float]], column: int, colour: str, style: str) -> None:
    alone = "o" if len(times) == 1 else ""
    where = [max(one[column], LEAST_SECONDS) if column else one[column] for one in times]
    axes.plot(
        where, [one[2] for one in times], ls=style, color=colour, marker=alone, ms=4.5, lw=1.5 if style == "-" else 1
    )


def _label_curve(axes: Axes, curve: LabelCurve, colour: str) -> None:
    where = [point.num_labels for point in curve.points]
    for point in curve.points:
        ends = (point.interval.low, point.interval.high)
        axes.plot([point.num_labels] * 2, ends, color=colour, lw=1.6, alpha=0.45, solid_capstyle="round")
    style = "--" if curve.contender.control else "-"
    axes.plot(where, [point.accuracy for point in curve.points], color=colour, ls=style, marker="o", ms=4)


def _name_ends(axes: Axes, ends: Sequence[tuple[str, LabelCurve, str]], size: tuple[float, float]) -> None:
    """Write each name right of the axes, at the height where its line ends or as near to it as there is room."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    gap = 11.5 / POINTS_PER_INCH * (high - low) / (size[1] - TOP - BOTTOM)
    at = apart([curve.points[-1].accuracy for _, curve, _ in ends], gap, low, high)
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


def _counts_on(axes: Axes, counts: Sequence[float]) -> None:
    """Mark the numbers that were measured, those that are at least a fifth apart."""
    from matplotlib.ticker import FixedLocator, NullLocator

    shown: list[float] = []
    for value in counts:
        if not shown or value > 1.2 * shown[-1]:
            shown.append(value)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_minor_locator(NullLocator())


def _seconds_on(axes: Axes) -> None:
    """Count seconds in logarithms, with plain numbers; a span of less than tenfold has numbers in between."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    if high < 40 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


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
