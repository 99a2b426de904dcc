"""The grid of runs of a comparison: contenders x seeds on all labels, contenders x draws on fewer.

The order matters only if time runs out: every contender gets its first seed before any gets its second, and cheap ones
come before expensive ones.
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
"""In order of measured cost (docs/benchmarks.md); a strategy that is not listed comes before full."""


@dataclass(frozen=True)
class Cell:
    """One run: its contender, seed, number of labels and draw."""

    contender: Contender
    seed: int
    labels: int | None = None
    """Per class; None: all."""
    draw: int = 0

    @property
    def name(self) -> str:
        """Return the name of the run's folder, with a hash of each part that could be ambiguous."""
        contender = self.contender
        parts = [contender.strategy]
        if contender.backbone:
            parts.append(_with_hash(Path(contender.backbone).name, contender.backbone))
        if contender.tasks:
            parts.append(_with_hash("+".join(contender.tasks), json.dumps(contender.tasks)))
        if contender.sharing:
            parts.append(_with_hash(contender.sharing.replace("=", "-"), contender.sharing))
        if self.labels is not None:
            parts.append(f"{self.labels}-labels-draw-{self.draw}")
        return "--".join((*parts, f"seed-{self.seed}"))


def _with_hash(name: str, whole: str) -> str:
    short = re.sub(r"[^A-Za-z0-9._+-]+", "-", name)[:60]
    return f"{short}-{hashlib.sha256(whole.encode('utf-8', 'surrogateescape')).hexdigest()[:6]}"


def contenders(backbones: Sequence[str], strategies: Sequence[str], *, controls: bool) -> tuple[Contender, ...]:
    """Return the contenders that make runs, cheap ones first, with the controls of each backbone."""
    wanted = dict.fromkeys((*strategies, *((RANDOM_FEATURES, SCRATCH) if controls else ())))
    found = [Contender(strategy, backbone) for backbone in backbones for strategy in wanted]
    return tuple(sorted(found, key=_cost_rank))


def line_of(contender: Contender) -> Contender:
    """Return the contender's strategy and backbone, which all its ``arms`` have in common."""
    return replace(contender, tasks=(), sharing="")


def arms(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return a single-task model for each task and then the shared model; ``line`` itself for data with one task."""
    if len(tasks) < 2:
        return (line,)
    return (*(replace(line, tasks=(task,)) for task in tasks), replace(line, tasks=tuple(tasks)))


def in_pairs(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return a model for every pair of three or more tasks; empty for two, whose pair is the shared model."""
    return tuple(replace(line, tasks=pair) for pair in combinations(tasks, 2)) if len(tasks) > 2 else ()


def lines(who: Iterable[Contender]) -> dict[Contender, tuple[Contender, ...]]:
    """Return strategy and backbone -> its arms, in order."""
    found: dict[Contender, tuple[Contender, ...]] = {}
    for one in who:
        found[line_of(one)] = (*found.get(line_of(one), ()), one)
    return found


def _cost_rank(contender: Contender) -> int:
    known = contender.strategy in CHEAP_FIRST
    return CHEAP_FIRST.index(contender.strategy if known else "full")


def rounds(who: Sequence[Contender], seeds: int) -> Iterator[list[Cell]]:
    """Yield the runs on all labels, one list per seed."""
    for seed in range(seeds):
        yield [Cell(contender, seed) for contender in who]


def on_fewer(who: Sequence[Contender], labels: Sequence[int], draws: int) -> list[Cell]:
    """Return the runs on fewer labels; draw d is trained with seed d."""
    return [
        Cell(contender, draw, count, draw) for draw in range(draws) for count in sorted(labels) for contender in who
    ]
