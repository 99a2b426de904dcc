"""The worst mistakes of one contender, for inspection: a confident wrong prediction is often due to a wrong label.

In: the contender's runs and ``Data.raw``. Out: ``Mistake``, with what the HTML page shows of the example: a small image
as a data: URI, or the start of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghep.comparison.record import Data, Measured
from ghep.comparison.report.answers import Wrong, worst
from ghep.data.modalities import Shown, modality_named
from ghep.messages import text_of

SHOWN = 12


@dataclass(frozen=True)
class Mistake:
    """One wrong prediction, with its example as the HTML page shows it."""

    id: str
    label: str
    answer: str
    wrong: Wrong
    shown: Shown


def worst_mistakes(runs: Sequence[Measured], data: Data, *, most: int = SHOWN) -> list[Mistake]:
    """Return the most confident wrong predictions, at most ``most``, each with its example."""
    show, answers = modality_named(data.modality).shown, runs[0].answers
    found = []
    for wrong in worst(runs, most=most):
        name, label = answers.ids[wrong.index], data.names[answers.targets[wrong.index]]
        raw = data.raw.get(name)
        shown = Shown(missing=text_of("example-not-kept")) if raw is None else show(raw)
        found.append(Mistake(name, label, data.names[wrong.answer], wrong, shown))
    return found
