"""Whether training only the last quarter of the blocks costs accuracy, and whether it still fits the training data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cells import Cell, Lab
from claim import Claim, Row
from rows import CASES, SMALL, available, difference

LABELS = 100
MORE = (("signs", SMALL, 100), ("people", SMALL, 100), ("flowers17", SMALL, 400), ("signs", SMALL, 400))
"""Data far from the pretraining, and more labels: where light fine-tuning is most likely to underfit."""
POINTS = -0.02
"""Light fine-tuning underfits if training all blocks makes the network better by more than this."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data, backbone, labels in (*((*case, LABELS) for case in CASES), *MORE):
        light = Cell(data, backbone, "light", 0, labels)
        full = light.but(strategy="full")
        kept = available(lab, seeds, light, full)
        losses = ((f"train loss, {one.strategy}", train_loss(lab, one, kept)) for one in (light, full))
        settings = {"sides": ("light", "full"), "bar": POINTS, "more": tuple(losses) if kept else ()}
        found += difference(lab, f"{data}, {labels} labels", seeds, light, full, **settings)
    return found


def train_loss(lab: Lab, cell: Cell, seeds: Sequence[int]) -> str:
    """Return the mean loss on train in the last epoch."""
    return f"{np.mean([lab.fit(cell.but(seed=seed)).train_loss for seed in seeds]):.2f}"


CLAIM = Claim(
    name="light-rarely-underfits",
    sentence="Light fine-tuning rarely underfits",
    measure="points of accuracy: light minus full",
    rows=rows,
    scale=100,
)
