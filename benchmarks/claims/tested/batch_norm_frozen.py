"""BatchNorm in trained blocks: pretrained statistics are kept, or updated from the batches, small and large."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import SMALL, difference

LABELS = 200
IMAGES = ("pets3", "hymenoptera", "flowers17")
BATCHES = (8, 32)
STRATEGIES = ("light", "full")


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data in IMAGES:
        for strategy in STRATEGIES:
            for size in BATCHES:
                keep = Cell(data, SMALL, strategy, 0, LABELS).but(batch_norm="keep", batch_size=size)
                where = f"{data}: {strategy}, batches of {size}"
                found += difference(lab, where, seeds, keep, keep.but(batch_norm="update"), sides=("kept", "updated"))
    return found


CLAIM = Claim(
    name="batch-norm-frozen",
    sentence="BatchNorm must stay frozen",
    measure="points of accuracy that kept statistics add",
    rows=rows,
    scale=100,
)
