"""Is the backbone fed as it was trained? Its first BatchNorm layer is asked which way of preparing pixels fits best.

Wrong preprocessing (pixels from 0 to 255 where a network expects normalised ones, no normalisation, blue and red
exchanged) raises no error: features lose quality and nothing says so. In: a backbone and a few training examples. Out:
the distance from the stored statistics for its own preprocessing and for other common ones
(``backbone/first_statistics.py``), and a finding if another fits far better. Exchanged colours change little in any one
layer; they are named if the exchanged ones fit better at every one of the first five, and clearly so on average.
Networks without BatchNorm are not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ghep.backbone.base import Backbone
from ghep.backbone.first_statistics import GIVEN, distances, distances_by_colour
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.views import PLAIN
from ghep.messages import Message, text_of
from ghep.types import Finding

MOST = 32
"""Examples that are read, evenly spaced."""
QUICK = 16
"""As ``MOST``, in a run, where it is an addition to a linear probe of a few seconds."""
FAR = 0.4
"""Distance of the given preprocessing below which it is not doubted. Pixels from 0 to 1 in place of -1 to 1 are .45
away, healthy photos .34 at most; unusual images may be farther, but then no other preprocessing is much nearer."""
BETTER = 0.5
"""Another preprocessing is named only if its distance is at most this share of the given one's."""
CLEARLY = 0.65
"""Exchanged colours are named only if their mean distance is at most this share of the given ones'."""


@dataclass(frozen=True)
class PreprocessingCheck:
    """How well each way of preparing pixels fits the network's stored statistics."""

    name: str
    distances: Mapping[str, float] = field(default_factory=dict)
    """Way -> distance; ``given`` is the backbone's own. Empty if there are no statistics to compare with."""
    examples: int = 0
    as_given: tuple[float, ...] = ()
    """Distances at the first layers."""
    exchanged: tuple[float, ...] = ()
    """The same with blue and red exchanged."""

    @property
    def colours_exchanged(self) -> bool:
        """Whether blue and red seem to be exchanged: that fits better at every layer, and clearly so on average."""
        pairs = list(zip(self.as_given, self.exchanged, strict=True))
        return bool(pairs) and all(other < given for given, other in pairs) and self.colour_ratio <= CLEARLY

    @property
    def colour_ratio(self) -> float:
        """Return the mean distance with colours exchanged, divided by the mean distance as given; NaN if unknown."""
        return float(np.sum(self.exchanged) / np.sum(self.as_given)) if self.as_given else float("nan")

    @property
    def closest(self) -> str:
        """Return the way with the smallest distance; empty if nothing was measured."""
        return min(self.distances, key=lambda way: self.distances[way], default="")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return ``preprocessing-does-not-fit``, which names the way that fits; empty if the given one may be right."""
        if not self.distances:
            return ()
        given, best = self.distances[GIVEN], self.distances[self.closest]
        if not (given > FAR and best <= BETTER * given):
            if not self.colours_exchanged:
                return ()
            return (
                Finding.of(
                    "preprocessing-does-not-fit",
                    "warning",
                    message="colours-exchanged",
                    name=self.name,
                    layers=len(self.as_given),
                    ratio=self.colour_ratio,
                    bar=CLEARLY,
                    count=self.examples,
                ),
            )
        return (
            Finding.of(
                "preprocessing-does-not-fit",
                "warning",
                name=self.name,
                distance=given,
                closest=Message("preprocessing-way", {"way": self.closest}),
                best=best,
                bar=FAR,
                count=self.examples,
            ),
        )

    @property
    def summary(self) -> str:
        """Return one sentence with the measured distances and the bar."""
        if not self.distances:
            return text_of("preprocessing-not-judged", name=self.name)
        return text_of(
            "preprocessing-summary",
            name=self.name,
            distance=self.distances[GIVEN],
            bar=FAR,
            closest=Message("preprocessing-way", {"way": self.closest}),
            best=self.distances[self.closest],
            count=self.examples,
            ratio=self.colour_ratio,
            clearly=CLEARLY,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the distances as plain values."""
        return {**asdict(self), "bar": FAR, "colour_ratio": self.colour_ratio, "colour_bar": CLEARLY}


def check_preprocessing(backbone: Backbone, data: LabelledExamples, *, most: int = MOST) -> PreprocessingCheck:
    """Return the check on at most ``most`` examples of ``data``, which must be prepared for ``backbone``."""
    places = np.unique(np.linspace(0, len(data) - 1, min(most, len(data))).astype(int))
    if not len(places):
        return PreprocessingCheck(backbone.card.name)
    inputs = data.inputs(places, [PLAIN] * len(places))
    inputs = inputs.to(next(backbone.parameters()).device)
    colours = distances_by_colour(backbone, inputs)
    return PreprocessingCheck(backbone.card.name, distances(backbone, inputs), len(places), *map(tuple, colours))
