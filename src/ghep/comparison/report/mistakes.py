"""The worst mistakes of one contender, for inspection: a confident wrong prediction is often due to a wrong label.

In: the contender's runs and ``Data.raw``. Out: ``Mistake``, with what the HTML page shows of the example: a small image
as a data: URI, or the start of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ghep.comparison.record import Data, Measured
from ghep.comparison.report.answers import Wrong, farthest, worst
from ghep.comparison.report.mistake_maps import MistakeMap, mistake_maps
from ghep.comparison.report.words import number
from ghep.data.modalities import Shown, modality_named
from ghep.messages import text_of

SHOWN = 12


@dataclass(frozen=True)
class Mistake:
    """One wrong prediction, with its example as the HTML page shows it."""

    id: str
    label: str
    answer: str
    wrong: Wrong | None
    """None for regression."""
    shown: Shown
    map: MistakeMap | None = None
    """Where a model of the contender finds evidence for the answer; None for texts and numbers, and without a model."""


def worst_mistakes(runs: Sequence[Measured], data: Data, *, most: int = SHOWN) -> list[Mistake]:
    """Return the ``most`` most confident wrong predictions, for regression the largest errors, with their examples."""
    show, answers = modality_named(data.modality).shown, runs[0].answers

    def mistake(index: int, label: str, answer: str, wrong: Wrong | None) -> Mistake:
        name = answers.ids[index]
        raw = data.raw.get(name)
        shown = Shown(missing=text_of("example-not-kept")) if raw is None else show(raw)
        return Mistake(name, label, answer, wrong, shown)

    if data.numeric:
        return [
            mistake(index, number(float(answers.targets[index])), number(predicted), None)
            for index, predicted in farthest(runs, most=most)
        ]
    found = [
        mistake(one.index, data.names[answers.targets[one.index]], data.names[one.answer], one)
        for one in worst(runs, most=most)
    ]
    if data.modality != "image" or data.sets:
        return found
    photos = {data.raw[one.id]: one.answer for one in found if one.shown.image}
    maps = mistake_maps(runs, data.task, photos)
    return [replace(one, map=maps.get(data.raw.get(one.id, ""))) for one in found]
