"""Stored or live, for each stage with frozen blocks: bytes to write and read against network passes to repeat.

Both are counted (``features/costs.py``), never timed: how busy the machine is must not decide what a stage trains on.

Storing costs one pass of the frozen blocks over every view of every example, and moving the rows to and from the disk.
Living costs a pass in every epoch. One pass fills the boundaries of all stages, so the stages are judged together: each
on its own has to save more than its rows cost to move, all together more than the pass costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghep.data.loading.views import Views
from ghep.features.costs import Costs
from ghep.training.stage import Stage

BYTES_PER_SECOND = 5e8
"""Of rows to and from the disk, checksum included: between what a page cache (GB/s) and a slow disk do."""


@dataclass(frozen=True)
class Caching:
    """Which stages (by index) train on stored activations, and the arithmetic."""

    stored: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()


def may_store(stage: Stage) -> bool:
    """Whether a stage could train on stored activations: frozen blocks, a few views, and no blending of inputs."""
    blended = stage.objective.mixup > 0 or stage.objective.cutmix > 0
    return stage.head == "train" and stage.frozen_blocks > 0 and bool(_views(stage).kept) and not blended


def decide(stages: Sequence[Stage], costs: Costs, *, train: int, valid: int, limit_bytes: int) -> Caching:
    """Return which stages to store for ``train`` and ``valid`` examples, within ``limit_bytes``."""
    worth = [index for index, stage in enumerate(stages) if may_store(stage)]
    worth = [index for index in worth if _saved(stages[index], costs, train, valid) > 0]
    # The largest rows go first if not all fit.
    while worth and _bytes([stages[index] for index in worth], costs, train, valid) > limit_bytes:
        worth.remove(max(worth, key=lambda index: costs.row_bytes[stages[index].frozen_blocks]))
    # Without its deepest boundary the pass is shorter: drop that if it pays nothing.
    while worth:
        chosen = [stages[index] for index in worth]
        if sum(_saved(stage, costs, train, valid) for stage in chosen) > _pass(chosen, costs, train, valid):
            break
        worth.remove(max(worth, key=lambda index: stages[index].frozen_blocks))
    return Caching(tuple(worth), tuple(_reasons(stages, worth, costs, train, valid)))


def _views(stage: Stage) -> Views:
    return Views(stage.augment, stage.views)


def _rows(stage: Stage, train: int, valid: int) -> int:
    """How many rows the store needs for a stage."""
    return len(_views(stage).kept) * train + valid


def _live(stage: Stage, costs: Costs, train: int, valid: int) -> float:
    """Seconds of frozen blocks that run in every epoch."""
    return stage.epochs * (train + valid) * costs.live_seconds * costs.shares[stage.frozen_blocks]


def _saved(stage: Stage, costs: Costs, train: int, valid: int) -> float:
    """Seconds a stage saves, the pass itself not counted."""
    moved = _rows(stage, train, valid) + stage.epochs * (train + valid)
    return _live(stage, costs, train, valid) - moved * costs.row_bytes[stage.frozen_blocks] / BYTES_PER_SECOND


def _pass(stages: Sequence[Stage], costs: Costs, train: int, valid: int) -> float:
    """Seconds of the one pass that serves all of ``stages``."""
    deepest = max(costs.shares[stage.frozen_blocks] for stage in stages)
    return max(_rows(stage, train, valid) for stage in stages) * costs.pass_seconds * deepest


def _bytes(stages: Sequence[Stage], costs: Costs, train: int, valid: int) -> int:
    """Bytes of all rows; stages with the same boundary and views share theirs."""
    sizes = {(stage.frozen_blocks, stage.augment, stage.views): stage for stage in stages}.values()
    return sum(_rows(stage, train, valid) * costs.row_bytes[stage.frozen_blocks] for stage in sizes)


def _reasons(stages: Sequence[Stage], stored: Sequence[int], costs: Costs, train: int, valid: int) -> list[str]:
    frozen = [index for index, stage in enumerate(stages) if stage.head == "train" and stage.frozen_blocks]
    lines = []
    if stored:
        chosen = [stages[index] for index in stored]
        live = sum(_live(stage, costs, train, valid) for stage in chosen)
        most = max(chosen, key=lambda stage: _rows(stage, train, valid))
        lines.append(
            f"frozen blocks of {_names(stored, stages)}: {_count(most)} x {train:,} + {valid:,} examples once "
            f"({_pass(chosen, costs, train, valid):.1f} s, {_bytes(chosen, costs, train, valid) / 2**20:,.0f} MiB), "
            f"then read; live they would take {live:.1f} s"
        )
    for index in frozen:
        if index not in stored:
            lines.append(f"frozen blocks of {stages[index].name}: live, {_why(stages[index])}")
    return lines


def _names(indices: Sequence[int], stages: Sequence[Stage]) -> str:
    names = [stages[index].name for index in indices]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _count(stage: Stage) -> int:
    return len(_views(stage).kept)


def _why(stage: Stage) -> str:
    if stage.objective.mixup > 0 or stage.objective.cutmix > 0:
        return "for inputs are blended"
    if not _views(stage).kept:
        return "for every epoch sees fresh views"
    return "for rows would cost more to move than to compute again"
