"""Proof that frozen blocks stood still and the others moved: fingerprints before and after, buffers included.

Peers fail silently here: BatchNorm statistics move in a "frozen" network, an optimiser holds stale parameters after
unfreezing and nothing moves, a layer is thawed that no output depends on.
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
    """Block name -> ``frozen`` (bit-identical) or ``moved``; parameters that were free to move and did not."""

    blocks: dict[str, str]
    still: tuple[str, ...]


def prove(
    backbone: Backbone, before: Mapping[str, str], stages: tuple[Stage, ...], *, start_kept: bool = False
) -> Proof:
    """Compare with ``before``, the backbone's ``fingerprints()`` from before training.

    Raises BrokenPromise when a block that was never thawed is not bit-identical. With ``start_kept`` training was
    undone because it did not help: then nothing had to move.
    """
    after, movable = backbone.fingerprints(), free_to_move(backbone, stages)
    verdicts: dict[str, str] = {}
    still: list[str] = []
    for index, block in enumerate(backbone.blocks()):
        tensors = backbone.block_tensors(index)
        changed = [name for name in tensors if before[name] != after[name]]
        free = [name for name in tensors if name in movable]
        # Beside adapters all else stands still; a block that was thawed whole may move its statistics too.
        thawed = any(stage.lrs[index] > 0 for stage in stages if stage.adapters is None)
        broken = [] if thawed else [name for name in changed if name not in movable]
        if broken:
            raise BrokenPromise(
                f"{len(broken)} frozen tensors of block {block.name} changed ({', '.join(broken[:3])})",
                remedy="please report this with the plan that was printed",
            )
        verdicts[block.name] = "moved" if changed else "frozen"
        if not start_kept:
            still += [name for name in free if before[name] == after[name]]
    return Proof(verdicts, tuple(still))


def findings_of(proof: Proof) -> tuple[Finding, ...]:
    """Name the parameters that could have moved and did not: no output depends on them, or their rate was 0."""
    if not proof.still:
        return ()
    return (
        Finding(
            "thawed-but-still",
            "warning",
            f"{len(proof.still)} parameters were free to move and did not ({', '.join(proof.still[:3])})",
            "no output depends on them, or training was too short to change them",
            proof.still,
        ),
    )
