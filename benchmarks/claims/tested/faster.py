"""Processor seconds of whole commands: training over extracting features once and solving a head."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Fitted, Lab
from claim import Claim, Row
from rows import SMALL, available, over_seeds

CASES = tuple((data, SMALL, labels) for data in ("flowers17", "cats-dogs", "signs") for labels in (100, 400))
CASES += tuple((data, "minilm", 100) for data in ("trec", "movie-polarity", "vi-sentiment"))
TIMES = 15
"""15 to 30 times."""
SCORED = 20
"""Test examples: scoring costs the same after every strategy, and is not what the sentence is about."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for data, backbone, labels in CASES:
        probe = Cell(data, backbone, "linear_probe", 0, labels).but(own_store=True, scored=SCORED)
        for strategy, counts in (("full", True), ("scratch", True), ("light", False)):
            other = probe.but(strategy=strategy)
            kept = available(lab, seeds, probe, other)
            fits = [[lab.fit(one.but(seed=seed)) for seed in kept] for one in (other, probe)]
            values = [one.cpu_seconds / base.cpu_seconds for one, base in zip(*fits, strict=True)]
            names = ("seconds", "seconds of the probe")
            more = tuple((name, mean_seconds(of)) for name, of in zip(names, fits, strict=True)) if kept else ()
            where = f"{strategy}: {data}, {labels} labels"
            found += over_seeds(where, values, labels, ratio=True, bar=TIMES, counts=counts, more=more)
    return found


def mean_seconds(fits: Sequence[Fitted]) -> str:
    """Return the mean processor seconds of ``fits``."""
    return f"{sum(one.cpu_seconds for one in fits) / len(fits):.1f}"


CLAIM = Claim(
    name="faster",
    sentence="Feature extraction is 15 to 30 times faster than training",
    measure="processor seconds, as a multiple of the probe's",
    rows=rows,
    ratio=True,
)
