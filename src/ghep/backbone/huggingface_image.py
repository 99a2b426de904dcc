"""Read image networks saved by transformers. Only ViT is converted to timm; other kinds raise an error.

In: ``config.json`` with a ``model_type``, and ``preprocessor_config.json``. Out: timm's architecture, preprocessing
under timm's keys, and weights with timm's names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.architecture import Architecture
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import read_json

TIMM = "timm_wrapper"
"""``model_type`` of timm's networks saved by transformers."""
SAME = ("vit",)
"""Kinds that are equivalent to timm's VisionTransformer."""
KINDS = {
    "beit": "beit_*",
    "bit": "resnetv2_*",
    "convnext": "convnext_*",
    "convnextv2": "convnextv2_*",
    "deit": "deit_*",
    "dinov2": "vit_*_dinov2*",
    "dinov2_with_registers": "vit_*_reg4_dinov2*",
    "dinov3_vit": "vit_*_dinov3*",
    "efficientnet": "efficientnet_*",
    "focalnet": "focalnet_*",
    "hiera": "hiera_*",
    "levit": "levit_*",
    "mobilenet_v1": "mobilenetv1_*",
    "mobilenet_v2": "mobilenetv2_*",
    "mobilevit": "mobilevit_*",
    "mobilevitv2": "mobilevitv2_*",
    "poolformer": "poolformer_*",
    "pvt": "pvt_*",
    "pvt_v2": "pvt_v2_*",
    "regnet": "regnet*",
    "resnet": "resnet*",
    "swin": "swin_*",
    "swinv2": "swinv2_*",
}
"""Other kinds of image networks -> pattern of their names in timm."""
RENAMED = (
    (r"^vit\.", ""),
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^(?:encoder\.layer|layers?)\.(\d+)\.", r"blocks.\1."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.attention\.attention\.(query|key|value)\.", r".attn.\1."),
    (r"\.attention\.(q|k|v)_proj\.", r".attn.\1."),
    (r"\.attention\.(?:output\.dense|o_proj)\.", ".attn.proj."),
    (r"\.(?:intermediate\.dense|mlp\.fc1)\.", ".mlp.fc1."),
    (r"\.(?:output\.dense|mlp\.fc2)\.", ".mlp.fc2."),
    (r"^layernorm\.", "norm."),
    (r"^(?:classifier|pooler)\.", "head."),
)


def is_image_kind(config: Mapping[str, Any]) -> bool:
    """Whether ``config`` is that of an image network."""
    return str(config.get("model_type")) in (TIMM, *SAME, *KINDS)


def image_architecture(config: Mapping[str, Any], folder: Path) -> tuple[Architecture, dict[str, Any]]:
    """Return timm's architecture, and the values of ``preprocessor_config.json`` under timm's keys.

    Raises BackboneError for unsupported kinds; the message gives their names in timm.
    """
    kind = str(config["model_type"])
    if kind not in SAME:
        raise BackboneError("transformers-image-kind", path=folder, kind=kind, pattern=KINDS[kind])
    try:
        arguments: dict[str, Any] = {
            "img_size": int(config.get("image_size", 224)),
            "patch_size": int(config.get("patch_size", 16)),
            "embed_dim": int(config.get("hidden_size", 768)),
            "depth": int(config.get("num_hidden_layers", 12)),
            "num_heads": int(config.get("num_attention_heads", 12)),
            "mlp_ratio": int(config.get("intermediate_size", 3072)) / int(config.get("hidden_size", 768)),
            "qkv_bias": bool(config.get("qkv_bias", True)),
        }
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise BackboneError("transformers-config-invalid", kind=kind, error=str(error)) from error
    return Architecture("timm", "vit_base_patch16_224", arguments), _numbers(folder, arguments["img_size"])


def _numbers(folder: Path, size: int) -> dict[str, Any]:
    file = folder / "preprocessor_config.json"
    given = read_json(file, error=BackboneError, what=Message("backbone-folder")) if file.is_file() else {}
    found: dict[str, Any] = {"input_size": [3, size, size]}
    names = {"image_mean": "mean", "image_std": "std"}
    found |= {ours: given[theirs] for theirs, ours in names.items() if given.get(theirs) is not None}
    filters = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
    if given.get("resample") in filters:
        found["interpolation"] = filters[given["resample"]]
    edges = given.get("size")
    if given.get("do_center_crop") and isinstance(edges, Mapping):
        longest = edges.get("shortest_edge") or edges.get("height") or size
        found["crop_pct"] = size / int(longest)
    elif given:
        found |= {"crop_pct": 1.0, "crop_mode": "squash"}
    return found


def from_huggingface(state: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
    """Return a ViT's weights with timm's names; query, key and value become one matrix. Other weights are unchanged."""
    if not any(name.endswith("embeddings.patch_embeddings.projection.weight") for name in state):
        return state
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        for pattern, new in RENAMED:
            name = re.sub(pattern, new, name)
        renamed[name] = tensor
    found = {
        name: tensor for name, tensor in renamed.items() if not re.search(r"\.attn\.(query|key|value|q|k|v)\.", name)
    }
    for name in renamed:
        first = re.fullmatch(r"(.*\.attn\.)(query|q)\.(weight|bias)", name)
        if first is not None:
            parts = ("query", "key", "value") if first[2] == "query" else ("q", "k", "v")
            found[f"{first[1]}qkv.{first[3]}"] = torch.cat([renamed[f"{first[1]}{part}.{first[3]}"] for part in parts])
    return found
