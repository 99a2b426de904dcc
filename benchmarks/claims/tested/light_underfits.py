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
WITHOUT = {"patience": 0}
"""No early stop: whether a difference comes from the number of blocks or from the end of the training."""
POINTS = -0.02
"""Light fine-tuning underfits if training all blocks makes the network better by more than this."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data, backbone, labels in (*((*case, LABELS) for case in CASES), *MORE):
        light = Cell(data, backbone, "light", 0, labels)
        probe, where = light.but(strategy="linear_probe"), f"{data}, {labels} labels"
        found += compared(lab, where, seeds, light, light.but(strategy="full"))
        found += compared(
            lab,
            f"{where}, no early stop",
            seeds,
            light.but(**WITHOUT),
            light.but(strategy="full", **WITHOUT),
            counts=False,
        )
        found += compared(lab, f"{where}, minus probe", seeds, light, probe, counts=False)
    return found


def compared(lab: Lab, where: str, seeds: Sequence[int], light: Cell, other: Cell, *, counts: bool = True) -> list[Row]:
    """Return the row for ``light`` minus ``other``, with the training loss of both; no row without fits."""
    kept = available(lab, seeds, light, other)
    losses = [
        (name, train_loss(lab, one, kept)) for name, one in (("train loss, light", light), ("train loss, other", other))
    ]
    return difference(
        lab, where, seeds, light, other, sides=("light", "other"), bar=POINTS, counts=counts, more=tuple(losses)
    )


def train_loss(lab: Lab, cell: Cell, seeds: Sequence[int]) -> str:
    """Return the mean loss on train in the last epoch; nothing for a solved head or without fits."""
    losses = [lab.fit(cell.but(seed=seed)).train_loss for seed in seeds]
    return f"{np.mean(losses):.2f}" if losses and None not in losses and np.isfinite(losses).all() else ""


CLAIM = Claim(
    name="light-rarely-underfits",
    sentence="Light fine-tuning rarely underfits",
    measure="points of accuracy: light minus other",
    rows=rows,
    scale=100,
)
