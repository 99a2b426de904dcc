"""Which runs a comparison consists of: contenders x seeds on all labels, contenders x draws on fewer.

Order matters only to whoever is cut off: all contenders come with their first seed before any comes with its second,
and cheap ones before dear ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from ghep.comparison.record import LINEAR, MAJORITY, RANDOM_FEATURES, SCRATCH, ZERO_SHOT, Contender

CHEAP_FIRST = (
    MAJORITY,
    *LINEAR,
    ZERO_SHOT,
    "linear_probe",
    RANDOM_FEATURES,
    "light",
    "lp_ft",
    "progressive",
    "lora",
    "full",
    SCRATCH,
)
"""As they were measured (docs/benchmarks.md); a strategy that is not named comes before full."""


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
        who = self.contender
        parts = [who.strategy]
        if who.backbone:
            parts.append(_apart(Path(who.backbone).name, who.backbone))
        if who.tasks:
            parts.append(_apart("+".join(who.tasks), json.dumps(who.tasks)))
        if who.sharing:
            parts.append(_apart(who.sharing.replace("=", "-"), who.sharing))
        if self.labels is not None:
            parts.append(f"{self.labels}-labels-draw-{self.draw}")
        return "--".join((*parts, f"seed-{self.seed}"))


def _apart(name: str, whole: str) -> str:
    short = re.sub(r"[^A-Za-z0-9._+-]+", "-", name)[:60]
    return f"{short}-{hashlib.sha256(whole.encode('utf-8', 'surrogateescape')).hexdigest()[:6]}"


def contenders(backbones: Sequence[str], strategies: Sequence[str], *, controls: bool) -> tuple[Contender, ...]:
    """Return who takes part and makes runs of its own, cheap ones first; the controls of each backbone among them."""
    wanted = dict.fromkeys((*strategies, *((RANDOM_FEATURES, SCRATCH) if controls else ())))
    found = [Contender(strategy, backbone) for backbone in backbones for strategy in wanted]
    return tuple(sorted(found, key=_dearness))


def line_of(contender: Contender) -> Contender:
    """Return the strategy and the backbone alone: what all ``arms`` have in common."""
    return replace(contender, tasks=(), sharing="")


def arms(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return a model for each task alone and then one for all of them; of data with one task ``line`` itself."""
    if len(tasks) < 2:
        return (line,)
    return (*(replace(line, tasks=(task,)) for task in tasks), replace(line, tasks=tuple(tasks)))


def in_pairs(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return a model for every two of three tasks or more; of two, that is the one for all."""
    return tuple(replace(line, tasks=pair) for pair in combinations(tasks, 2)) if len(tasks) > 2 else ()


def lines(who: Iterable[Contender]) -> dict[Contender, tuple[Contender, ...]]:
    """Return strategy and backbone -> its arms, in the order they come."""
    found: dict[Contender, tuple[Contender, ...]] = {}
    for one in who:
        found[line_of(one)] = (*found.get(line_of(one), ()), one)
    return found


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
