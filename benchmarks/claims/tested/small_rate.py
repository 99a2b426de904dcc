"""Full fine-tuning at multiples of the learning rate that ghep derives."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import CASES, difference

LABELS = 100
DERIVED = 2e-4
"""The rate of the last block that ghep derives with AdamW for networks with BatchNorm and for minilm."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for times, counts in ((30, True), (10, True), (3, False), (0.1, False)):
        for data, backbone in CASES:
            derived = Cell(data, backbone, "full", 0, LABELS)
            other = derived.but(lr=round(times * DERIVED, 7))
            settings = {"sides": ("at this rate", "at the derived rate"), "below": True, "counts": counts}
            found += difference(lab, f"{data}, {times:g} times the rate", seeds, other, derived, **settings)
    return found


CLAIM = Claim(
    name="small-rate",
    sentence="Fine-tuning the whole network needs a small rate",
    measure="points of accuracy: this rate minus the derived one",
    rows=rows,
    scale=100,
)
