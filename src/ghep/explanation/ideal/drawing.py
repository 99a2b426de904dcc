"""Figures and the page of ``ideal``. In: a ``Found``. Out: figures, a ``Page``, HTML for notebooks, lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import cut, faint, frame, heading, note, table, visible
from ghep.explanation.ideal.found import Found, IdealImage
from ghep.explanation.ideal.judging import Answer
from ghep.explanation.output import bundle_name
from ghep.explanation.page import Page, PageFigure, Section, drawn
from ghep.messages import NONE, number_text, text_of
from ghep.types import three

WIDTH = 7.2
"""Inches of a figure."""
MOST_COLUMNS = 4
ABOVE, BELOW = 0.22, 0.4
"""Inches above and below an image for its texts."""
MARGIN = 0.03
"""Inches at each side of an image."""
SURE = 0.99
"""Probability from which a model is counted as certain."""
NAMES = {
    "pixels": ("ideal-way-pixels", "ideal-pixels-explained"),
    "pixels_tv": ("ideal-way-pixels_tv", "ideal-pixels_tv-explained"),
    "fourier": ("ideal-way-fourier", "ideal-fourier-explained"),
    "photos": ("ideal-way-photos", "ideal-photos-explained"),
}
"""Way -> the messages with its name and its explanation; ``photos`` is ``fourier`` with the spectrum of photos."""


def overview(found: Found) -> NotebookFigure:
    """Return all images, with what was said below each: a row for each label; with one way, several labels in a row."""
    images = found.images
    columns = len(found.ways) if len(found.ways) > 1 else min(len(images), MOST_COLUMNS)
    lines = -(-len(images) // columns)
    side = WIDTH / max(columns, 3)

    def paint(figure: Any) -> None:
        for place, one in enumerate(images):
            axes = _cell(figure, place // columns, place % columns, side, (columns, lines), ABOVE, BELOW)
            _show(axes, one.seen)
            axes.set_title(_short(f"{one.label.split(',')[0]}, {_way(found, one.way)}", side), fontsize=8)
            axes.set_xlabel("\n".join(_words(found, one, side)), fontsize=7.5)

    title = text_of("ideal-figure-title", name=_name(found))
    return painted(title, (WIDTH, (side + ABOVE + BELOW) * lines), paint, name="ideal")


def strip(found: Found, label: str) -> NotebookFigure:
    """Return the way from noise to the images of ``label``: a row for each way, a column for each frame."""
    images = [one for one in found.images if one.label == label]
    columns = max(len(one.frames) for one in images)
    side = WIDTH / max(columns, 4)

    def paint(figure: Any) -> None:
        for row, one in enumerate(images):
            for column, frame_ in enumerate(one.frames):
                axes = _cell(figure, row, column, side, (columns, len(images)), 2 * ABOVE, ABOVE)
                _show(axes, frame_)
                axes.set_title(text_of("ideal-step", step=one.steps[column]), fontsize=7.5)
                axes.set_xlabel(_value(found, one.by_frame[column]), fontsize=7.5)
                if column == 0:
                    axes.text(0, 1.32, _way(found, one.way), transform=axes.transAxes, fontsize=8, fontweight="bold")

    title = text_of("ideal-strip-title", label=label)
    return painted(title, (WIDTH, (side + 3 * ABOVE) * len(images)), paint, name=f"ideal-{label}")


def page_of(found: Found) -> Page:
    """Return the page: the answer, a table, and for each label the way from noise to the image."""
    sections = [
        Section(
            text_of("ideal-page-images"),
            texts=_explained(found),
            figures=[_drawn("images", text_of("ideal-caption-images"), overview(found))],
            header=header(found),
            rows=rows(found),
            numbers=[2, 4, 6],
            caveat=text_of("ideal-caveat-own"),
        ),
        Section(
            text_of("ideal-page-strips"),
            texts=[text_of("ideal-strip-text", number=found.number)],
            figures=[
                _drawn(f"strip-{place}", text_of("ideal-caption-strip", label=label), strip(found, label))
                for place, label in enumerate(found.labels)
            ],
            caveat=text_of("ideal-caveat-image"),
        ),
    ]
    subtitle = text_of("ideal-subtitle", steps=found.options.steps, seed=found.options.seed, device=found.device)
    return Page(
        title=text_of("ideal-figure-title", name=_name(found)),
        subtitle=subtitle,
        lead=lead(found),
        notes=notes(found),
        findings=found.findings,
        sections=sections,
    )


def lead(found: Found) -> str:
    """Return the answer in one or two sentences."""
    if found.number:
        return text_of("ideal-lead-number", labels=[_value(found, one.own.value) for one in found.images])
    sure = sum(one.own.value >= SURE for one in found.images)
    own = text_of("ideal-lead-own", sure=sure, count=len(found.images), limit=SURE)
    judged = [one for one in found.images if one.judged is not None]
    if not judged:
        return f"{own} {text_of('ideal-lead-no-judge')}"
    by_way = [
        text_of(
            "ideal-lead-way",
            way=_way(found, way),
            top=sum(one.judged is not None and one.judged.top for one in judged if one.way == way),
            count=sum(one.way == way for one in judged),
        )
        for way in found.ways
    ]
    return f"{own} {text_of('ideal-lead-judge', judge=found.judge, ways=by_way)}"


def notes(found: Found) -> list[str]:
    """Return what the total variation was compared with."""
    if found.photos is None:
        return [text_of("ideal-no-photos-given")]
    photos, inside = found.photos, sum(bool(one.ordinary) for one in found.images)
    return [
        text_of(
            "ideal-variation",
            low=photos.low,
            high=photos.high,
            photos=photos.count,
            inside=inside,
            count=len(found.images),
        )
    ]


def header(found: Found) -> list[str]:
    """Return the header of the table."""
    own = text_of("ideal-column-number" if found.number else "ideal-column-own")
    judge = found.judge or text_of("ideal-column-judge")
    return [
        text_of("ideal-column-label"),
        text_of("ideal-column-way"),
        own,
        text_of("ideal-column-answer"),
        judge,
        text_of("ideal-column-judge-answer"),
        text_of("ideal-column-variation"),
        text_of("ideal-column-ordinary"),
    ]


def rows(found: Found) -> list[list[str]]:
    """Return the rows of the table, one for each image."""
    return [
        [
            one.label.split(",")[0],
            _way(found, one.way),
            _value(found, one.own.value),
            _answer(found, one.own),
            NONE if one.judged is None else _value(found, one.judged.value),
            NONE if one.judged is None else _answer(found, one.judged),
            three(one.variation),
            NONE if one.ordinary is None else text_of("ideal-yes" if one.ordinary else "ideal-no"),
        ]
        for one in found.images
    ]


def in_words(found: Found) -> list[str]:
    """Return the table and the answer as lines for a terminal."""
    cells = [header(found), *rows(found)]
    widths = [max(len(cut(row[column], 28)) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(f"{cut(cell, 28):<{width}}" for cell, width in zip(row, widths, strict=True)) for row in cells]
    return [*(line.rstrip() for line in lines), "", lead(found), *notes(found)]


def in_notebook(found: Found) -> str:
    """Return the table and the findings as HTML; ``plot`` has the images."""
    told = [note(one.severity, one.code, one.message, one.remedy, one.items) for one in found.findings]
    title = text_of("ideal-figure-title", name=_name(found))
    return frame(heading(title, lead(found)), table(header(found), rows(found)), *told, faint(notes(found)[0]))


def _explained(found: Found) -> list[str]:
    """Return a sentence for each way in use."""
    return [text_of(NAMES[_kind(found, way)][1], variation=found.options.variation) for way in found.ways]


def _way(found: Found, way: str) -> str:
    return text_of(NAMES[_kind(found, way)][0])


def _kind(found: Found, way: str) -> str:
    return "photos" if way == "fourier" and found.options.magnitude == "data" else way


def _words(found: Found, one: IdealImage, side: float) -> list[str]:
    """Return what is said below an image."""
    said = [text_of("ideal-own", value=_value(found, one.own.value))]
    if one.judged is not None:
        answer = "" if one.judged.top or found.number else f" ({_short(_answer(found, one.judged), side - 0.6)})"
        said.append(text_of("ideal-judged", value=_value(found, one.judged.value), answer=answer))
    return said


def _value(found: Found, value: float) -> str:
    return number_text(value, ".4g") if found.number else number_text(value, ".3f")


def _answer(found: Found, answer: Answer) -> str:
    return answer.answer if found.number else answer.answer.split(",")[0]


def _name(found: Found) -> str:
    return bundle_name(found.subject).removesuffix(".safetensors")


def _drawn(name: str, caption: str, figure: NotebookFigure) -> PageFigure:
    title, _, rest = caption.partition(". ")
    return drawn(name, title, rest, figure)


def _show(axes: Any, pixels: np.ndarray) -> None:
    axes.imshow(pixels, interpolation="nearest" if pixels.shape[0] < 100 else "antialiased")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cell(figure: Any, row: int, column: int, side: float, shape: tuple[int, int], above: float, below: float) -> Any:
    """Add axes for a square image of ``side`` inches with its margins, in a grid of ``shape`` (columns, rows)."""
    height = (side + above + below) * shape[1]
    left, bottom = column * side + MARGIN, height - (row + 1) * (side + above + below) + below + MARGIN
    inner = side - 2 * MARGIN
    return figure.add_axes((left / WIDTH, bottom / height, inner / WIDTH, inner / height))


def _short(text: str, inches: float) -> str:
    return cut(visible(text), max(8, round(inches * 14)))
