"""What ``ghep.explain`` returns for photos: an explanation for each, and what all of them say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ghep.display import html
from ghep.explanation.maps.fine_tuning import FineTuning
from ghep.explanation.maps.photo import PhotoExplanation
from ghep.explanation.maps.sentences import TOP, file_names, summary, together
from ghep.messages import text_of
from ghep.types import Finding

if TYPE_CHECKING:
    from ghep.display.figure import NotebookFigure


@dataclass(frozen=True, eq=False)
class PhotoExplanations:
    """The explanations of photos by one model; iterate over it, or index it, for each ``PhotoExplanation``."""

    model: str
    photos: tuple[PhotoExplanation, ...]
    problems: Mapping[str, str] = field(default_factory=dict)
    """Name of each photo that could not be read -> why."""
    fine_tuning: FineTuning | None = None
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        """Return the number of explained photos."""
        return len(self.photos)

    def __getitem__(self, place: int) -> PhotoExplanation:
        """Return the explanation of one photo."""
        return self.photos[place]

    def plot(self, place: int = 0) -> NotebookFigure:
        """Return a figure of one photo: the photo, and where the evidence for its class and the runner-up is."""
        from ghep.explanation.maps.figures import where

        return where(self.photos[place])

    def lines(self) -> list[str]:
        """Return the result as lines of text: the answer for each photo, and how faithful its map is."""
        found = [f"{one.name}\t{told}" for one in self.photos for told in summary(one)]
        found += [f"{name}\t{text_of('explain-unreadable', cause=why)}" for name, why in self.problems.items()]
        return [*found, *together(self.photos), *(self.fine_tuning.lines() if self.fine_tuning else ())]

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values, without maps: ``save`` writes these."""
        return {
            "model": self.model,
            "photos": [_photo_json(one) for one in self.photos],
            "problems": dict(self.problems),
            "before": None if self.fine_tuning is None else self.fine_tuning.to_json(),
            "findings": [{"code": one.code, "severity": one.severity, "message": one.message} for one in self.findings],
        }

    def save(self, folder: str | Path) -> Path:
        """Write ``page.html``, ``figures/*.png`` and one ``.npz`` of raw arrays for each photo; return the page."""
        from ghep.explanation.maps.sections import page_of
        from ghep.explanation.page import write_page

        folder = Path(folder)
        path = write_page(page_of(self.model, self.photos, self.problems, self.fine_tuning, self.findings), folder)
        (folder / "arrays").mkdir(exist_ok=True)
        for name, one in zip(file_names(self.photos), self.photos, strict=True):
            with (folder / "arrays" / f"{name}.npz").open("wb") as file:
                np.savez_compressed(file, allow_pickle=False, **arrays(one))
        return path

    def _repr_html_(self) -> str:
        return html.or_text(_explanations_html, self)


def arrays(one: PhotoExplanation) -> dict[str, np.ndarray]:
    """Return the raw arrays of one photo, by name."""
    found: dict[str, Any] = {
        "explained": np.array(one.explained),
        "maps": one.maps,
        "on_photo": one.on_photo,
        "seen_top_bottom_left_right": np.array(one.transform.seen()),
        "randomised": np.array(one.randomised),
        **{f"channels_{each.stage}": each.values for each in one.channels},
    }
    if one.curves is not None:
        for way, kinds in (("deletion", one.curves.deletion), ("insertion", one.curves.insertion)):
            found |= {f"{way}_{kind}": curve for kind, curve in kinds.items()}
    return found


def _photo_json(one: PhotoExplanation) -> dict[str, Any]:
    curves = None
    if one.curves is not None:
        kinds = one.curves.deletion
        curves = {way: {kind: one.curves.area(way, kind) for kind in kinds} for way in ("deletion", "insertion")}
    peak = np.unravel_index(int(np.nanargmax(one.on_photo[0])), one.on_photo[0].shape)
    return {
        "photo": one.name,
        "answer": one.answer,
        "top": dict(one.top[:TOP]),
        "explained": list(one.explained),
        "positive_evidence": list(one.positive),
        "peak_row_column": [int(place) for place in peak],
        "module": one.path,
        "areas": curves,
        "randomised_correlation": list(one.randomised),
    }


def _explanations_html(explanations: PhotoExplanations) -> str:
    from ghep.explanation.maps.figures import where
    from ghep.explanation.page import drawn

    parts: list[object] = [html.heading(text_of("explain-title", model=explanations.model))]
    for one in explanations.photos[:TOP]:
        figure = drawn("where", one.name, "", where(one))
        source = f"data:image/png;base64,{figure.base64}"
        parts += [
            html.element("img", src=source, alt=one.name, style="max-width:100%;background:#fefefe"),
            *(html.element("div", told) for told in summary(one)),
        ]
    left = len(explanations) - TOP
    parts += [html.faint(text_of("explain-more", count=left))] if left > 0 else []
    parts += [html.element("div", told) for told in together(explanations.photos)]
    return html.frame(*parts)
