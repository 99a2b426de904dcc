"""Which runs a comparison consists of: contenders x seeds on all labels, contenders x draws on fewer.

Order matters only to whoever is cut off: all contenders come with their first seed before any comes with its second,
and cheap ones before dear ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghep.comparison.record import MAJORITY, RANDOM_FEATURES, SCRATCH, WORDS, Contender

CHEAP_FIRST = (
    MAJORITY,
    WORDS,
    "linear_probe",
    RANDOM_FEATURES,
    "light",
    "lp_ft",
    "progressive",
    "lora",
    "full",
    SCRATCH,
)
"""As they were measured (README); a strategy that is not named comes before full."""


@dataclass(frozen=True)
class Cell:
    """One run: who, with which seed, on how many labels of which draw."""

    contender: Contender
    seed: int
    labels: int | None = None
    """A class; None: all."""
    draw: int = 0

    @property
    def name(self) -> str:
        """Return the name of the run's folder: what it is, and a hash where names alone could meet."""
        backbone = self.contender.backbone
        parts = [self.contender.strategy]
        if backbone:
            short = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(backbone).name)[:60]
            parts.append(f"{short}-{hashlib.sha256(backbone.encode()).hexdigest()[:6]}")
        if self.labels is not None:
            parts.append(f"{self.labels}-labels-draw-{self.draw}")
        return "--".join((*parts, f"seed-{self.seed}"))


def contenders(backbones: Sequence[str], strategies: Sequence[str], *, controls: bool) -> tuple[Contender, ...]:
    """Return who takes part and makes runs of its own, cheap ones first; the controls of each backbone among them."""
    wanted = dict.fromkeys((*strategies, *((RANDOM_FEATURES, SCRATCH) if controls else ())))
    found = [Contender(strategy, backbone) for backbone in backbones for strategy in wanted]
    return tuple(sorted(found, key=_dearness))


def _dearness(contender: Contender) -> int:
    known = contender.strategy in CHEAP_FIRST
    return CHEAP_FIRST.index(contender.strategy if known else "full")


def rounds(who: Sequence[Contender], seeds: int) -> Iterator[list[Cell]]:
    """Yield the runs on all labels, a seed at a time."""
    for seed in range(seeds):
        yield [Cell(contender, seed) for contender in who]


def on_fewer(who: Sequence[Contender], labels: Sequence[int], draws: int) -> list[Cell]:
    """Return the runs on fewer labels: draw d is trained with seed d."""
    return [
        Cell(contender, draw, count, draw) for draw in range(draws) for count in sorted(labels) for contender in who
    ]
