"""Figures of explained photos: where the evidence is, deletion and insertion curves, feature maps, what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import cut, visible
from ghep.display.look import LINE, MUTED, SERIES
from ghep.explanation.maps.channels import Channels
from ghep.explanation.maps.curves import EDGES, OWN, RANDOM, STEPS, Curves
from ghep.explanation.maps.fine_tuning import FineTuning
from ghep.explanation.maps.photo import PhotoExplanation
from ghep.messages import number_text, text_of

LONGEST = 480
"""Longer side of a photo in a figure, in pixels."""
PANEL = 2.7
"""Inches of a panel."""
SIGNED, UNSIGNED = "RdBu_r", "viridis"
COLUMNS = 4
_TWO = ("explain-figure-before", "explain-figure-after")
COMPARED = 8
"""Channels that a comparison of two networks shows."""


def where(one: PhotoExplanation) -> NotebookFigure:
    """Return the photo with the part that the network sees, and the evidence for each explained class on one scale."""
    photo, maps = _small(one)
    most = max(float(np.nanmax(np.abs(maps))), 1e-30)
    height, width = photo.shape[:2]
    tall = PANEL * min(1.5, max(0.6, height / width)) + 0.35
    count = 1 + len(maps)

    def paint(figure: Any) -> None:
        axes = np.atleast_1d(figure.subplots(1, count))
        figure.subplots_adjust(left=0.01, right=0.9, bottom=0.03, top=0.88, wspace=0.04)
        _bare(axes)
        axes[0].imshow(photo)
        _frame(axes[0], one, photo.shape)
        axes[0].set_title(text_of("explain-figure-photo"))
        grey = photo.mean(2) / 255 * 0.7 + 0.3
        for place, (axis, values, label) in enumerate(zip(axes[1:], maps, one.explained, strict=True)):
            axis.imshow(grey, cmap="gray", vmin=0, vmax=1)
            strength = np.nan_to_num(np.abs(values) / most)
            axis.imshow(values, cmap=SIGNED, vmin=-most, vmax=most, alpha=0.15 + 0.65 * strength)
            _frame(axis, one, photo.shape)
            code = "explain-figure-for" if one.positive[place] else "explain-figure-no-positive"
            axis.set_title(text_of(code, label=cut(visible(label), 24)))
        bar = figure.colorbar(_solid(most), cax=figure.add_axes((0.915, 0.1, 0.015, 0.72)))
        bar.set_label(text_of("explain-figure-scale"))
        bar.outline.set_visible(False)

    return painted(Path(one.name).name, (PANEL * count + 0.9, tall), paint, name="where")


def _solid(most: float) -> Any:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(-most, most), SIGNED)


def _small(one: PhotoExplanation) -> tuple[np.ndarray, np.ndarray]:
    """Return the photo (H, W, 3) and the maps (T, H, W), reduced for display."""
    image = one.image.copy()
    image.thumbnail((LONGEST, LONGEST))
    down = np.linspace(0, one.image.height - 1, image.height).round().astype(int)
    across = np.linspace(0, one.image.width - 1, image.width).round().astype(int)
    return np.asarray(image), one.on_photo[:, down][:, :, across]


def _frame(axis: Any, one: PhotoExplanation, shape: tuple[int, ...]) -> None:
    """Darken the part of the photo that the network does not see."""
    top, bottom, left, right = one.transform.seen()
    scale = shape[0] / one.image.height
    unseen = np.ones(shape[:2])
    unseen[round(top * scale) : round(bottom * scale), round(left * scale) : round(right * scale)] = 0
    if unseen.any():
        shade = np.zeros((*shape[:2], 4))
        shade[..., 3] = 0.55 * unseen
        axis.imshow(shade)


def _bare(axes: Any) -> None:
    for axis in np.ravel(axes):
        axis.set_xticks([])
        axis.set_yticks([])
        axis.grid(False)
        for spine in axis.spines.values():
            spine.set_visible(False)


def faithfulness(curves: Curves, label: str) -> NotebookFigure:
    """Return the deletion and insertion curves of the map, of an edge detector and of random maps."""
    places = np.arange(STEPS + 1) / STEPS
    styles = {
        OWN: ("explain-kind-map", SERIES[0], "-"),
        EDGES: ("explain-kind-edges", SERIES[1], "--"),
        RANDOM: ("explain-kind-random", MUTED, ":"),
    }
    ways = {
        "deletion": ("explain-figure-deletion", "explain-figure-deletion-axis"),
        "insertion": ("explain-figure-insertion", "explain-figure-insertion-axis"),
    }

    def paint(figure: Any) -> None:
        axes = figure.subplots(1, 2, sharey=True)
        figure.subplots_adjust(left=0.09, right=0.98, bottom=0.17, top=0.88, wspace=0.08)
        for axis, (way, (title, below)) in zip(axes, ways.items(), strict=True):
            for kind, (code, colour, style) in styles.items():
                name = text_of(code, area=number_text(curves.area(way, kind), ".3f"))
                axis.plot(places, getattr(curves, way)[kind], style, color=colour, label=name)
            axis.set_title(text_of(title))
            axis.set_xlabel(text_of(below))
            axis.legend(frameon=False, fontsize=8)
        axes[0].set_ylabel(text_of("explain-figure-prediction", label=cut(visible(label), 24)))

    return painted(text_of("explain-figure-faithful"), (6.8, 2.6), paint, name="faithful")


def sheet(one: Channels) -> NotebookFigure:
    """Return the most active and the most varied channels of one block on one scale."""
    shown = np.concatenate([one.values[[*one.active]], one.values[[*one.varied]]])
    low, high, colours = _range(shown)
    groups = (("explain-figure-active", one.active), ("explain-figure-varied", one.varied))

    def paint(figure: Any) -> None:
        axes = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.01, right=0.89, bottom=0.02, top=0.91, wspace=0.04)
        _bare(axes)
        for axis, (code, channels) in zip(axes, groups, strict=True):
            drawn = axis.imshow(_mosaic(one.values, channels), cmap=colours, vmin=low, vmax=high)
            _numbers(axis, one.values.shape[1:], channels)
            axis.set_title(text_of(code))
        bar = figure.colorbar(drawn, cax=figure.add_axes((0.905, 0.1, 0.02, 0.74)))
        bar.outline.set_visible(False)

    title = text_of("explain-figure-channels", stage=one.stage, block=one.block, count=len(one.values))
    return painted(title, (6.8, 3.3), paint, name="channels")


def _range(values: np.ndarray) -> tuple[float, float, str]:
    """Return the ends of a scale and its colours: from 0 for values without a sign, else symmetric."""
    most = max(float(np.abs(values).max()), 1e-30)
    return (0.0, most, UNSIGNED) if values.min() >= 0 else (-most, most, SIGNED)


def _mosaic(values: np.ndarray, channels: tuple[int, ...], columns: int = COLUMNS) -> np.ndarray:
    """Return the maps of ``channels`` in rows of ``columns``, separated by NaN."""
    height, width = values.shape[1:]
    gap = max(1, round(width / 20))
    lines = -(-len(channels) // columns)
    found = np.full((lines * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for place, channel in enumerate(channels):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        found[top : top + height, left : left + width] = values[channel]
    return found


def _numbers(axis: Any, shape: tuple[int, ...], channels: tuple[int, ...], columns: int = COLUMNS) -> None:
    height, width = shape
    gap = max(1, round(width / 20))
    for place, channel in enumerate(channels):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        axis.annotate(
            *(str(channel), (left - 0.5, top - 0.5)),
            xytext=(2, -2),
            textcoords="offset points",
            **{"fontsize": 6, "va": "top", "color": "#ffffff", "bbox": {"facecolor": "#0008", "lw": 0, "pad": 0.6}},
        )


def block_changes(change: FineTuning) -> NotebookFigure:
    """Return the similarity of each block before and after fine-tuning, next to that of two seeds."""
    names = [one.block for one in change.blocks]
    lines = [
        ("explain-figure-cka", [one.cka for one in change.blocks], SERIES[0], "-"),
        ("explain-figure-correlation", [one.correlation for one in change.blocks], SERIES[1], "-"),
    ]
    if change.other_seed:
        lines += [
            ("explain-figure-seeds-cka", [one.seeds_cka or 0.0 for one in change.blocks], SERIES[0], ":"),
            (
                "explain-figure-seeds-correlation",
                [one.seeds_correlation or 0.0 for one in change.blocks],
                SERIES[1],
                ":",
            ),
        ]

    def paint(figure: Any) -> None:
        axis = figure.subplots()
        figure.subplots_adjust(left=0.08, right=0.98, bottom=0.34, top=0.97)
        for code, values, colour, style in lines:
            axis.plot(range(len(names)), values, style, marker="o", markersize=3, color=colour, label=text_of(code))
        axis.axhline(0, color=LINE, linewidth=0.8)
        axis.set_ylim(min(0, *(value for _, values, _, _ in lines for value in values)) - 0.03, 1.05)
        axis.set_xticks(range(len(names)), [cut(visible(name), 18) for name in names], rotation=40, ha="right")
        axis.legend(frameon=False, fontsize=8)

    return painted(text_of("explain-figure-blocks"), (6.8, 2.9), paint, name="blocks")


def before_and_after(block: str, before: np.ndarray, after: np.ndarray) -> NotebookFigure:
    """Return the most active channels of one block before fine-tuning, and the same channels after it."""
    chosen = tuple(int(c) for c in np.argsort(-np.abs(before).mean((1, 2)), kind="stable")[:COMPARED])
    low, high, colours = _range(np.concatenate([before[[*chosen]], after[[*chosen]]]))

    def paint(figure: Any) -> None:
        axes = figure.subplots(2, 1)
        figure.subplots_adjust(left=0.09, right=0.9, bottom=0.02, top=0.98, hspace=0.05)
        _bare(axes)
        for axis, code, values in zip(axes, _TWO, (before, after), strict=True):
            drawn = axis.imshow(_mosaic(values, chosen, COMPARED), cmap=colours, vmin=low, vmax=high)
            _numbers(axis, values.shape[1:], chosen, COMPARED)
            axis.set_ylabel(text_of(code))
        bar = figure.colorbar(drawn, cax=figure.add_axes((0.915, 0.1, 0.015, 0.8)))
        bar.outline.set_visible(False)

    return painted(text_of("explain-figure-before-after", block=block), (6.8, 1.8), paint, name="before")
