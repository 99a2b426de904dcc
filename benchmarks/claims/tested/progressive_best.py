"""Progressive unfreezing against the other ways to use a pretrained backbone, and against the choice among them."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import CASES, available, between, difference

LABELS = 100
OTHERS = {"linear_probe": "linear probe", "light": "light", "lp_ft": "LP-FT", "full": "full"}


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data, backbone in CASES:
        progressive = Cell(data, backbone, "progressive", 0, LABELS)
        others = [progressive.but(strategy=name) for name in OTHERS]
        kept = available(lab, seeds, progressive, *others)
        if kept:
            ours = [progressive.but(seed=seed) for seed in kept]
            best = [best_on_valid(lab, [one.but(seed=seed) for one in others]) for seed in kept]
            found.append(between(lab, f"{data}, best of the others", ours, best, sides=("progressive", "other")))
        for name, shown in OTHERS.items():
            that = progressive.but(strategy=name)
            sides = ("progressive", "other")
            found += difference(lab, f"{data}, {shown}", seeds, progressive, that, sides=sides, counts=False)
    return found


def best_on_valid(lab: Lab, cells: Sequence[Cell]) -> Cell:
    """Return the cell with the best validation accuracy, the cheapest of equals; test scores are not looked at."""
    return max(cells, key=lambda cell: lab.fit(cell).valid)


CLAIM = Claim(
    name="progressive-best",
    sentence="Progressive unfreezing is usually best",
    measure="points of accuracy: progressive minus other",
    rows=rows,
    scale=100,
)
