"""Features pretrained on photos, on images that are no such photos: against random weights and against gradients."""

from __future__ import annotations

from collections.abc import Sequence

from cells import VERSION, Cell, Lab
from claim import Claim, Row
from rows import SMALL, available, between, over_control

LABELS = 200
FAR = ("digits", "signs", "cars", "people")
NEAR = ("flowers17", "hymenoptera")
"""Photos like those of the pretraining, for comparison."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data in (*FAR, *NEAR):
        probe = Cell(data, SMALL, "linear_probe", 0, LABELS)
        random = probe.but(random_weights=True)
        kept = available(lab, seeds, probe, random)
        if not kept:
            continue
        probes, randoms = ([one.but(seed=seed) for seed in kept] for one in (probe, random))
        try:
            more = (("mismatch", f"{mismatch(lab, data):.2f}"),)
        except LookupError:  # fits may not be made, and neither may this
            continue
        counts, sides = data in FAR, ("pretrained", "other")
        found.append(
            between(lab, f"{data}: for random weights", probes, randoms, sides=sides, counts=counts, more=more)
        )
        found += over_control(lab, f"{data}: for gradients", probes, sides=sides, counts=counts, more=more)
    return found


def mismatch(lab: Lab, data: str) -> float:
    """Return how far the training images are from those of the pretraining, as ``ghep advise`` measures it."""
    return float(lab.kept("mismatch", lambda: measured_mismatch(lab, data), data=data, backbone=SMALL, version=VERSION))


def measured_mismatch(lab: Lab, data: str) -> float | None:
    from ghep.advice.advise import question_about
    from ghep.advice.features import Extractor
    from ghep.features.options import FeatureOptions

    question = question_about(lab.source(data, LABELS, 0, 20), 0, FeatureOptions(), None, None)
    found = Extractor(lab.backbone(SMALL), question).mismatch()
    return None if found is None else found.score


CLAIM = Claim(
    name="very-different-images",
    sentence="Pretrained features help even on very different images",
    measure="points of accuracy that pretrained features add",
    rows=rows,
    scale=100,
)
