"""Whether training the last blocks is worth it, by number of labels and by distance from the pretraining data."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import SMALL, difference

NEAR = (
    ("flowers17", SMALL),
    ("pets3", SMALL),
    ("hymenoptera", SMALL),
    ("trec", "minilm"),
    ("movie-polarity", "minilm"),
)
FAR = (("signs", SMALL), ("people", SMALL), ("vi-sentiment", "minilm"), ("zh-sentiment", "minilm"))
"""Road signs and silhouettes of 64 pixels are no class of ImageNet; minilm was pretrained on English."""
FEW, MANY = (30, 100), (400,)
"""Numbers of labels."""
POINTS = 0.01
"""Fine-tuning pays if it adds at least this much."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    """Return the rows where few and near agree, or many and far; then those where the sentence says both."""
    found = []
    for near, labels, part, counts in (
        (True, FEW, "extract", True),
        (False, MANY, "fine-tune", True),
        (False, FEW, "extract", False),
        (True, MANY, "fine-tune", False),
    ):
        for data, backbone in NEAR if near else FAR:
            for count in labels:
                if data == "signs" and count < 43:
                    continue  # fewer than one label a class
                where = f"{data} ({'near' if near else 'far'}), {count} labels"
                light = Cell(data, backbone, "light", 0, count)
                probe, sides = light.but(strategy="linear_probe"), ("light", "probe")
                settings = {"bar": POINTS, "below": part == "extract", "counts": counts, "part": part}
                found += difference(lab, where, seeds, light, probe, sides=sides, **settings)
    return found


CLAIM = Claim(
    name="few-or-many",
    sentence="Extract features when labels are few or near, fine-tune when many or far",
    measure="points of accuracy that light fine-tuning adds to the probe",
    rows=rows,
    scale=100,
)
