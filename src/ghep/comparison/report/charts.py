"""Which figures there are: each function takes the comparison and what follows from it, and returns a ``Plot``.

All of them stay readable with twenty contenders: one line or one small panel each, names instead of legends, and
colour for at most seven. A plot that would be empty is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ghep.comparison.record import Comparison, Contender, Evidence, LabelCurve, Place
from ghep.comparison.report.figures import INK, LINE, MUTED, PAGE, SERIES, Plot
from ghep.comparison.report.words import names, points, share, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 8.2
"""Inches: what fits beside nothing else in a page of 72 rem."""
ROW = 0.27
"""Inches a contender takes in a figure that has one line each."""
NAME = 38
"""Characters of a name in a figure."""
LETTER = 0.078
"""Inches a letter takes at 9 points, on average; the browser's fonts are narrower than the one that is measured."""
LEAST_SECONDS = 0.01
"""Where a time of nothing stands on an axis of logarithms."""
POINTS_PER_INCH = 72


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
    runs = {place.contender: [] for place in places}  # type: dict[Contender, list[tuple[int, float]]]
    for run in comparison.full_runs:
        runs.setdefault(run.contender, []).append((run.seed, run.answers.accuracy))

    def paint(figure: Figure) -> None:
        axes = _lines(figure, [called[place.contender] for place in places])
        for row, place in enumerate(places):
            colour = _colour(place.contender, evidence)
            single = [value for _, value in runs[place.contender]]
            _whisker(axes, row, place.accuracy, (place.interval.low, place.interval.high), colour)
            axes.plot(single, [row + 0.24] * len(single), "o", ms=3.2, mfc="none", mec=MUTED, mew=0.8, clip_on=False)
        axes.set_xlabel(f"accuracy on {comparison.data.headline}")

    rows = [
        {**_who(place.contender), "what": "mean", "seed": "", "accuracy": place.accuracy, **_ends(place)}
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
        "runs. Grey: uses no pretrained weights. Intervals that overlap do not say that two are level: the paired "
        "differences do.",
        (WIDTH, _height(places)),
        paint,
        tuple(rows),
    )


def differences(evidence: Evidence) -> Plot | None:
    """Return one line a contender: its accuracy minus that of the best, on the same examples."""
    best, called = evidence.verdict.best, _called(evidence)
    behind = against(evidence, best)
    if not behind:
        return None

    def paint(figure: Figure) -> None:
        axes = _lines(figure, [called[other] for other, *_ in behind])
        for row, (other, difference, low, high, _) in enumerate(behind):
            _whisker(axes, row, 100 * difference, (100 * low, 100 * high), _colour(other, evidence))
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
        axes.set_xlabel(f"points of accuracy behind (−) or ahead (+) of {shortened(called[best], NAME)}")

    return Plot(
        "differences",
        f"Difference to the best, {shortened(called[best], NAME)}",
        "Paired: both answered the same examples. An interval that crosses the line leaves open which of the two is "
        "better.",
        (WIDTH, _height(behind)),
        paint,
        tuple(
            {**_who(other), "minus": str(best), "difference": difference, "low": low, "high": high, "adjusted_p": p}
            for other, difference, low, high, p in behind
        ),
    )


def against(evidence: Evidence, best: Contender) -> list[tuple[Contender, float, float, float, float]]:
    """Return (other, difference, low, high, adjusted p) of each other minus ``best``, in the order of the board."""
    found = {}
    for pair in evidence.pairs:
        if pair.a == best:
            found[pair.b] = (-pair.difference, -pair.interval.high, -pair.interval.low, pair.adjusted)
        elif pair.b == best:
            found[pair.a] = (pair.difference, pair.interval.low, pair.interval.high, pair.adjusted)
    ranked = [place.contender for place in evidence.leaderboard]
    return [(other, *found[other]) for other in ranked if other in found]


def learning(evidence: Evidence, *, against: str) -> Plot | None:
    """Return small panels, one a contender: its valid score while it learns, against epochs or seconds."""
    highers = [one for one in evidence.highers if one.times]
    if not highers:
        return None
    called, column = names(one.contender for one in highers), {"epochs": 0, "seconds": 1}[against]
    best = next((one for one in highers if one.contender == evidence.verdict.best), highers[0])
    columns = min(4, len(highers))
    lines = math.ceil(len(highers) / columns)

    def paint(figure: Figure) -> None:
        grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        figure.subplots_adjust(0.075, 0.5 / (0.45 + 1.45 * lines), 0.985, 1 - 0.32 / (0.45 + 1.45 * lines), 0.1, 0.42)
        for index, axes in enumerate(grid.flat):
            if index >= len(highers):
                axes.set_visible(False)
                continue
            one = highers[index]
            if one is not best:
                _curve(axes, best.times, column, MUTED, "--")
            _curve(axes, one.times, column, _colour(one.contender, evidence), "-")
            axes.set_title(shortened(called[one.contender], 96 // columns), loc="left", fontsize=8.3, pad=4)
            if index + columns >= len(highers):
                axes.tick_params(labelbottom=True)
        if against == "seconds":
            grid[0, 0].set_xscale("log")
        _log_labels(grid[0, 0], against)
        figure.supxlabel(against, fontsize=9, y=0.02)

    rows = [
        {**_who(one.contender), "epoch": epoch, "seconds": seconds, "valid_score": score, "seeds": one.seeds}
        for one in highers
        for epoch, seconds, score in one.times
    ]
    return Plot(
        f"learning_{against}",
        f"While it learns: valid score against {against}",
        f"Means over seeds, one panel a contender; dashed: {shortened(called[best.contender], NAME)}, the best. "
        "A single dot is a head that was solved, not trained.",
        (WIDTH, 0.45 + 1.45 * lines),
        paint,
        tuple(rows),
    )


def label_curves(evidence: Evidence) -> Plot | None:
    """Return accuracy against the number of labels, a line a contender with its name at its end."""
    curves = [curve for curve in evidence.curves if curve.points]
    if not curves:
        return None
    called, colours = names(curve.contender for curve in curves), _colours(curves, evidence)
    height = max(3.6, 0.6 + 0.2 * len(curves))
    most = max(len(shortened(name, NAME)) for name in called.values())

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        right = 1 - (LETTER * most + 0.3) / WIDTH
        figure.subplots_adjust(0.075, 0.5 / height, right, 1 - 0.12 / height)
        for curve in curves:
            _label_curve(axes, curve, colours[curve.contender])
        axes.set_xscale("log")
        _counts_on(axes, sorted({point.num_labels for curve in curves for point in curve.points}))
        axes.set(xlabel="labelled examples used (train and valid)", ylabel="accuracy")
        _name_ends(axes, [(called[one.contender], one.points[-1].accuracy, colours[one.contender]) for one in curves])

    rows = [
        {
            **_who(curve.contender),
            "labels_per_class": "all" if point.labels is None else point.labels,
            "num_labels": point.num_labels,
            "accuracy": point.accuracy,
            "low": point.interval.low,
            "high": point.interval.high,
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
        (WIDTH, height),
        paint,
        tuple(rows),
    )


def cost(evidence: Evidence) -> Plot | None:
    """Return accuracy against the seconds of a run by itself, numbered as on the leaderboard."""
    places, called, front = evidence.leaderboard, _called(evidence), pareto(evidence.leaderboard)
    if not places:
        return None
    height = max(3.8, 0.5 + 0.19 * len(places))
    most = max(len(shortened(name, NAME)) for name in called.values()) + 5

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(0.075, 0.5 / height, 1 - (LETTER * most + 0.15) / WIDTH, 1 - 0.12 / height)
        steps = [place for place in places if place.contender in front]
        steps.sort(key=lambda place: place.seconds)
        axes.plot([_time(place) for place in steps], [place.accuracy for place in steps], color=MUTED, lw=0.9, ls=":")
        for rank, place in reversed(list(enumerate(places, 1))):
            _numbered(axes, place, rank, _colour(place.contender, evidence), filled=place.contender in front)
        axes.set_xscale("log")
        axes.margins(0.08, 0.08)
        axes.set(xlabel="seconds of a run by itself", ylabel="accuracy")
        _log_labels(axes, "seconds")
        for rank, place in enumerate(places, 1):
            _key(axes, rank, place, called[place.contender], len(places), bold=place.contender in front)

    rows = [
        {
            "rank": rank,
            **_who(place.contender),
            "seconds": place.seconds,
            "accuracy": place.accuracy,
            **_ends(place),
            "on_front": int(place.contender in front),
        }
        for rank, place in enumerate(places, 1)
    ]
    return Plot(
        "cost",
        "Accuracy against cost",
        "The number is the place on the leaderboard. Filled and joined by the dotted line: nobody else is both "
        "cheaper and better. Seconds grow tenfold from mark to mark.",
        (WIDTH, height),
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
    return names(place.contender for place in evidence.leaderboard)


def _who(contender: Contender) -> dict[str, str]:
    return {"contender": str(contender), "strategy": contender.strategy, "backbone": contender.backbone}


def _ends(place: Place) -> dict[str, float]:
    return {"low": place.interval.low, "high": place.interval.high}


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


def _height(lines: Sequence[object]) -> float:
    return 0.62 + ROW * max(2, len(lines))


def _lines(figure: Figure, called: Sequence[str]) -> Axes:
    """Return axes with one named line each, the first on top."""
    short = [shortened(name, NAME) for name in called]
    height, left = _height(called), LETTER * max(map(len, short), default=0) + 0.2
    axes = figure.subplots()
    figure.subplots_adjust(left / WIDTH, 0.5 / height, 1 - 0.2 / WIDTH, 1 - 0.08 / height)
    axes.set_yticks(range(len(short)), short)
    axes.set_ylim(max(2, len(short)) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    return axes


def _whisker(axes: Axes, row: float, middle: float, ends: tuple[float, float], colour: str) -> None:
    axes.plot(ends, [row, row], color=colour, lw=2.2, solid_capstyle="round", alpha=0.55, zorder=2)
    axes.plot([middle], [row], "o", color=colour, ms=5.5, zorder=3)


def _curve(axes: Axes, times: Sequence[tuple[float, float, float]], column: int, colour: str, style: str) -> None:
    alone = "o" if len(times) == 1 else ""
    where = [max(one[column], LEAST_SECONDS) if column else one[column] for one in times]
    axes.plot(where, [one[2] for one in times], ls=style, color=colour, marker=alone, ms=4.5, lw=1.5 if style == "-" else 1)


def _label_curve(axes: Axes, curve: LabelCurve, colour: str) -> None:
    where = [point.num_labels for point in curve.points]
    for point in curve.points:
        ends = (point.interval.low, point.interval.high)
        axes.plot([point.num_labels] * 2, ends, color=colour, lw=1.6, alpha=0.45, solid_capstyle="round")
    style = "--" if curve.contender.control else "-"
    axes.plot(where, [point.accuracy for point in curve.points], color=colour, ls=style, marker="o", ms=4)


def _name_ends(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    """Write each name right of the axes, at the height where its line ends or as near to it as there is room."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    tall = axes.get_position().height * axes.figure.get_figheight() * POINTS_PER_INCH
    at = apart([height for _, height, _ in ends], 11.5 * (high - low) / tall, low, high)
    for (name, height, colour), where in zip(ends, at, strict=True):
        axes.annotate(
            shortened(name, NAME),
            (1, height),
            (1.03, where),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            color=INK,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 1, "shrinkA": 1, "shrinkB": 0},
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


def _log_labels(axes: Axes, against: str) -> None:
    if against == "seconds":
        from matplotlib.ticker import NullFormatter

        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axes.xaxis.set_minor_formatter(NullFormatter())


def _time(place: Place) -> float:
    return max(place.seconds, LEAST_SECONDS)


def _numbered(axes: Axes, place: Place, rank: int, colour: str, *, filled: bool) -> None:
    ends = (place.interval.low, place.interval.high)
    axes.plot([_time(place)] * 2, ends, color=colour, lw=1.4, alpha=0.4, solid_capstyle="round", zorder=2)
    axes.plot([_time(place)], [place.accuracy], "o", ms=13, mfc=colour if filled else PAGE, mec=colour, mew=1.3, zorder=3)
    axes.annotate(
        str(rank),
        (_time(place), place.accuracy),
        color=PAGE if filled else INK,
        ha="center",
        va="center_baseline",
        fontsize=7.5,
        zorder=4,
    )


def _key(axes: Axes, rank: int, place: Place, name: str, lines: int, *, bold: bool) -> None:
    step = 0.19 / (axes.get_position().height * axes.figure.get_figheight())
    top = min(1.0, 0.5 + step * lines / 2)
    axes.annotate(
        f"{rank}  {shortened(name, NAME)}",
        (1.03, top - step * (rank - 0.5)),
        xycoords="axes fraction",
        color=INK if bold or not place.contender.control else MUTED,
        fontweight="bold" if bold else "normal",
        va="center",
        fontsize=8.3,
        annotation_clip=False,
    )


