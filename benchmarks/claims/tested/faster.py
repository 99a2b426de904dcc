"""Processor seconds: training over extracting features once and solving a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cells import Cell, Fitted, Lab
from claim import Claim, Row
from rows import CASES, available, over_seeds

LABELS = 100
TIMES = 15
"""15 to 30 times."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    """Return the rows for extracting and training alone, which decide, and then those for the whole command."""
    found = []
    for of, shown in ((alone, "alone"), (whole, "whole command")):
        for data, backbone in CASES:
            # A store of its own: otherwise a probe would find features there that an earlier fit has paid for.
            probe = Cell(data, backbone, "linear_probe", 0, LABELS).but(own_store=True)
            for strategy in ("full", "scratch"):
                training = Cell(data, backbone, strategy, 0, LABELS)
                where, counts = f"{shown}: {strategy}, {data}", of is alone
                found += ratio(lab, where, seeds, training, probe, of, counts=counts)
    return found


def ratio(
    lab: Lab, where: str, seeds: Sequence[int], this: Cell, that: Cell, of: Callable[[Fitted], float], *, counts: bool
) -> list[Row]:
    """Return the row for the ratio of the seconds ``of`` two fits with the same seed; no row without fits."""
    kept = available(lab, seeds, this, that)
    pairs = [(of(lab.fit(this.but(seed=seed))), of(lab.fit(that.but(seed=seed)))) for seed in kept]
    if not pairs:
        return []
    ours, theirs = (sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1))
    more = (("seconds", f"{ours:.1f}"), ("of the probe", f"{theirs:.2f}"))
    return over_seeds(where, [a / b for a, b in pairs], LABELS, ratio=True, bar=TIMES, counts=counts, more=more)


def whole(fitted: Fitted) -> float:
    """Return the processor seconds of the command, without imports."""
    return fitted.cpu_seconds


def alone(fitted: Fitted) -> float:
    """Return the processor seconds of the stages: extracting and solving, or training with its checks on valid.

    The clock is read for each epoch and the processor time for the command; the stages are taken to have the same share
    of both.
    """
    return fitted.cpu_seconds * sum(epoch["seconds"] for epoch in fitted.history) / fitted.seconds


CLAIM = Claim(
    name="faster",
    sentence="Feature extraction is 15 to 30 times faster than training",
    measure="processor seconds, as a multiple of the probe's",
    rows=rows,
    ratio=True,
)
