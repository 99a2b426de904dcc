"""A transformer of 6,000 weights for the pictures of ``tiny``: what LoRA is tested on."""

from __future__ import annotations

import timm
import torch

from ghep.model.transfer import TransferModel
from tiny import SIZE, tiny_backbone, tiny_tasks

NAMES = ("patch_embed", "blocks.0", "blocks.1", "blocks.2")
ADAPTED = ("blocks.0.attn.qkv", "blocks.1.attn.qkv", "blocks.2.attn.qkv")


def tiny_transformer(seed: int = 0, *, net: torch.nn.Module | None = None) -> TransferModel:
    """Its blocks are ``NAMES``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = {"img_size": SIZE, "patch_size": 8, "embed_dim": 16, "depth": 3, "num_heads": 2, "mlp_ratio": 2}
        net = net or timm.create_model("vit_tiny_patch16_224", num_classes=0, **shape)
    return TransferModel(tiny_backbone(net=net), tiny_tasks())
