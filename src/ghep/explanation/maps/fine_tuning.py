"""What fine-tuning changed: the same photos through the backbone before it, block by block.

Two numbers for each block: the median correlation over positions of a channel with itself, and linear CKA, which does
not depend on which channel is which (``metrics/cka.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from ghep.backbone.image import ImageBackbone
from ghep.explanation.maps.channels import block_maps
from ghep.messages import number_text, text_of
from ghep.metrics.cka import linear_cka

GRID = 14
"""Maps are averaged to at most this many rows and columns."""
MOST_ROWS = 1024
"""Positions that CKA is computed on."""


@dataclass(frozen=True)
class BlockChange:
    """How similar one block is before and after fine-tuning, and between two seeds of the same fine-tuning."""

    block: str
    correlation: float
    """Median over channels."""
    cka: float
    seeds_correlation: float | None = None
    seeds_cka: float | None = None
    """None without a bundle of another seed."""


@dataclass(frozen=True, eq=False)
class FineTuning:
    """The change in each block."""

    before: str
    """Name of the backbone before."""
    other_seed: str
    """The bundle that the noise floor is from; empty if there is none."""
    photos: int
    blocks: tuple[BlockChange, ...]
    pairs: tuple[tuple[str, np.ndarray, np.ndarray], ...] = ()
    """For early, middle and late blocks: block, and the maps (C, h, w) of the first photo before and after."""

    @property
    def frozen(self) -> bool:
        """Whether no block changed."""
        return all(one.correlation > 1 - 1e-6 for one in self.blocks)

    def lines(self) -> list[str]:
        """Return what changed, as sentences."""
        if self.frozen:
            return [text_of("explain-before-same", before=self.before)]
        most = min(self.blocks, key=lambda one: one.cka)
        told = text_of("explain-before-most", before=self.before, block=most.block, cka=number_text(most.cka, ".3f"))
        if most.seeds_cka is None:
            return [told, text_of("explain-before-no-floor")]
        return [told, text_of("explain-before-floor", cka=number_text(most.seeds_cka, ".3f"), other=self.other_seed)]

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        return {
            "backbone": self.before,
            "other_seed": self.other_seed or None,
            "photos": self.photos,
            "blocks": [asdict(one) for one in self.blocks],
        }


def maps_by_block(backbone: ImageBackbone, inputs: Sequence[torch.Tensor]) -> dict[str, np.ndarray]:
    """Return block -> its last map (N, C, h, w) of N preprocessed photos, averaged to at most GRID x GRID."""
    found = {}
    with torch.no_grad():
        for block, path in block_maps(backbone).items():
            each = []
            for one in inputs:
                values = backbone.feature_map(one.to(next(backbone.parameters()).device), path).float()
                height, width = (min(side, GRID) for side in values.shape[2:])
                each.append(torch.nn.functional.adaptive_avg_pool2d(values, (height, width)))
            found[block] = torch.cat(each).cpu().double().numpy()
    return found


def changes(
    before: dict[str, np.ndarray], after: dict[str, np.ndarray], other: dict[str, np.ndarray] | None
) -> tuple[BlockChange, ...]:
    """Return the change in each block, and the same between two seeds if ``other`` has their maps."""
    return tuple(
        BlockChange(
            block,
            channel_correlation(before[block], after[block]),
            linear_cka(rows(before[block]), rows(after[block])),
            None if other is None else channel_correlation(other[block], after[block]),
            None if other is None else linear_cka(rows(other[block]), rows(after[block])),
        )
        for block in after
    )


def channel_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return the median over channels of the correlation of maps (N, C, h, w) over photos and positions.

    Channels that are constant in either are left out; NaN if all are.
    """
    first, second = (each.transpose(1, 0, 2, 3).reshape(each.shape[1], -1) for each in (one, other))
    first, second = first - first.mean(1, keepdims=True), second - second.mean(1, keepdims=True)
    norm = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    varies = norm > 0
    return float(np.median((first * second).sum(1)[varies] / norm[varies])) if varies.any() else float("nan")


def rows(maps: np.ndarray) -> np.ndarray:
    """Return maps (N, C, h, w) as rows (n, C), one for each of at most MOST_ROWS positions."""
    each = maps.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1])
    if len(each) <= MOST_ROWS:
        return each
    return each[np.random.default_rng(0).choice(len(each), MOST_ROWS, replace=False)]
