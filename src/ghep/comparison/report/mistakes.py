"""The worst mistakes of one contender, for inspection: a confident wrong prediction is often due to a wrong label.

In: the contender's runs, ``Data.raw`` and the data of the comparison. Out: ``Mistake``, with what the HTML page shows
of the example, a small image as a data: URI or the start of a text; and, from one model of the contender if its bundle
was kept, a map of the evidence and the nearest training examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ghep.comparison.record import Data, Measured
from ghep.comparison.report.answers import Wrong, farthest, worst
from ghep.comparison.report.mistake_maps import MistakeMap, mistake_maps
from ghep.comparison.report.mistake_neighbours import NearExample, TrainingData, mistake_neighbours
from ghep.comparison.report.words import number
from ghep.data.modalities import Shown, modality_named
from ghep.errors import GhepError
from ghep.messages import Message, text_of

if TYPE_CHECKING:
    from ghep.explanation.subject import Subject

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
    near: tuple[NearExample, ...] = ()
    """The training examples whose features in this model are nearest; empty without a model."""

    def near_with(self, label: str) -> int:
        """Return how many of the nearest training examples have ``label``."""
        return sum(one.label == label for one in self.near)


def worst_mistakes(
    runs: Sequence[Measured], data: Data, training: TrainingData | None = None, *, most: int = SHOWN
) -> tuple[list[Mistake], Message | None]:
    """Return the ``most`` most confident wrong predictions, for regression the largest errors, with their examples.

    The second value says why the nearest training examples are left out; None if they are not, or if no model was kept.
    """
    found = _worst(runs, data, most)
    subject = _subject(runs, data.task) if found else None
    if subject is None or isinstance(subject, Message):
        return found, subject
    if data.modality == "image" and not data.sets and not data.numeric:
        photos = {str(data.raw[one.id]): one.answer for one in found if one.shown.image}
        with suppress(GhepError):  # the report is complete without maps
            maps = mistake_maps(subject, photos)
            found = [replace(one, map=maps.get(str(data.raw.get(one.id)))) for one in found]
    prepared = None if training is None else training.prepared.get(runs[0].contender.backbone)
    if training is None or prepared is None:
        return found, None
    try:
        near = mistake_neighbours(subject, prepared, training.options, data.task, {one.id for one in found})
    except GhepError as error:
        return found, Message("mistake-near-impossible", {"cause": error.cause})
    if isinstance(near, Message):
        return found, near
    return [replace(one, near=near.get(one.id, ())) for one in found], None


def _worst(runs: Sequence[Measured], data: Data, most: int) -> list[Mistake]:
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
    return [
        mistake(one.index, data.names[answers.targets[one.index]], data.names[one.answer], one)
        for one in worst(runs, most=most)
    ]


def _subject(runs: Sequence[Measured], task: str) -> Subject | Message | None:
    """Return the model of the first run that kept one; None if none did, or a message why it cannot be used."""
    bundles = [run.bundle for run in runs if run.bundle is not None and run.bundle.is_dir()]
    if not bundles:
        return None
    from ghep.explanation.subject import subject_of

    try:
        return subject_of(bundles[0], task=task)
    except GhepError as error:
        return Message("mistake-near-impossible", {"cause": error.cause})
