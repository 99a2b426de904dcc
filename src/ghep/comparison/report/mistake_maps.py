"""Where one model of the recommended contender finds evidence for its worst mistakes.

In: a run with its bundle, and mistakes on photos. Out: a map and the runner-up for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ghep.comparison.record import Measured
from ghep.data.image.thumbnail import as_uri
from ghep.errors import BadImage, GhepError

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


def mistake_maps(runs: Sequence[Measured], task: str, mistakes: Mapping[str, str]) -> dict[str, MistakeMap]:
    """Return path -> the map of the wrong answer for photos; ``mistakes``: path -> the wrong class.

    Empty if no run kept its model, or if the model cannot be explained; photos that cannot be read are left out.
    """
    bundles = [run.bundle for run in runs if run.bundle is not None and Path(run.bundle).is_dir()]
    if not bundles or not mistakes:
        return {}
    from ghep.explanation.maps.overlay import overlay
    from ghep.explanation.maps.photo import Explainer
    from ghep.explanation.subject import subject_of

    found = {}
    with suppress(GhepError):  # the report is complete without maps
        subject = subject_of(bundles[0], task=task)
        with subject.in_use():
            for path, answer in mistakes.items():
                with suppress(BadImage):
                    one = Explainer(subject, target=answer, curves=False).explain(path, path)
                    (_, p), (other, q) = ((label, one.probabilities[label]) for label in one.explained)
                    found[path] = MistakeMap(as_uri(overlay(one, 0, longest=PIXELS)), p, other, q)
    return found
