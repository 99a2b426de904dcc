"""Prove that frozen blocks did not change and trained blocks did, by fingerprints of parameters and buffers.

The fingerprints from before and after training are compared. Other libraries fail silently here: BatchNorm statistics
change in a "frozen" network; an optimiser holds stale parameters after unfreezing, so nothing is trained; an unfrozen
layer has no effect on any output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ghep.backbone.base import Backbone
from ghep.errors import BrokenPromise
from ghep.training.moving import free_to_move
from ghep.training.stage import Stage
from ghep.types import Finding


@dataclass(frozen=True)
class Proof:
    """``blocks``: name -> ``frozen`` (bit-identical) or ``moved``; ``still``: unfrozen but unchanged parameters."""

    blocks: dict[str, str]
    still: tuple[str, ...]


def prove(
    backbone: Backbone, before: Mapping[str, str], stages: tuple[Stage, ...], *, start_kept: bool = False
) -> Proof:
    """Compare the backbone with ``before``, its ``fingerprints()`` from before training.

    Raises BrokenPromise if a block that was never unfrozen is not bit-identical. With ``start_kept`` training was
    undone because it did not help, so no parameter has to have changed.
    """
    after, movable = backbone.fingerprints(), free_to_move(backbone, stages)
    verdicts: dict[str, str] = {}
    still: list[str] = []
    for index, block in enumerate(backbone.blocks()):
        tensors = backbone.block_tensors(index)
        changed = [name for name in tensors if before[name] != after[name]]
        free = [name for name in tensors if name in movable]
        # With adapters, only adapted layers may change; in a block that was unfrozen as a whole, statistics may, too.
        unfrozen = any(stage.lrs[index] > 0 for stage in stages if stage.adapters is None)
        broken = [] if unfrozen else [name for name in changed if name not in movable]
        if broken:
            raise BrokenPromise("frozen-tensors-changed", count=len(broken), block=block.name, names=broken[:3])
        verdicts[block.name] = "moved" if changed else "frozen"
        if not start_kept:
            still += [name for name in free if before[name] == after[name]]
    return Proof(verdicts, tuple(still))


def findings_of(proof: Proof) -> tuple[Finding, ...]:
    """Return a finding if unfrozen parameters did not change: they affect no output, or their learning rate was 0."""
    if not proof.still:
        return ()
    names, count = list(proof.still[:3]), len(proof.still)
    return (Finding.of("thawed-but-still", "warning", items=proof.still, count=count, names=names),)
