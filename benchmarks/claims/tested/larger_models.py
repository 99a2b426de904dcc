"""Larger models: is the linear probe of the next larger backbone of a family better?"""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import difference

LABELS = 200
IMAGES = ("flowers17", "signs", "hymenoptera", "pets")
SIZES = (
    ("MobileNetV1 0.25", 0.2),
    ("MobileNetV1 0.5", 0.8),
    ("MobileNetV1 0.75", 1.8),
    ("MobileNetV2", 2.2),
)
"""Backbone, and its weights without the classifier in millions; all were pretrained on the same ImageNet classes."""


def probes(data: str, backbone: str, seeds: Sequence[int]) -> list[Cell]:
    """Return the cells of one backbone on one data set."""
    return [Cell(data, backbone, "linear_probe", seed, LABELS) for seed in seeds]


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    names = [name for name, _ in SIZES]
    pairs = [*zip(names[1:], names[:-1], strict=True), (names[2], names[0]), (names[3], names[0])]
    for data in IMAGES:
        for larger, smaller in pairs:
            this, that = (probes(data, name, seeds)[0] for name in (larger, smaller))
            where = f"{data}: {short(larger)} for {short(smaller)}"
            found += difference(lab, where, seeds, this, that, sides=("larger", "smaller"))
    return found


def short(name: str) -> str:
    """Return a name that fits into a figure: V1 0.25."""
    return name.replace("MobileNet", "")


CLAIM = Claim(
    name="larger-models",
    sentence="Larger models transfer better",
    measure="points of accuracy that the larger backbone adds",
    rows=rows,
    scale=100,
)
