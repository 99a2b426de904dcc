"""The page of explained photos: what the model answers, where the evidence is, and how far the maps can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ghep.display.html import cut
from ghep.explanation.maps import figures
from ghep.explanation.maps.curves import EDGES, OWN, RANDOM
from ghep.explanation.maps.fine_tuning import FineTuning
from ghep.explanation.maps.photo import PhotoExplanation
from ghep.explanation.maps.sentences import PAIRS, TOP, file_names, summary, together
from ghep.explanation.page import Page, PageFigure, Section, drawn
from ghep.messages import number_text, text_of
from ghep.types import Finding


def page_of(
    model: str,
    photos: Sequence[PhotoExplanation],
    problems: Mapping[str, str],
    change: FineTuning | None,
    findings: Sequence[Finding],
) -> Page:
    """Return the page of ``photos``; ``problems``: name of each photo that could not be read -> why."""
    sections = [_overview(photos)] if len(photos) > 1 else []
    sections += [] if change is None else _before(change)
    for name, one in zip(file_names(photos), photos, strict=True):
        sections += _photo(one, name)
    alone, count = len(photos) == 1, len(photos)
    notes = [
        *together(photos),
        *(text_of("explain-unreadable-photo", name=name, cause=why) for name, why in problems.items()),
        text_of("explain-caveat-where"),
    ]
    title = short(photos[0].name) if alone else text_of("explain-photos", count=count)
    lead = summary(photos[0])[0] if alone else text_of("explain-count", count=count)
    return Page(title, text_of("explain-title", model=model), lead, notes, findings, sections)


def short(name: str) -> str:
    """Return the last two parts of the path of a photo."""
    return "/".join(Path(name).parts[-2:])


def _overview(photos: Sequence[PhotoExplanation]) -> Section:
    """Return a table of all photos, one row each."""
    rows = []
    for one in photos:
        curves = one.curves
        areas = ["–"] * 4 if curves is None else [number_text(curves.area(*pair), ".3f") for pair in PAIRS]
        shown = number_text(one.top[0][1], ".3f") if one.probabilities else ""
        rows.append([short(one.name), cut(one.answer, 40), shown, *areas])
    header = [text_of(code) for code in _COLUMNS]
    return Section(text_of("explain-section-overview"), header=header, rows=rows, numbers=range(2, len(header)))


_COLUMNS = (
    "explain-column-photo",
    "explain-column-answer",
    "explain-column-probability",
    "explain-column-deletion-map",
    "explain-column-deletion-random",
    "explain-column-insertion-map",
    "explain-column-insertion-random",
)
_KINDS = {OWN: "explain-row-map", EDGES: "explain-row-edges", RANDOM: "explain-row-random"}


def _photo(one: PhotoExplanation, name: str) -> list[Section]:
    """Return the sections of one photo."""
    labels = [cut(label, 40) for label in one.explained]
    caption = text_of("explain-caption-where", labels=labels, count=len(labels), module=one.path)
    where = drawn(f"{name}-where", text_of("explain-section-where"), caption, figures.where(one))
    rows = [[cut(label, 60), number_text(p, ".4f")] for label, p in one.top[:TOP]]
    header = [text_of("explain-column-class"), text_of("explain-column-probability")]
    first = Section(short(one.name), summary(one), [where], header, rows, [1], text_of("explain-caveat-where"))
    return [first, *_faithful(one, name), *_channels(one, name)]


def _faithful(one: PhotoExplanation, name: str) -> list[Section]:
    if one.curves is None:
        return []
    figure = drawn(
        f"{name}-curves",
        text_of("explain-figure-faithful"),
        text_of("explain-caption-curves"),
        figures.faithfulness(one.curves, one.explained[0]),
    )
    rows = [
        [text_of(code), *(number_text(one.curves.area(way, kind), ".3f") for way in ("deletion", "insertion"))]
        for kind, code in _KINDS.items()
    ]
    header = [text_of("explain-column-kind"), text_of("explain-column-deletion"), text_of("explain-column-insertion")]
    texts = []
    if one.randomised:
        numbers = [number_text(value, "+.2f") for value in one.randomised]
        texts = [
            text_of(
                "explain-randomised-each", correlation=number_text(np.mean(one.randomised), "+.2f"), numbers=numbers
            )
        ]
    title = text_of("explain-section-faithful", name=short(one.name))
    return [Section(title, texts, [figure], header, rows, [1, 2], text_of("explain-caveat-faithful"))]


def _channels(one: PhotoExplanation, name: str) -> list[Section]:
    if not one.channels:
        return []
    sheets: list[PageFigure] = []
    for each in one.channels:
        height, width = each.values.shape[1:]
        caption = text_of("explain-caption-channels", module=each.path, height=height, width=width)
        title = text_of("explain-stage", stage=each.stage)
        sheets.append(drawn(f"{name}-{each.stage}", title, caption, figures.sheet(each)))
    title = text_of("explain-section-channels", name=short(one.name))
    return [Section(title, [], sheets, caveat=text_of("explain-caveat-channels"))]


def _before(change: FineTuning) -> list[Section]:
    if change.frozen:
        return [Section(text_of("explain-section-before"), change.lines())]
    shown = [
        drawn(
            "before-blocks",
            text_of("explain-figure-blocks"),
            text_of("explain-caption-blocks", count=change.photos),
            figures.block_changes(change),
        )
    ]
    for number, (block, before, after) in enumerate(change.pairs, 1):
        title = text_of("explain-figure-before-after", block=block)
        caption = text_of("explain-caption-before-after")
        figure = figures.before_and_after(block, before, after)
        shown.append(drawn(f"before-after-{number}", title, caption, figure))
    rows = [
        [one.block, *(_three(each) for each in (one.correlation, one.cka, one.seeds_correlation, one.seeds_cka))]
        for one in change.blocks
    ]
    header = [
        text_of(code)
        for code in (
            "explain-column-block",
            "explain-column-correlation",
            "explain-column-cka",
            "explain-column-seeds-correlation",
            "explain-column-seeds-cka",
        )
    ]
    title, caveat = text_of("explain-section-before"), text_of("explain-caveat-before")
    return [Section(title, change.lines(), shown, header, rows, [1, 2, 3, 4], caveat)]


def _three(value: float | None) -> str:
    return "–" if value is None else number_text(value, ".3f")
