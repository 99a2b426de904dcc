"""The figure of a run: its learning curve, or, if the head was solved, its scores with 95 % confidence intervals.

In: the history and the results of the run. Out: a matplotlib figure.

Importing this module imports matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import cut
from ghep.display.look import INK, LINE, MUTED, SERIES
from ghep.errors import DataError
from ghep.experiment.results import SplitResult
from ghep.messages import listed_plainly, number_text, text_of
from ghep.types import Score

CURVE_SIZE = (8.2, 2.9)
BELOW, ABOVE = 0.5, 0.3
"""Height in inches of the axis labels, and of the names of the stages."""
LETTER = 0.062
"""Width of a letter in inches, at 8 points."""
LONGEST_NAME = 30
"""Characters shown of a task's name."""
ROW, BARS, NUMBERS = 0.27, 2.8, 1.6
"""In inches: the height of a row of scores, the width of its bar and of its numbers."""
MOST_ROWS = 24


class _Span(NamedTuple):
    """The epochs of one stage, on an axis with all stages in sequence."""

    name: str
    start: float
    end: float


def run_figure(title: str, history: Sequence[Any], results: Sequence[SplitResult]) -> NotebookFigure:
    """Return the figure of a run; raise DataError if there were no epochs and nothing was scored."""
    if any(not math.isnan(row.train_loss) for row in history):
        return painted(title, CURVE_SIZE, lambda figure: _curves(figure, history), name="run")
    rows = _score_rows(results)
    if not rows:
        raise DataError("nothing-to-plot")
    size = (_left(rows) + BARS + NUMBERS, BELOW + 0.1 + ROW * len(rows))
    return painted(title, size, lambda figure: _scores(figure, rows, size), name="run")


def _curves(figure: Any, history: Sequence[Any]) -> None:
    """Draw the losses (left) and the validation scores (right) over the epochs."""
    at, stages = _places(history)
    valid = any(row.valid_score is not None for row in history)
    tasks = list(dict.fromkeys(one.task for row in history for one in row.tasks))[: len(SERIES)]
    columns = figure.subplots(1, 2 if valid else 1, squeeze=False)[0]
    width, height = CURVE_SIZE
    mean = text_of("plot-mean-of-tasks")
    longest = max(map(len, [mean, *tasks]))
    legend = LETTER * min(longest, LONGEST_NAME) + 0.6 if tasks else 0.15
    figure.subplots_adjust(0.75 / width, BELOW / height, 1 - legend / width, 1 - ABOVE / height, 0.3)
    _line(columns[0], at, [row.train_loss for row in history], "train", MUTED, "--")
    _line(columns[0], at, [row.valid_loss for row in history], "valid", SERIES[0], "-")
    columns[0].set_ylabel(text_of("plot-loss"))
    if valid:
        for task, colour in zip(tasks, SERIES, strict=False):
            by_row = [{one.task: one.valid_score for one in row.tasks}.get(task) for row in history]
            _line(columns[1], at, by_row, cut(task, LONGEST_NAME), colour, "-", thin=True)
        _line(columns[1], at, [row.valid_score for row in history], mean, INK if tasks else SERIES[0], "-")
        columns[1].set_ylabel(text_of("plot-valid-score"))
        if tasks:
            columns[1].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    columns[0].legend(frameon=False, fontsize=8)
    for axes in columns:
        axes.set_xlabel(text_of("plot-epoch"))
        axes.xaxis.get_major_locator().set_params(integer=True)
        _mark(axes, stages)


def _places(history: Sequence[Any]) -> tuple[list[float], list[_Span]]:
    """Return the position of each row on the axis of epochs, and the stages with their first and last position.

    A stage that solves a head has no epochs: it starts and ends at the position of the epoch before it.
    """
    at: list[float] = []
    stages: list[_Span] = []
    done = 0
    for row in history:
        done += not math.isnan(row.train_loss)
        at.append(done)
        if stages and stages[-1].name == row.stage:
            stages[-1] = stages[-1]._replace(end=done)
        else:
            stages.append(_Span(row.stage, stages[-1].end if stages else min(done, 1), done))
    return at, stages


def _line(
    axes: Any,
    at: Sequence[float],
    values: Sequence[float | None],
    name: str,
    colour: str,
    style: str,
    *,
    thin: bool = False,
) -> None:
    there = [(x, y) for x, y in zip(at, values, strict=True) if y is not None and math.isfinite(y)]
    if there:
        x, y = zip(*there, strict=True)
        axes.plot(x, y, label=name, color=colour, ls=style, lw=1.0 if thin else 1.6, marker="o", ms=2 if thin else 3)


def _mark(axes: Any, stages: Sequence[_Span]) -> None:
    """Draw a line where a stage ends, and the names of the stages above the axes, or numbers if space is short."""
    if len(stages) < 2:
        return
    axes.set_xlabel(text_of("plot-epoch-and-stage"))
    low, high = axes.get_xlim()
    inches = axes.get_position().width * CURVE_SIZE[0]
    middles = [(max(one.start, low) + min(one.end, high)) / 2 for one in stages]
    room = [inches * max(one.end - one.start, 0.0) / (high - low) for one in stages]
    short = all(LETTER * len(one.name) < wide for one, wide in zip(stages, room, strict=True) if one.end > one.start)
    for place, (one, middle) in enumerate(zip(stages, middles, strict=True), 1):
        if place > 1:
            axes.axvline(one.start, color=MUTED, lw=0.8, ls=":", zorder=1)
        text = one.name if short else str(place)
        solved = one.end == one.start
        axes.annotate(
            text,
            (one.start if solved else middle, 1.02),
            xycoords=("data", "axes fraction"),
            ha="right" if solved else "center",
            color=MUTED,
            fontsize=8,
            annotation_clip=False,
        )


def _score_rows(results: Sequence[SplitResult]) -> list[tuple[str, Score, float | None]]:
    """Return a row (name, score, constant) for each score that is between 0 and 1.

    ``constant`` is the score of the majority class (or of the mean) for a primary score, None for other scores.
    """
    several = len({result.task for result in results}) > 1
    rows = [
        (
            " ".join([result.split, *([cut(result.task, LONGEST_NAME)] if several else []), score.name]),
            score,
            result.constant if place == 0 else None,
        )
        for result in results
        for place, score in enumerate(result.scores)
        if score.higher_is_better and 0 <= score.value <= 1
    ]
    return rows if len(rows) <= MOST_ROWS else [row for row in rows if row[2] is not None][:MOST_ROWS]


def _left(rows: Sequence[tuple[str, Score, float | None]]) -> float:
    """Return the width of the scores' names in inches."""
    return 0.07 * max(len(name) for name, _, _ in rows) + 0.15


def _scores(figure: Any, rows: Sequence[tuple[str, Score, float | None]], size: tuple[float, float]) -> None:
    """Draw a bar with a confidence interval for each score, and a dotted line at the score of the majority class."""
    axes = figure.subplots()
    figure.subplots_adjust(_left(rows) / size[0], BELOW / size[1], 1 - NUMBERS / size[0], 1 - 0.1 / size[1])
    for place, (_, score, majority) in enumerate(rows):
        axes.barh(place, score.value, height=0.55, color=SERIES[0], alpha=0.3, lw=0)
        ends = score.interval
        if ends is not None:
            axes.plot(
                [ends.low, ends.high], [place, place], color=SERIES[0], lw=2.4, solid_capstyle="round", clip_on=False
            )
        axes.plot([score.value], [place], "o", ms=5, color=SERIES[0], clip_on=False)
        if majority is not None:
            axes.plot([majority] * 2, [place - 0.38, place + 0.38], color=INK, lw=1.2, ls=":")
        bounds = (
            ""
            if ends is None
            else f"  [{listed_plainly([number_text(ends.low, '.3f'), number_text(ends.high, '.3f')])}]"
        )
        text = f"{number_text(score.value, '.3f')}{bounds}"
        axes.annotate(
            text, (1.04, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, annotation_clip=False
        )
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_color(LINE)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(text_of("plot-score"))
