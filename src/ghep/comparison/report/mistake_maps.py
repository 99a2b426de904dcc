"""Where one model of the recommended contender finds evidence for its worst mistakes.

In: a model, and mistakes on photos. Out: a map and the runner-up for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghep.data.image.thumbnail import as_uri
from ghep.errors import BadImage

if TYPE_CHECKING:
    from ghep.explanation.subject import Subject

PIXELS = 300


@dataclass(frozen=True)
class MistakeMap:
    """Where the evidence for a wrong answer is, and what the model would have answered otherwise."""

    image: str
    """A data: URI: the evidence over the photo."""
    probability: float
    """Of the wrong answer, by this model."""
    runner_up: str
    """The most probable other class."""
    second: float
    """The probability of the runner-up."""


def mistake_maps(subject: Subject, mistakes: Mapping[str, str]) -> dict[str, MistakeMap]:
    """Return path -> the map of the wrong answer for photos; ``mistakes``: path -> the wrong class.

    Photos that cannot be read are left out. Raises ConfigError if the model cannot be explained.
    """
    from ghep.explanation.maps.overlay import overlay
    from ghep.explanation.maps.photo import Explainer

    found = {}
    with subject.in_use():
        for path, answer in mistakes.items():
            with suppress(BadImage):
                one = Explainer(subject, target=answer, curves=False).explain(path, path)
                (_, p), (other, q) = ((label, one.probabilities[label]) for label in one.explained)
                found[path] = MistakeMap(as_uri(overlay(one, 0, longest=PIXELS)), p, other, q)
    return found
