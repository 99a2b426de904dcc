"""A prediction, and how a notebook shows it: the image or the text, the label, and the likeliest classes.

A prediction knows its input by name alone. Where that is the path of an image file that can still be read, the image is
shown; a missing file is not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

from markupsafe import Markup

from ghep.data.image.thumbnail import thumbnail
from ghep.data.loading.inputs import guess_modality, shortened
from ghep.display import html
from ghep.types import BAR

LIKELIEST = 5
THUMBNAIL_PIXELS = 96
ROW_PIXELS = 56
MOST_ROWS = 20
TEXT_CHARACTERS = 160
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Prediction:
    """What the model says of one input for one task; ``label`` is None when the input could not be used."""

    input: str
    """The path, the text itself, or ``input 3``; the name, where one was given."""
    task: str
    label: str | None
    """Of a multi-label task the classes above one half with bars between them; empty if none is."""
    probability: float | None
    """Of the label: of a whole set the product over the classes."""
    probabilities: dict[str, float]
    """Every class, in the order of the classes; those of a multi-label task sum to anything."""
    problem: str = ""
    """Why there is no label; empty when there is one."""

    def __repr__(self) -> str:
        said = self.problem if self.probability is None else f"{self.label} ({self.probability:.3f})"
        return f"<Prediction of {shortened(self.input)}: {said}>"

    def _repr_html_(self) -> str:
        return html.or_text(_prediction_html, self)


class Predictions(list[Prediction]):
    """A list of predictions that a notebook shows as a table. A slice of it is one too."""

    @overload
    def __getitem__(self, place: SupportsIndex) -> Prediction: ...
    @overload
    def __getitem__(self, place: slice) -> Predictions: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Prediction | Predictions:
        found = super().__getitem__(place)
        return Predictions(found) if isinstance(found, list) else found

    def _repr_html_(self) -> str:
        return html.or_text(_predictions_html, self)


def _prediction_html(prediction: Prediction) -> str:
    """Return the HTML of one prediction."""
    image = shown(image_of(prediction.input), THUMBNAIL_PIXELS)
    told = [html.element("div", html.faint(html.cut(prediction.input, TEXT_CHARACTERS)))]
    if prediction.label is None:
        told.append(html.element("div", html.strong("no answer"), " ", prediction.problem))
    else:
        likely = html.faint(f"probability {prediction.probability:.3f} · {prediction.task}")
        told.append(html.element("div", html.strong(_label(prediction)), " ", likely))
        ranked = sorted(prediction.probabilities.items(), key=lambda one: -one[1])
        rows = [(html.cut(name, 60), html.bar(value), f"{value:.3f}") for name, value in ranked[:LIKELIEST]]
        told.append(html.table(("class", "", "probability"), rows, numbers=(2,), wrapped=(0,)))
        left = len(ranked) - LIKELIEST
        told.append(html.faint(f"and {left:,} more {'class' if left == 1 else 'classes'}") if left > 0 else Markup(""))
    style = "display:flex;gap:1em;align-items:flex-start;flex-wrap:wrap"
    return html.frame(html.element("div", image, html.element("div", *told), style=style))


def _predictions_html(predictions: Sequence[Prediction]) -> str:
    """Return the HTML of several predictions: one row each."""
    first, several = predictions[:MOST_ROWS], len({one.task for one in predictions}) > 1
    uris = {name: image_of(name) for name in {one.input for one in first}}
    images = any(uris.values())
    header = [*([""] if images else []), "input", *(["task"] if several else []), "label", "probability", "", "next"]
    before = [[*([shown(uris[one.input], ROW_PIXELS)] if images else []), _input(one)] for one in first]
    rows = [[*cells, *([one.task] if several else []), *_answer(one)] for cells, one in zip(before, first, strict=True)]
    refused = sum(one.label is None for one in predictions)
    count = f"{len(predictions):,} {'prediction' if len(predictions) == 1 else 'predictions'}"
    left = len(predictions) - len(first)
    return html.frame(
        html.heading(count, f"{refused:,} without an answer" if refused else ""),
        html.table(header, rows, numbers=(len(header) - 3,), wrapped=range(len(header) - 3)) if rows else "",
        html.faint(f"and {left:,} more") if left else "",
    )


def _input(one: Prediction) -> Markup:
    """Return the path or the text, wherever it must be broken, and under it why there is no answer."""
    name = html.element("span", html.cut(one.input, TEXT_CHARACTERS), style="overflow-wrap:anywhere")
    return name if one.label is not None else html.together(name, html.element("div", html.faint(one.problem)))


def _answer(one: Prediction) -> list[object]:
    """Return label, probability, bar, and the likeliest of the other classes."""
    if one.label is None or one.probability is None:
        return [html.faint("no answer"), "", "", ""]
    given = {one.label} if one.label in one.probabilities else set(one.label.split(BAR))
    others = [item for item in one.probabilities.items() if item[0] not in given]
    name, value = max(others, key=lambda item: item[1], default=("", 0.0))
    beside = html.faint(f"{html.cut(name, 60)}{html.NO_BREAK}{value:.3f}") if others else ""
    return [html.strong(_label(one)), f"{one.probability:.3f}", html.bar(one.probability), beside]


def _label(one: Prediction) -> str:
    return html.cut(one.label or "none of the classes", 60)


def image_of(name: str) -> str:
    """Return the image whose path is ``name`` as a data: URI; empty where it is none, or cannot be read any more."""
    if len(name) > LONGEST_PATH or guess_modality([name]) != "image":
        return ""
    try:
        return thumbnail(name, THUMBNAIL_PIXELS)
    except Exception:  # the file is gone or damaged, or was never one
        return ""


def shown(uri: str, pixels: int) -> Markup:
    """Return an image of at most ``pixels``; nothing for no URI."""
    style = f"max-width:{pixels}px;max-height:{pixels}px;margin:0;display:block"
    return Markup('<img alt="" src="{}" style="{}">').format(uri, style) if uri else Markup("")
