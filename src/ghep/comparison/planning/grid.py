"""The grid of runs of a comparison: contenders x seeds on all labels, and contenders x draws on fewer labels.

In: the backbones and strategies, the number of seeds, and the numbers of labels. Out: contenders and their runs
(``Cell``), in order. The order matters only if time runs out: every contender gets its first seed before any gets its
second, and cheap contenders come before expensive ones.
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
"""Strategies and controls in order of measured cost (docs/benchmarks.md). One that is not listed ranks as "full"."""


@dataclass(frozen=True)
class Cell:
    """One run: its contender, seed, number of labels and draw."""

    contender: Contender
    seed: int
    labels: int | None = None
    """Labels per class; None: all."""
    draw: int = 0

    @property
    def name(self) -> str:
        """Return the name of the run's folder: strategy, backbone, tasks, sharing options, labels, draw and seed.

        Parts that the user named get a hash, because different names may be shortened to the same text.
        """
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
    """Return the contenders that need runs, including the controls of each backbone, cheap ones first."""
    wanted = dict.fromkeys((*strategies, *((RANDOM_FEATURES, SCRATCH) if controls else ())))
    found = [Contender(strategy, backbone) for backbone in backbones for strategy in wanted]
    return tuple(sorted(found, key=_cost_rank))


def line_of(contender: Contender) -> Contender:
    """Return ``contender`` without its tasks and sharing options: a *line*, which has a strategy and a backbone only.

    For several tasks, a line stands for the group of models (``arms``) with this strategy and backbone.
    """
    return replace(contender, tasks=(), sharing="")


def arms(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return the models of a strategy on a backbone (``line``): one for each task, then the shared model of all tasks.

    For data with one task this is ``line`` itself.
    """
    if len(tasks) < 2:
        return (line,)
    return (*(replace(line, tasks=(task,)) for task in tasks), replace(line, tasks=tuple(tasks)))


def in_pairs(line: Contender, tasks: Sequence[str]) -> tuple[Contender, ...]:
    """Return a model of ``line`` for every pair of ``tasks``; none for fewer than three tasks.

    With two tasks the only pair is the shared model of all tasks.
    """
    return tuple(replace(line, tasks=pair) for pair in combinations(tasks, 2)) if len(tasks) > 2 else ()


def lines(who: Iterable[Contender]) -> dict[Contender, tuple[Contender, ...]]:
    """Group contenders by strategy and backbone: return a Contender with these two only -> its contenders, in order."""
    found: dict[Contender, tuple[Contender, ...]] = {}
    for one in who:
        found[line_of(one)] = (*found.get(line_of(one), ()), one)
    return found


def _cost_rank(contender: Contender) -> int:
    name = contender.plain_strategy
    return CHEAP_FIRST.index(name if name in CHEAP_FIRST else "full")


def rounds(who: Sequence[Contender], seeds: int) -> Iterator[list[Cell]]:
    """Yield the runs of ``who`` on all labels: one list per seed, with a run of each contender."""
    for seed in range(seeds):
        yield [Cell(contender, seed) for contender in who]


def on_fewer(who: Sequence[Contender], labels: Sequence[int], draws: int) -> list[Cell]:
    """Return the runs on fewer labels: each contender with each number of labels in each draw. Draw d has seed d."""
    return [
        Cell(contender, draw, count, draw) for draw in range(draws) for count in sorted(labels) for contender in who
    ]
