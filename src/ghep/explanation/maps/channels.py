"""Feature maps of early, middle and late blocks: the most active and the most varied channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ghep.backbone.image import ImageBackbone

SHOWN = 16


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels of one map inside the network, for one photo."""

    stage: str
    """``early``, ``middle`` or ``late``."""
    block: str
    path: str
    """The module whose output they are."""
    values: np.ndarray
    """(C, h, w) float32, all channels."""
    active: tuple[int, ...]
    """The channels with the largest mean absolute value, largest first."""
    varied: tuple[int, ...]
    """The channels with the largest standard deviation over positions, largest first."""


def block_maps(backbone: ImageBackbone) -> dict[str, str]:
    """Return block name -> its last module whose output is a map, for each block that has one."""
    maps = set(backbone.maps())
    found = {}
    for block in backbone.blocks():
        inside = [path for path in block.modules if path in maps]
        if inside:
            found[block.name] = inside[-1]
    return found


def stages(backbone: ImageBackbone) -> dict[str, tuple[str, str]]:
    """Return ``early``, ``middle`` and ``late`` -> (block, module); fewer for a network with fewer than three maps."""
    each = list(block_maps(backbone).items())
    if not each:
        return {}
    places = {"early": 0, "middle": len(each) // 2, "late": len(each) - 1}
    chosen: dict[str, tuple[str, str]] = {}
    for stage, place in places.items():
        if each[place] not in chosen.values():
            chosen[stage] = each[place]
    return chosen


def channels_of(backbone: ImageBackbone, inputs: torch.Tensor) -> list[Channels]:
    """Return the channels of early, middle and late blocks for one preprocessed photo (1, 3, H, W)."""
    found = []
    with torch.no_grad():
        for stage, (block, path) in stages(backbone).items():
            values = backbone.feature_map(inputs, path)[0].float().cpu().numpy()
            activity, variety = np.abs(values).mean((1, 2)), values.std((1, 2))
            ranked = [tuple(int(c) for c in np.argsort(-one, kind="stable")[:SHOWN]) for one in (activity, variety)]
            found.append(Channels(stage, block, path, values, *ranked))
    return found
