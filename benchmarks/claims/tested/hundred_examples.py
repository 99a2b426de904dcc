"""100 labelled examples: what a pretrained backbone is worth against the same network from random weights."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row

LABELS = 100
IMAGES = ("hymenoptera", "pets3", "flowers17", "cats-dogs")
TEXTS = ("movie-polarity", "trec", "vi-sentiment")
POINTS = 0.25
"""60 to 85 %."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    pairs = [(data, "MobileNetV1 0.5") for data in IMAGES] + [(data, "minilm") for data in TEXTS]
    for data, backbone in pairs:
        probe = [Cell(data, backbone, "linear_probe", seed, LABELS) for seed in seeds]
        scratch = [one.but(strategy="scratch") for one in probe]
        gain = lab.difference(probe, scratch)
        both = [mean(lab, cells) for cells in (scratch, probe)]
        more = (("from random weights", f"{both[0]:.3f}"), ("pretrained", f"{both[1]:.3f}"))
        n = len(next(iter(lab.fit(probe[0]).right.values())))
        where = f"{data}, {backbone}"
        found.append(Row(where, gain.value, gain.low, gain.high, n, len(seeds), bar=POINTS, more=more))
    return found


def mean(lab: Lab, cells: Sequence[Cell]) -> float:
    """Return the mean accuracy of ``cells``."""
    return sum(one.accuracy for one in lab.fits(cells)) / len(cells)


CLAIM = Claim(
    name="hundred-examples",
    sentence="With 100 examples, transfer makes 85 % out of 60 %",
    measure="points of accuracy that pretrained weights add",
    rows=rows,
    scale=100,
)
