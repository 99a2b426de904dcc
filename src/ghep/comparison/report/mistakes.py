"""The worst mistakes of one contender, to be looked at: a wrong answer given with confidence is often a wrong label.

In: its runs and ``Data.raw``. Out: what the page shows: a small image as a data: URI, or the beginning of a text.
How an example is shown is a question of its modality, and asked here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ghep.comparison.record import Data, Measured
from ghep.comparison.report.answers import Wrong, worst
from ghep.errors import BadImage

SHOWN = 12
THUMBNAIL_PIXELS = 400
"""Longer side: enough to see what is in it, also when it is enlarged; a dozen stay below half a megabyte."""
TEXT_CHARACTERS = 300


@dataclass(frozen=True)
class Shown:
    """An example as it is shown: one of three."""

    image: str = ""
    """A data: URI."""
    text: str = ""
    missing: str = ""
    """Why there is nothing to show."""


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    id: str
    label: str
    answer: str
    wrong: Wrong
    shown: Shown


def worst_mistakes(runs: Sequence[Measured], data: Data, *, most: int = SHOWN) -> list[Mistake]:
    """Return the most confident wrong answers, each with what was asked."""
    show, answers = SHOW[data.modality], runs[0].answers
    found = []
    for wrong in worst(runs, most=most):
        name, label = answers.ids[wrong.index], data.names[answers.targets[wrong.index]]
        raw = data.raw.get(name)
        shown = Shown(missing="not kept") if raw is None else show(raw)
        found.append(Mistake(name, label, data.names[wrong.answer], wrong, shown))
    return found


def _image(raw: str) -> Shown:
    from ghep.data.image.thumbnail import thumbnail

    try:
        return Shown(image=thumbnail(raw, THUMBNAIL_PIXELS))
    except BadImage as problem:
        return Shown(missing=problem.reason)


def _text(raw: str) -> Shown:
    text = raw.strip()
    return Shown(text=text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1].rstrip() + "…")


SHOW: Mapping[str, Callable[[str], Shown]] = {"image": _image, "text": _text}
