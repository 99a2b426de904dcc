"""The figures on several tasks: the effect of sharing, affinities between tasks, and conflicting gradients.

In: ``SharingEvidence``. Out: a ``Plot``, or None if it would be empty. Gain and loss differ in colour, and every cell
and line also has a number or a mark, so that colour is not the only sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

from ghep.comparison.record import Contender
from ghep.comparison.report.figures import Plot
from ghep.comparison.report.layout import BOTTOM, LETTER, POINTS_PER_INCH, TOP, WIDTH, interval_columns
from ghep.comparison.report.sharing_tables import mark
from ghep.comparison.report.words import MINUS, NONE, distinct, points, points_interval
from ghep.comparison.sharing.kinds import MARGIN
from ghep.comparison.sharing.record import Affinity, Gain, MeanGradients, SharingEvidence
from ghep.display.look import INK, LINE, MUTED, SERIES
from ghep.messages import number_text, percent, text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.27
"""Height of a line in inches."""
NAME_LENGTH, TASK_NAME_LENGTH = 34, 16
"""Longest names of models and of tasks, in characters."""
FAINTEST, DARKEST = 0.08, 0.62
"""Opacity of a cell's fill; the text on it stays legible on light and dark pages."""
MOST_TASKS = 10
"""With more tasks than this, no matrices are drawn."""
COLOURS = {"helped": SERIES[2], "hurt": SERIES[1], "no-difference": SERIES[0], "same": SERIES[0], "cannot-tell": MUTED}
SHAPES = {"helped": "^", "hurt": "v", "no-difference": "s", "same": "s", "cannot-tell": "o"}


@dataclass(frozen=True)
class _Panel:
    """One matrix of a figure that has several."""

    title: str
    tasks: tuple[str, ...]
    shades: tuple[tuple[float | None, ...], ...]
    """Value of each cell from -1 to 1: its sign determines the colour, its size the opacity."""
    texts: tuple[tuple[str, ...], ...]


def sharing_plots(evidence: SharingEvidence, called: Mapping[Contender, str]) -> tuple[Plot, ...]:
    """Return the figures on several tasks in the order of the HTML page; ``called``: contender -> display name."""
    found = (
        gains(evidence, called),
        affinity(evidence.affinities, "pairs"),
        affinity(evidence.affinities, "gradients"),
        cosines(evidence.gradients, called),
    )
    return tuple(plot for plot in found if plot is not None)


def gains(evidence: SharingEvidence, called: Mapping[Contender, str]) -> Plot | None:
    """Return the figure of gains, one row per shared model and task: accuracy of shared minus single-task model."""
    ways = [(one.together, one.gains) for one in evidence.verdicts]
    ways += [(one.together, one.gains) for one in evidence.remedies]
    lines = [(called[together], gain) for together, found in ways for gain in found]
    if not lines:
        return None
    short = distinct([gain.task for _, gain in lines], NAME_LENGTH)
    heads, rows = _rows([len(found) for _, found in ways])
    size = (5.2 + LETTER * max(map(len, short)), TOP + BOTTOM + ROW * (rows[-1] + 1))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        left = LETTER * max(map(len, short)) + 0.15
        figure.subplots_adjust(left / size[0], BOTTOM / size[1], 1 - 1.05 / size[0], 1 - TOP / size[1])
        for row, (_, gain) in zip(rows, lines, strict=True):
            _gain(axes, row, gain)
        for head, (together, _) in zip(heads, ways, strict=True):
            _head(axes, head, called[together])
        axes.axvspan(-100 * MARGIN, 100 * MARGIN, color=LINE, alpha=0.45, lw=0, zorder=0)
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
        axes.set_yticks(rows, short)
        axes.set_ylim(rows[-1] + 0.6, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(text_of("axis-shared-minus-single"))

    return Plot(
        "gains",
        text_of("figure-gains"),
        text_of("caption-gains"),
        size,
        paint,
        tuple(_gain_row(together, gain) for together, found in ways for gain in found),
    )


def _rows(counts: Sequence[int]) -> tuple[list[float], list[float]]:
    """Return the vertical positions of the headings, and of the rows; ``counts`` are the numbers of rows per group."""
    heads, rows, at = [], [], 0.0
    for count in counts:
        heads.append(at)
        rows += [at + 1 + index for index in range(count)]
        at += count + 1.3
    return heads, rows


def _head(axes: Axes, row: float, name: str) -> None:
    """Write the name of a group of rows above the group, from the left edge of the figure."""
    axes.annotate(
        name,
        (0.01, row),
        xycoords=("figure fraction", "data"),
        va="center",
        fontweight="bold",
        annotation_clip=False,
    )


def _gain(axes: Axes, row: float, gain: Gain) -> None:
    kind = mark(gain)
    colour, value, ends = COLOURS[kind], 100 * gain.pair.difference, gain.pair.interval
    axes.plot((100 * ends.low, 100 * ends.high), (row, row), color=colour, lw=2.2, solid_capstyle="round", alpha=0.55)
    filled = "none" if kind == "cannot-tell" else colour
    axes.plot([value], [row], SHAPES[kind], ms=6, mfc=filled, mec=colour, mew=1.3, zorder=3)
    axes.annotate(
        text_of("gain-mark", mark=kind),
        (1.02, row),
        xycoords=("axes fraction", "data"),
        color=colour,
        va="center",
        fontsize=8,
    )


def _gain_row(together: Contender, gain: Gain) -> dict[str, Any]:
    return {
        "strategy": together.strategy,
        "backbone": together.backbone,
        "sharing": together.sharing,
        "task": gain.task,
        "difference": gain.pair.difference,
        **interval_columns(gain.pair.interval),
        "p": gain.pair.p_value,
        "adjusted_p": gain.pair.adjusted,
        "kind": gain.kind,
        "identical": int(gain.identical),
    }


def affinity(found: Sequence[Affinity], source: str) -> Plot | None:
    """Return the figure of the affinity matrices from ``source``, one panel per strategy and backbone."""
    chosen = [one for one in found if one.source == source and len(one.tasks) <= MOST_TASKS]
    if not chosen:
        return None
    measured = source == "pairs"
    largest = max(
        (abs(value) for one in chosen for row in one.values for value in row if value is not None), default=0.0
    )
    panels = [_affinity_panel(one, chosen, largest, measured=measured) for one in chosen]
    title = text_of("figure-affinity", measured=measured)
    caption = text_of("caption-affinity-measured") if measured else text_of("caption-affinity-gradients")
    sides = (text_of("axis-trained-with"), text_of("axis-task"))
    rows = [row for one in chosen for row in _affinity_rows(one)]
    return _panels(f"affinity_{source}", title, caption, panels, rows, sides=sides)


def cosines(found: Sequence[MeanGradients], called: Mapping[Contender, str]) -> Plot | None:
    """Return the figure of the cosines between the tasks' gradients, one panel per shared model."""
    chosen = [one for one in found if len(one.mean.tasks) <= MOST_TASKS]
    if not chosen:
        return None
    panels, rows = [], []
    for one in chosen:
        tasks, values, odds = one.mean.tasks, one.mean.cosines, one.mean.conflicting
        places = range(len(tasks))
        shades = tuple(tuple(None if i == j or isnan(values[i][j]) else values[i][j] for j in places) for i in places)
        texts = tuple(tuple("" if i == j else _cosine(values[i][j], odds[i][j]) for j in places) for i in places)
        panels.append(_Panel(called[one.together], tasks, shades, texts))
        rows += [
            {
                "strategy": one.together.strategy,
                "backbone": one.together.backbone,
                "sharing": one.together.sharing,
                "a": tasks[i],
                "b": tasks[j],
                "cosine": values[i][j],
                "share_of_steps_at_odds": odds[i][j],
                "steps": one.mean.steps,
            }
            for i in places
            for j in places
            if i < j
        ]
    title, caption = text_of("figure-cosines"), text_of("caption-cosines")
    return _panels("gradient_cosines", title, caption, panels, rows, sides=("", ""))


def _affinity_panel(one: Affinity, among: Sequence[Affinity], largest: float, *, measured: bool) -> _Panel:
    several = len({other.backbone for other in among}) > 1
    name = str(Contender(one.strategy, one.backbone)) if several else one.strategy
    shades = tuple(
        tuple(None if value is None else value / largest if largest else 0.0 for value in row) for row in one.values
    )
    texts = tuple(
        tuple(_cell(one, i, j, measured=measured) for j in range(len(one.tasks))) for i in range(len(one.tasks))
    )
    return _Panel(name, one.tasks, shades, texts)


def _cosine(value: float, odds: float) -> str:
    """Return the text of a cell: the cosine of two tasks' gradients, and below it how often it was negative.

    The text is a dash if no step had gradients of both tasks.
    """
    return NONE if isnan(value) else f"{_signed(value)}\n{percent(odds)}"


def _cell(one: Affinity, i: int, j: int, *, measured: bool) -> str:
    value = one.values[i][j]
    if value is None:
        return "" if i == j else NONE
    if not measured:
        return _signed(value)
    ends = one.intervals[i][j]
    if ends is None:
        return points(value)
    star = "*" if ends.low > 0 or ends.high < 0 else ""
    return f"{points(value)}{star}\n{points_interval(ends)}"


def _affinity_rows(one: Affinity) -> list[dict[str, Any]]:
    rows = []
    for i, other in enumerate(one.tasks):
        for j, task in enumerate(one.tasks):
            value = one.values[i][j]
            ends = one.intervals[i][j] if one.intervals else None
            bounds = {"low": "", "high": ""} if ends is None else interval_columns(ends)
            if value is not None:
                keys = {"strategy": one.strategy, "backbone": one.backbone, "source": one.source}
                rows.append({**keys, "trained_with": other, "task": task, "value": value, **bounds})
    return rows


def _panels(
    name: str,
    title: str,
    caption: str,
    panels: Sequence[_Panel],
    rows: Sequence[Mapping[str, Any]],
    *,
    sides: tuple[str, str],
) -> Plot:
    """Return one figure with all matrices (``panels``), as many side by side as fit."""
    short = distinct(panels[0].tasks, TASK_NAME_LENGTH)
    width = max(max((_longest(text) for panel in panels for row in panel.texts for text in row), default=4), 6)
    cell = (LETTER * width * 0.85 + 0.12, 0.46)
    letters = LETTER * max(map(len, short))
    upright = letters > cell[0]  # names of columns that would overlap are rotated
    above = 0.33 + (0.2 if sides[1] else 0.0) + (letters if upright else 0.18)
    edges = (letters + (0.42 if sides[0] else 0.18), above, 0.2)
    titles = LETTER * 1.15 * max(len(panel.title) for panel in panels) + edges[0]
    one = (max(edges[0] + cell[0] * len(short), titles) + 0.15, edges[1] + cell[1] * len(short) + edges[2])
    across = max(1, min(len(panels), int(WIDTH / one[0])))
    down = ceil(len(panels) / across)
    size = (max(one[0] * across, 3.4), one[1] * down)

    def paint(figure: Figure) -> None:
        for index, panel in enumerate(panels):
            x, y = index % across, index // across
            box = (
                (x * one[0] + edges[0]) / size[0],
                1 - (y * one[1] + edges[1] + cell[1] * len(short)) / size[1],
                cell[0] * len(short) / size[0],
                cell[1] * len(short) / size[1],
            )
            _matrix(figure.add_axes(box), panel, short, sides, upright=upright)

    return Plot(name, title, caption, size, paint, tuple(rows))


def _matrix(axes: Axes, panel: _Panel, short: Sequence[str], sides: tuple[str, str], *, upright: bool) -> None:
    from matplotlib.patches import Rectangle

    count = len(short)
    for i in range(count):
        for j in range(count):
            shade = panel.shades[i][j]
            if shade is not None:
                strength = FAINTEST + (DARKEST - FAINTEST) * min(abs(shade), 1.0)
                colour = SERIES[2] if shade > 0 else SERIES[1]
                fill = {"fc": colour, "alpha": strength} if shade else {"fc": "none"}
                axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, lw=0, **fill))
            first, _, rest = panel.texts[i][j].partition("\n")
            lift = 0.14 if rest else 0.0
            axes.annotate(first, (j, i - lift), ha="center", va="center", fontsize=8.5, color=INK)
            if rest:
                axes.annotate(rest, (j, i + 0.22), ha="center", va="center", fontsize=7, color=INK)
    axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5))
    room = LETTER * max(map(len, short)) * POINTS_PER_INCH if upright else 12.0
    axes.set_title(panel.title, loc="left", fontweight="bold", pad=room + (20 if sides[1] else 8))
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(count), short, rotation=90 if upright else 0)
    axes.set_yticks(range(count), short)
    axes.set_ylabel(sides[0], color=MUTED, fontsize=8)
    axes.set_xlabel(sides[1], color=MUTED, fontsize=8, labelpad=2)
    _grid(axes, count)


def _grid(axes: Axes, count: int) -> None:
    edges = [index - 0.5 for index in range(count + 1)]
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color=LINE, lw=0.8)
    axes.tick_params(which="both", length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _longest(text: str) -> int:
    return max(map(len, text.split("\n")))


def _signed(value: float) -> str:
    text = number_text(value, "+.2f")
    return text.lstrip("+-") if round(value, 2) == 0 else text.replace("-", MINUS)
