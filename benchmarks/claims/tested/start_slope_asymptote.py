"""Three differences between the learning curves of a pretrained network and of one from random weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cells import Cell, Fitted, Lab
from claim import Claim, Row
from rows import CASES, available, between, over_seeds

LABELS = 100
RISE = 5
"""The rise is the accuracy after this many epochs minus that after the first."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    starts: list[Row] = []
    rises: list[Row] = []
    ends: list[Row] = []
    for data, backbone in CASES:
        for strategy in ("full", "light"):
            transfer = Cell(data, backbone, strategy, 0, LABELS)
            scratch = transfer.but(strategy="scratch")
            kept = available(lab, seeds, transfer, scratch)
            if not kept:
                continue
            ours, theirs = ([one.but(seed=seed) for seed in kept] for one in (transfer, scratch))
            pairs = list(zip(lab.fits(ours), lab.fits(theirs), strict=True))
            n = round(0.15 * LABELS)
            for name, of, into in (("start", start, starts), ("rise", rise, rises)):
                values = [of(one) - of(other) for one, other in pairs]
                into += over_seeds(f"{name}: {data}, {strategy}", values, n, more=sides(of, pairs), part=name)
            end = f"end: {data}, {strategy}"
            ends.append(between(lab, end, ours, theirs, sides=("pretrained", "from random weights"), part="end"))
    return [*starts, *rises, *ends]


def start(fitted: Fitted) -> float:
    """Return the accuracy on valid after the first epoch."""
    return float(fitted.history[0]["valid_score"])


def rise(fitted: Fitted) -> float:
    """Return how much the accuracy on valid rises from the first epoch to epoch ``RISE``."""
    return float(fitted.history[min(RISE, len(fitted.history)) - 1]["valid_score"]) - start(fitted)


def sides(of: Callable[[Fitted], float], pairs: Sequence[tuple[Fitted, Fitted]]) -> tuple[tuple[str, str], ...]:
    """Return the columns with the mean of ``of`` for both sides."""
    ours, theirs = (sum(of(pair[side]) for pair in pairs) / len(pairs) for side in (0, 1))
    return ("pretrained", f"{ours:.3f}"), ("from random weights", f"{theirs:.3f}")


CLAIM = Claim(
    name="start-slope-asymptote",
    sentence="Transfer starts higher, rises faster and ends higher",
    measure="points of accuracy: pretrained minus random weights",
    rows=rows,
    scale=100,
)
