"""A backbone pretrained on English, on Chinese and Vietnamese: against n-grams, and against its own random weights."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import available, between, over_control

LABELS = 200
FOREIGN = ("zh-sentiment", "vi-sentiment")
ENGLISH = ("movie-polarity", "trec")
"""For comparison: what the same backbone is worth in its own language."""
LENGTH = 128
"""Tokens that are read of each text."""
SIDES = ("pretrained", "other")


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data in (*FOREIGN, *ENGLISH):
        probe = Cell(data, "minilm", "linear_probe", 0, LABELS).but(max_length=LENGTH)
        random, counts = probe.but(random_weights=True), data in FOREIGN
        if kept := available(lab, seeds, probe):
            probes = [probe.but(seed=seed) for seed in kept]
            found += over_control(lab, f"{data}: for n-grams", probes, sides=SIDES, below=True, counts=counts)
        if kept := available(lab, seeds, probe, random):
            pairs = [[one.but(seed=seed) for seed in kept] for one in (probe, random)]
            found.append(between(lab, f"{data}: for random weights", *pairs, sides=SIDES, below=True, counts=counts))
    return found


CLAIM = Claim(
    name="english-chinese",
    sentence="Pretraining on English fails on Chinese",
    measure="points of accuracy that English pretraining adds",
    rows=rows,
    scale=100,
)
