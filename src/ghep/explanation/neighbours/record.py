"""What ``ghep.similar`` returns, and how it is shown: lines, a figure, a page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ghep.display.html import cut, frame, heading, table, together
from ghep.display.look import INK, LINE, MUTED, SERIES
from ghep.errors import BadImage, DataError
from ghep.explanation.output import bundle_name
from ghep.explanation.page import Page, PageFigure, Section, drawn, write_page
from ghep.messages import number_text, text_of
from ghep.storage.text import plain, write_json_atomic
from ghep.types import Finding, Modality

if TYPE_CHECKING:
    from PIL import Image

    from ghep.display.figure import NotebookFigure

COLUMNS = 6
"""Images in a row of the figure; the first is the example."""
TILE = 1.25
"""Width of an image in inches."""
CAPTION = 0.42
SIDE = 320
"""Pixels of the longer side of an image on the page."""
LETTERS = 20
SHOWN_FIGURES = 40
"""Examples that have a figure on the page."""


@dataclass(frozen=True)
class Neighbour:
    """A training example near to an example."""

    id: str
    label: str
    distance: float
    """From 0, the same features, to 2; 1 is unrelated."""
    shown: str = ""
    """The path of an image, or the beginning of a text."""
    same: bool = False
    """Whether its content is equal to that of the example, bit for bit."""
    copy: bool = False
    """Whether it counts as a copy of the example: the same, or a distance near zero."""
    agrees: bool = False
    """Whether its label is the predicted one."""


@dataclass(frozen=True)
class Neighbours:
    """The neighbours of one example, the nearest first; ``problem`` says why there are none."""

    name: str
    shown: str = ""
    label: str = ""
    """The prediction."""
    probability: float = float("nan")
    neighbours: tuple[Neighbour, ...] = ()
    votes: int | None = None
    """How many neighbours that are no copies have the predicted label; None for a number."""
    usual: float | None = None
    """The median of ``votes`` for training examples that have this label."""
    rare: float | None = None
    """The share of these examples with at most as many votes."""
    problem: str = ""

    @property
    def voters(self) -> tuple[Neighbour, ...]:
        """The neighbours that are no copies."""
        return tuple(one for one in self.neighbours if not one.copy)

    @property
    def majority(self) -> tuple[str, int]:
        """The most frequent label of the neighbours that are no copies, and how many have it."""
        counts = Counter(one.label for one in self.voters)
        return counts.most_common(1)[0] if counts else ("", 0)

    def to_json(self) -> dict[str, Any]:
        """Return the neighbours as plain values."""
        found = asdict(self)
        return {**found, "probability": None if math.isnan(self.probability) else self.probability}


@dataclass(frozen=True)
class Similar:
    """The neighbours of the examples of one call; iterate over it, or index it, for each ``Neighbours``."""

    model: str
    data: str
    """Location of the training data."""
    count: int
    """Training examples that were searched."""
    examples: tuple[Neighbours, ...]
    findings: tuple[Finding, ...] = ()
    modality: Modality = "image"
    task: str = ""
    numeric: bool = False

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.examples)

    def __getitem__(self, place: int) -> Neighbours:
        """Return the neighbours of one example."""
        return self.examples[place]

    @property
    def problems(self) -> dict[str, str]:
        """Name of each example that cannot be used -> why."""
        return {one.name: one.problem for one in self.examples if one.problem}

    def lines(self) -> list[str]:
        """Return the result as lines for a terminal: each example, then its neighbours."""
        found = []
        for one in self.examples:
            found.append(f"{one.name}\t{said(one)}")
            found += [
                "\t".join(
                    [
                        "",
                        number_text(each.distance, ".3f"),
                        each.label or "-",
                        each.id,
                        *self._beginning(each),
                        *_marks(each),
                    ]
                )
                for each in one.neighbours
            ]
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "model": self.model,
            "data": self.data,
            "searched": self.count,
            "task": self.task,
            "examples": [one.to_json() for one in self.examples],
            "problems": self.problems,
            "findings": [{"code": one.code, "severity": one.severity, "message": one.message} for one in self.findings],
        }

    def plot(self, place: int = 0) -> NotebookFigure:
        """Return a figure of one example and its neighbours: the images, or for texts the distances.

        Raises DataError if the example cannot be used.
        """
        one = self.examples[place]
        if one.problem:
            raise DataError("similar-nothing-to-plot", name=one.name, cause=one.problem)
        return _images(one) if self.modality == "image" else _distances(one)

    def save(self, folder: str | Path) -> Path:
        """Write ``page.html``, ``figures/``, ``similar.json`` and ``distances.npz``; return the path of the page."""
        folder = Path(folder)
        path = write_page(_page(self), folder)
        write_json_atomic(folder / "similar.json", plain(self.to_json()))
        arrays: dict[str, Any] = {
            f"example_{place:03d}": np.array([each.distance for each in one.neighbours], dtype=np.float32)
            for place, one in enumerate(self.examples)
        }
        np.savez(folder / "distances.npz", **arrays)
        return path

    def _beginning(self, one: Neighbour) -> list[str]:
        return [f'"{cut(_text_or_id(one, self.modality), 60)}"'] if self.modality == "text" and one.shown else []

    def _repr_html_(self) -> str:
        parts = []
        for one in self.examples:
            parts.append(heading(said(one), one.name))
            if one.neighbours:
                parts.append(table(_header(), _rows(one, self.modality), numbers=(0,)))
        return frame(together(*parts))


def said(one: Neighbours) -> str:
    """Return the prediction and the vote of the neighbours as a sentence."""
    if one.problem:
        return text_of("similar-unusable", cause=one.problem)
    if one.votes is None:
        values = [float(each.label) for each in one.voters if each.label]
        mean = number_text(np.mean(values), ".4g") if values else "-"
        low, high = (number_text(end, ".4g") for end in (min(values), max(values))) if values else ("-", "-")
        return text_of("similar-number", value=one.label, mean=mean, low=low, high=high, count=len(values))
    usual = "unknown" if one.usual is None else number_text(one.usual, ".0f")
    probability = number_text(one.probability, ".2f")
    return text_of(
        "similar-votes",
        label=one.label or text_of("similar-no-class"),
        probability=probability,
        votes=one.votes,
        count=len(one.voters),
        usual=usual,
    )


def _marks(one: Neighbour) -> list[str]:
    return [text_of("similar-same")] if one.same else [text_of("similar-copy")] if one.copy else []


def _header() -> tuple[str, ...]:
    return text_of("similar-column-distance"), text_of("similar-column-label"), text_of("similar-column-example")


def _rows(one: Neighbours, modality: Modality) -> list[tuple[str, str, str]]:
    return [
        (number_text(each.distance, ".3f"), cut(each.label, 60), " ".join([_text_or_id(each, modality), *_marks(each)]))
        for each in one.neighbours
    ]


def _text_or_id(one: Neighbour, modality: Modality) -> str:
    return cut(" ".join(one.shown.split()), 200) if one.shown and modality == "text" else one.id


def _page(found: Similar) -> Page:
    name = bundle_name(found.model)
    usable = [one for one in found.examples if not one.problem]
    lead = said(usable[0]) if len(usable) == 1 else text_of("similar-lead", count=len(found.examples))
    sections = [_section(one, found, figure=place < SHOWN_FIGURES) for place, one in enumerate(found.examples)]
    where = text_of("similar-where", count=found.count, data=found.data)
    if sections:
        sections[-1] = replace(sections[-1], caveat=text_of("similar-caveat"))
    title = text_of("similar-title", model=name)
    return Page(title, found.model, lead, [where], found.findings, sections)


def _section(one: Neighbours, found: Similar, *, figure: bool) -> Section:
    title = cut(one.name if found.modality == "image" else f"“{' '.join((one.shown or one.name).split())}”", 100)
    if one.problem:
        return Section(title, [said(one)])
    figures: list[PageFigure] = []
    if figure and found.modality == "image":
        caption = text_of("similar-figure-caption")
        number = found.examples.index(one) + 1
        figures = [drawn(f"similar-{number:03d}", text_of("similar-figure"), caption, _images(one))]
    return Section(title, [said(one)], figures, _header(), _rows(one, found.modality), [0])


def _images(one: Neighbours) -> NotebookFigure:
    from ghep.display.figure import painted

    tiles = [(one.shown, text_of("similar-this"), one.label, INK)]
    for each in one.neighbours:
        mark = _marks(each)[0] if each.copy else number_text(each.distance, ".2f")
        tiles.append((each.shown, mark, each.label, MUTED if each.copy else SERIES[0] if each.agrees else SERIES[1]))
    rows = math.ceil(len(tiles) / COLUMNS)
    size = (COLUMNS * TILE + 0.2, rows * (TILE + CAPTION))

    def paint(figure: Any) -> None:
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        figure.subplots_adjust(0.01, 0.01, 0.99, 1 - CAPTION / size[1], wspace=0.08, hspace=CAPTION / TILE)
        for place in axes.flat[len(tiles) :]:
            place.set_axis_off()
        for place, (shown, mark, label, colour) in zip(axes.flat, tiles, strict=False):
            _tile(place, shown)
            place.set_title(f"{mark}\n{cut(label, LETTERS)}", fontsize=7.5, color=colour, pad=2)

    return painted(_short(one), size, paint, name="similar")


def _short(one: Neighbours) -> str:
    """Return the title of a figure: the prediction, and the vote of the neighbours."""
    if one.votes is None:
        return one.label
    return text_of("similar-figure-title", label=one.label, votes=one.votes, count=len(one.voters))


def _tile(place: Any, shown: str) -> None:
    """Draw an image as a square, or its absence."""
    image = _thumbnail(shown)
    place.set_xticks([])
    place.set_yticks([])
    place.grid(visible=False)
    for spine in place.spines.values():
        spine.set_visible(image is None)
        spine.set_color(LINE)
    if image is not None:
        place.imshow(image)
    else:
        place.text(
            0.5, 0.5, text_of("similar-no-image"), ha="center", va="center", fontsize=7, transform=place.transAxes
        )
        place.set_aspect("equal")


def _thumbnail(shown: str) -> Image.Image | None:
    from PIL import ImageOps

    from ghep.data.image.loader import load_image

    if not shown:
        return None
    try:
        image = load_image(Path(shown), at_least=SIDE, levels=None)
    except BadImage:
        return None
    return ImageOps.pad(image, (SIDE, SIDE), color="white")


def _distances(one: Neighbours) -> NotebookFigure:
    from ghep.display.figure import painted

    shown: Sequence[Neighbour] = one.neighbours[::-1]
    size = (7.2, 0.26 * len(shown) + 0.5)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        figure.subplots_adjust(0.62, 0.42 / size[1], 0.97, 0.99)
        colours = [MUTED if each.copy else SERIES[0] if each.agrees else SERIES[1] for each in shown]
        axes.barh(range(len(shown)), [each.distance for each in shown], color=colours)
        names = [f"{cut(_text_or_id(each, 'text'), 48)}  [{cut(each.label, LETTERS)}]" for each in shown]
        axes.set_yticks(range(len(shown)), names, fontsize=7.5)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(text_of("similar-axis"))

    return painted(_short(one), size, paint, name="similar")
