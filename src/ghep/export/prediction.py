"""A prediction for one input, and how notebooks display it: the image or text, the label, and the most likely classes.

A prediction stores only the name of the input. If the name is the path of a readable image, the image is shown; a
missing file is not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import SupportsIndex, overload

from markupsafe import Markup

from ghep.data.image.thumbnail import thumbnail
from ghep.data.loading.inputs import guess_modality, shortened
from ghep.display import html
from ghep.guards.familiarity import withheld
from ghep.messages import number_text, text_of
from ghep.types import BAR, Interval, Number

MOST_CLASSES = 5
THUMBNAIL_PIXELS = 96
ROW_PIXELS = 56
MOST_ROWS = 20
TEXT_CHARACTERS = 160
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Prediction:
    """The prediction for one input and one task; ``label`` is None if the input could not be used."""

    input: str
    """The name, if one was given; else the path, the text itself, or ``input 3``."""
    task: str
    label: str | None
    """For a multi-label task, the classes above one half, separated by bars; empty if there are none."""
    probability: float | None
    """Probability of the label; for a label set, the product over the classes. None for regression."""
    probabilities: dict[str, float]
    """Class -> probability, in the order of the classes; for a multi-label task they need not sum to one. Empty for
    regression."""
    problem: str = ""
    """Why there is no label; empty if there is one."""
    value: float | None = None
    """The predicted number, for regression; None for other tasks."""
    interval: Interval | None = None
    """For regression: the interval that contains the true number in 9 of 10 cases; None if it could not be measured."""
    familiarity: float | None = None
    """P-value of the input: the share of validation examples that are as far from the training data, or farther. None
    if the model does not have what it is measured by."""
    certainty: float | None = None
    """P-value of the answer: the share of answers on validation examples whose probability is as small, or smaller.
    None for regression, and if the model does not have what it is measured by."""
    abstained: str = ""
    """Why the answer should not be used: ``unfamiliar`` or ``undecided``; empty if it may be, or if no rate of
    abstention was given."""

    def __repr__(self) -> str:
        result = (
            f"{self.label} ({number_text(self.probability, '.3f')})" if self.probability is not None else self.problem
        )
        result = result if self.value is None else f"{self.label}{bounds(self)}"
        result += f", {self.abstained}" if self.abstained else ""
        return f"<Prediction of {shortened(self.input)}: {result}>"

    def _repr_html_(self) -> str:
        return html.or_text(_prediction_html, self)


class Predictions(list[Prediction]):
    """A list of predictions that notebooks display as a table; slices are Predictions too."""

    @overload
    def __getitem__(self, place: SupportsIndex) -> Prediction: ...
    @overload
    def __getitem__(self, place: slice) -> Predictions: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Prediction | Predictions:
        found = super().__getitem__(place)
        return Predictions(found) if isinstance(found, list) else found

    def _repr_html_(self) -> str:
        return html.or_text(_predictions_html, self)


def judged(one: Prediction, rate: float) -> Prediction:
    """Return ``one`` with ``abstained`` as at this ``rate``: of inputs like valid, about this share is not answered."""
    if one.problem or one.familiarity is None:
        return one
    unfamiliar, undecided = withheld(one.familiarity, one.certainty, rate)
    return replace(one, abstained="unfamiliar" if unfamiliar else "undecided" if undecided else "")


def _prediction_html(prediction: Prediction) -> str:
    """Return the HTML of one prediction."""
    image = shown(image_of(prediction.input), THUMBNAIL_PIXELS)
    parts = [html.element("div", html.faint(html.cut(prediction.input, TEXT_CHARACTERS)))]
    if prediction.label is None:
        parts.append(html.element("div", html.strong(text_of("prediction-none")), " ", prediction.problem))
    else:
        if prediction.value is None:
            summary = text_of("prediction-of-task", probability=prediction.probability, task=prediction.task)
        else:
            summary = text_of("prediction-of-number", interval=bounds(prediction).strip(), task=prediction.task)
        parts.append(html.element("div", html.strong(_label(prediction)), " ", html.faint(summary)))
        if prediction.abstained:
            parts.append(html.element("div", text_of("prediction-abstained", kind=prediction.abstained)))
    if prediction.probabilities:
        ranked = sorted(prediction.probabilities.items(), key=lambda one: -one[1])
        rows = [
            (html.cut(name, 60), html.bar(value), number_text(value, ".3f")) for name, value in ranked[:MOST_CLASSES]
        ]
        header = (text_of("prediction-class"), "", text_of("prediction-probability"))
        parts.append(html.table(header, rows, numbers=(2,), wrapped=(0,)))
        left = len(ranked) - MOST_CLASSES
        if left > 0:
            parts.append(html.faint(text_of("prediction-more-classes", count=left)))
    style = "display:flex;gap:1em;align-items:flex-start;flex-wrap:wrap"
    return html.frame(html.element("div", image, html.element("div", *parts), style=style))


def _predictions_html(predictions: Sequence[Prediction]) -> str:
    """Return the HTML table of several predictions, one row each."""
    first, several = predictions[:MOST_ROWS], len({one.task for one in predictions}) > 1
    uris = {name: image_of(name) for name in {one.input for one in first}}
    images = any(uris.values())
    header = [
        *([""] if images else []),
        text_of("prediction-input"),
        *([text_of("prediction-task")] if several else []),
        text_of("prediction-label"),
        text_of("prediction-probability"),
        "",
        text_of("prediction-next"),
    ]
    before = [[*([shown(uris[one.input], ROW_PIXELS)] if images else []), _input(one)] for one in first]
    rows = [[*cells, *([one.task] if several else []), *_answer(one)] for cells, one in zip(before, first, strict=True)]
    refused = sum(one.label is None for one in predictions)
    withheld = sum(bool(one.abstained) for one in predictions)
    counts = [
        text_of("prediction-count-none", count=refused) if refused else "",
        text_of("prediction-count-abstained", count=withheld) if withheld else "",
    ]
    left = len(predictions) - len(first)
    return html.frame(
        html.heading(
            text_of("prediction-count", count=len(predictions)),
            ", ".join(filter(None, counts)),
        ),
        html.table(header, rows, numbers=(len(header) - 3,), wrapped=range(len(header) - 3)) if rows else "",
        html.faint(text_of("prediction-more", count=left)) if left else "",
    )


def _input(one: Prediction) -> Markup:
    """Return the HTML of the path or text, which may wrap anywhere, and below it why the answer is not to be used."""
    name = html.element("span", html.cut(one.input, TEXT_CHARACTERS), style="overflow-wrap:anywhere")
    why = one.problem if one.label is None else text_of("prediction-abstained", kind=one.abstained)
    return html.together(name, html.element("div", html.faint(why))) if one.label is None or one.abstained else name


def _answer(one: Prediction) -> list[object]:
    """Return the cells of a row of the table: label, probability, bar, and the most likely other class."""
    if one.label is None:
        return [html.faint(text_of("prediction-none")), "", "", ""]
    if one.probability is None:
        return [html.strong(one.label), "", "", html.faint(bounds(one).strip())]
    given = {one.label} if one.label in one.probabilities else set(one.label.split(BAR))
    others = [item for item in one.probabilities.items() if item[0] not in given]
    name, value = max(others, key=lambda item: item[1], default=("", 0.0))
    other = html.faint(f"{html.cut(name, 60)}{html.NO_BREAK}{number_text(value, '.3f')}") if others else ""
    return [html.strong(_label(one)), number_text(one.probability, ".3f"), html.bar(one.probability), other]


def _label(one: Prediction) -> str:
    return html.cut(one.label or text_of("prediction-without-class"), 60)


def bounds(one: Prediction) -> str:
    """Return the prediction interval as text: `` [21.5, 30.2]``; empty if there is none."""
    return "" if one.interval is None else f" [{Number.of(one.interval.low)}, {Number.of(one.interval.high)}]"


def image_of(name: str) -> str:
    """Return a thumbnail of the image at path ``name`` as a data: URI; empty if ``name`` is not a readable image."""
    if len(name) > LONGEST_PATH or guess_modality([name]) != "image":
        return ""
    try:
        return thumbnail(name, THUMBNAIL_PIXELS)
    except Exception:  # the file is missing, damaged or not an image
        return ""


def shown(uri: str, pixels: int) -> Markup:
    """Return the HTML of the image ``uri`` with at most ``pixels`` on its longer side; empty for an empty URI."""
    style = f"max-width:{pixels}px;max-height:{pixels}px;margin:0;display:block"
    return Markup('<img alt="" src="{}" style="{}">').format(uri, style) if uri else Markup("")
