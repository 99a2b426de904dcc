"""Decide for each stage with frozen blocks whether to cache their activations on disk or recompute them in every epoch.

Both costs are estimated from counts (``features/costs.py``) and not timed: the load of the machine must not affect the
decision.

Caching costs one pass of the frozen blocks over every view of every example, and moving the activations to and from
the disk. Recomputing (live) costs a pass per epoch. One pass serves all stages, so the decision is made for all stages
together: each cached stage must save more time than moving its activations takes, and all of them together must save
more than the pass takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghep.data.loading.views import Views
from ghep.features.costs import Costs
from ghep.messages import text_of
from ghep.training.stage import Stage

BYTES_PER_SECOND = 5e8
"""Speed of moving rows to and from the disk, checksum included: between a page cache (GB/s) and a slow disk."""


@dataclass(frozen=True)
class Caching:
    """The decision: indices of the stages that train on cached activations, and sentences with the expected costs."""

    stored: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()


def may_store(stage: Stage) -> bool:
    """Whether a stage can train on cached activations: with frozen blocks, a fixed set of views, no mixup or cutmix."""
    kept = bool(_views(stage).kept)
    return stage.head == "train" and stage.frozen_blocks > 0 and kept and not stage.objective.blends


def decide(stages: Sequence[Stage], costs: Costs, *, train: int, valid: int, limit_bytes: int) -> Caching:
    """Return the stages whose activations to cache, for ``train`` and ``valid`` examples, within ``limit_bytes``."""
    worth = [index for index, stage in enumerate(stages) if may_store(stage)]
    worth = [index for index in worth if _saved(stages[index], costs, train, valid) > 0]
    # If not all fit, drop the stages with the largest rows first.
    while worth and _bytes([stages[index] for index in worth], costs, train, valid) > limit_bytes:
        worth.remove(max(worth, key=lambda index: costs.row_bytes[stages[index].frozen_blocks]))
    # The pass is shorter without the deepest boundary: drop stages from there until the pass pays.
    while worth:
        chosen = [stages[index] for index in worth]
        if sum(_saved(stage, costs, train, valid) for stage in chosen) > _pass(chosen, costs, train, valid):
            break
        worth.remove(max(worth, key=lambda index: stages[index].frozen_blocks))
    return Caching(tuple(worth), tuple(_reasons(stages, worth, costs, train, valid)))


def _views(stage: Stage) -> Views:
    return Views(stage.augment, stage.views)


def _rows(stage: Stage, train: int, valid: int) -> int:
    """Return the number of rows to cache for a stage: one per view of each training example, one per valid example."""
    return len(_views(stage).kept) * train + valid


def _live(stage: Stage, costs: Costs, train: int, valid: int) -> float:
    """Return the seconds that running the frozen blocks in every epoch of ``stage`` takes."""
    return stage.epochs * (train + valid) * costs.live_seconds * costs.shares[stage.frozen_blocks]


def _saved(stage: Stage, costs: Costs, train: int, valid: int) -> float:
    """Return the seconds that caching saves in a stage, before the cost of the pass that fills the cache."""
    moved = _rows(stage, train, valid) + stage.epochs * (train + valid)
    return _live(stage, costs, train, valid) - moved * costs.row_bytes[stage.frozen_blocks] / BYTES_PER_SECOND


def _pass(stages: Sequence[Stage], costs: Costs, train: int, valid: int) -> float:
    """Return the seconds of the single pass that serves all ``stages``."""
    deepest = max(costs.shares[stage.frozen_blocks] for stage in stages)
    return max(_rows(stage, train, valid) for stage in stages) * costs.pass_seconds * deepest


def _bytes(stages: Sequence[Stage], costs: Costs, train: int, valid: int) -> int:
    """Return the bytes of all cached rows; stages with the same boundary and views share their rows."""
    sizes = {(stage.frozen_blocks, stage.augment, stage.views): stage for stage in stages}.values()
    return sum(_rows(stage, train, valid) * costs.row_bytes[stage.frozen_blocks] for stage in sizes)


def _reasons(stages: Sequence[Stage], stored: Sequence[int], costs: Costs, train: int, valid: int) -> list[str]:
    frozen = [index for index, stage in enumerate(stages) if stage.head == "train" and stage.frozen_blocks]
    lines = []
    if stored:
        chosen = [stages[index] for index in stored]
        most = max(chosen, key=lambda stage: _rows(stage, train, valid))
        lines.append(
            text_of(
                "activations-stored",
                stages=len(stored),
                first=chosen[0].name,
                last=chosen[-1].name,
                views=len(_views(most).kept),
                train=train,
                valid=valid,
                seconds=_pass(chosen, costs, train, valid),
                bytes=_bytes(chosen, costs, train, valid),
                live=sum(_live(stage, costs, train, valid) for stage in chosen),
            )
        )
    for index in frozen:
        if index not in stored:
            lines.append(text_of("activations-live", stage=stages[index].name, cause=_why_live(stages[index])))
    return lines


def _why_live(stage: Stage) -> str:
    """Return why the stage's activations are not cached, as a key of the message ``activations-live``."""
    if stage.objective.blends:
        return "blended"
    return "slower" if _views(stage).kept else "new-views"
