"""Map torchvision's weight names to timm's, for architectures that compute the same function in both libraries.

In: a state_dict of ``torchvision.models``. Out: the same tensors with the names of timm's network. ResNets, DenseNets
and Inception use the same names; timm itself converts VGG and RegNet. The rest is here: ViT and Swin by rules;
MobileNets, MNASNets, EfficientNets and ConvNeXts by the order of their modules, which is the same in both libraries.
A test checks that the features are equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import nn

VIT = (
    (r"^class_token$", "cls_token"),
    (r"^encoder\.pos_embedding$", "pos_embed"),
    (r"^conv_proj\.", "patch_embed.proj."),
    (r"^encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1."),
    (r"\.ln_([12])\.", r".norm\1."),
    (r"\.self_attention\.in_proj_", ".attn.qkv."),
    (r"\.self_attention\.out_proj\.", ".attn.proj."),
    (r"\.mlp\.(?:0|linear_1)\.", ".mlp.fc1."),
    (r"\.mlp\.(?:3|linear_2)\.", ".mlp.fc2."),
    (r"^encoder\.ln\.", "norm."),
    (r"^heads(?:\.head)?\.", "head."),
)
IN_ORDER = ("timm.models.efficientnet", "timm.models.mobilenetv3", "timm.models.convnext")
"""Modules of timm whose networks define their parts in torchvision's order."""


def from_torchvision(state: Mapping[str, torch.Tensor], net: nn.Module) -> Mapping[str, torch.Tensor]:
    """Return ``state`` with timm's names for ``net``; unchanged if the names are not those of torchvision."""
    if "encoder.pos_embedding" in state:
        return {_renamed(name, VIT): tensor for name, tensor in state.items()}
    if any(name.endswith("relative_position_bias_table") and name.startswith("features.") for name in state):
        return {_of_swin(name): tensor for name, tensor in state.items() if "relative_position_index" not in name}
    ordered = "features.0.0.weight" in state or "layers.0.weight" in state
    if ordered and type(net).__module__ in IN_ORDER and not other_epsilon(state, net):
        return _in_order(state, net)
    return state


def other_epsilon(state: Mapping[str, torch.Tensor], net: nn.Module) -> float | None:
    """Return the epsilon of torchvision's BatchNorms if the epsilon in ``net`` differs, else None.

    torchvision uses 1e-3 in MobileNetV3 and in EfficientNets above B4 (more than 32 blocks), else 1e-5.
    """
    norms = {module.eps for module in net.modules() if isinstance(module, nn.BatchNorm2d)}
    if not norms or "features.0.0.weight" not in state:
        return None
    blocks = {found[0] for name in state if (found := re.match(r"features\.\d+\.\d+\.block", name))}
    wanted = 1e-3 if len(blocks) > 32 or type(net).__name__ == "MobileNetV3" else 1e-5
    return None if norms == {wanted} else wanted


def _renamed(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, new in rules:
        name = re.sub(pattern, new, name)
    return name


def _of_swin(name: str) -> str:
    """Return timm's name of a Swin tensor; torchvision numbers stem, stages and patch mergings in one list."""
    found = re.match(r"features\.(\d+)\.(.*)", name)
    if found is None:
        return name
    place, rest = int(found[1]), found[2].replace("mlp.0.", "mlp.fc1.").replace("mlp.3.", "mlp.fc2.")
    if place == 0:
        return (
            "patch_embed." + rest.replace("0.", "proj.", 1) if rest.startswith("0.") else f"patch_embed.norm.{rest[2:]}"
        )
    return f"layers.{place // 2}.blocks.{rest}" if place % 2 else f"layers.{place // 2}.downsample.{rest}"


def _in_order(state: Mapping[str, torch.Tensor], net: nn.Module) -> Mapping[str, torch.Tensor]:
    """Match tensors by the order of their modules; return ``state`` unchanged if any sizes differ.

    Modules are ordered by the numbers in torchvision's names, because safetensors files are sorted alphabetically.
    """
    theirs, ours = _by_module(state), _by_module(net.state_dict())
    paths = sorted(theirs, key=_place)
    found: dict[str, torch.Tensor] = {}
    for path, (own, leaves) in zip(paths, ours.items(), strict=False):
        given = theirs[path]
        pairs = zip(sorted(leaves), sorted(given), strict=False)
        if len(leaves) != len(given) or any(leaves[one].numel() != given[other].numel() for one, other in pairs):
            return state
        for one, other in zip(sorted(leaves), sorted(given), strict=True):
            found[f"{own}.{one}"] = given[other].reshape(leaves[one].shape)
    left = {f"head.{name}": tensor for path in paths[len(ours) :] for name, tensor in theirs[path].items()}
    return {**found, **left} if len(paths) == len(ours) + 1 else state


def _place(path: str) -> tuple[bool, list[tuple[int, str]]]:
    """Return the sort key of a module path that gives torchvision's order: by the numbers in it, classifier last."""
    parts = re.findall(r"\d+|\D+", path)
    return path.startswith("classifier"), [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _by_module(state: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """Return module path -> parameter name -> tensor, in the order of ``state``, without BatchNorm's batch counters."""
    found: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in state.items():
        path, _, leaf = name.rpartition(".")
        if leaf != "num_batches_tracked":
            found.setdefault(path, {})[leaf] = tensor
    return found
