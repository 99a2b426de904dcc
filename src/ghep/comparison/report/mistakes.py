"""The worst mistakes of one contender, to be looked at: a wrong answer given with confidence is often a wrong label.

In: its runs and ``Data.raw``. Out: what the page shows: a small image as a data: URI, or the beginning of a text.
How an example is shown is a question of its modality, and asked here alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghep.comparison.record import Data, Measured
from ghep.comparison.report.answers import Wrong, worst
from ghep.data.modalities import Shown, modality_named

SHOWN = 12


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
    show, answers = modality_named(data.modality).shown, runs[0].answers
    found = []
    for wrong in worst(runs, most=most):
        name, label = answers.ids[wrong.index], data.names[answers.targets[wrong.index]]
        raw = data.raw.get(name)
        shown = Shown(missing="not kept") if raw is None else show(raw)
        found.append(Mistake(name, label, data.names[wrong.answer], wrong, shown))
    return found
