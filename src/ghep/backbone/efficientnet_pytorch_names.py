"""Map the weight names of efficientnet_pytorch (``_conv_stem``, ``_blocks.3._bn1``) to timm's.

Both libraries have the same modules; timm groups the blocks into stages and numbers the norms of a block from 1 in
order of use. The equivalent networks are timm's ``tf_`` ones, which use TensorFlow's padding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import nn

OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
SQUEEZE = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
EXPANDING = {
    **{"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"},
    **{"_project_conv": "conv_pwl", "_bn2": "bn3", **SQUEEZE},
}
"""Names in a block with an expansion layer; other blocks have no ``_expand_conv`` and no ``_bn0``."""
PLAIN = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2", **SQUEEZE}


def from_efficientnet_pytorch(state: Mapping[str, torch.Tensor], net: nn.Module) -> Mapping[str, torch.Tensor]:
    """Return ``state`` with timm's names for ``net``; unchanged if the names are not those of efficientnet_pytorch."""
    stages = getattr(net, "blocks", None)
    if "_conv_stem.weight" not in state or not isinstance(stages, nn.Sequential):
        return state
    places = [
        f"blocks.{number}.{place}"
        for number, stage in enumerate(stages)
        for place in range(len(stage))  # type: ignore[arg-type]
    ]
    found = {}
    for name, tensor in state.items():
        block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
        part, _, leaf = name.partition(".")
        if block is not None and int(block[1]) < len(places):
            parts = EXPANDING if f"_blocks.{block[1]}._expand_conv.weight" in state else PLAIN
            name = f"{places[int(block[1])]}.{parts.get(block[2], block[2])}.{block[3]}"
        elif part in OUTSIDE:
            name = f"{OUTSIDE[part]}.{leaf}"
        found[name] = tensor
    return found
