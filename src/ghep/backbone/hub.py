"""Weights from timm's hub: asked for only when the user names a hub backbone, and refused at once without a network.

The hub's client retries a host that cannot be found for a minute, with a warning each time. So the host is looked for
first, for seconds, and without it the client is put into its offline mode: weights in the local cache still load.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from torch import nn

from ghep.backbone.deferred import timm_module
from ghep.errors import BackboneError

PATIENCE_SECONDS = 5.0
TEXT_FILES = ("*.json", "*.txt", "*.model", "*.md")
"""Of a text repository, beside its weights: configs, tokenizers, the card."""


def hub_network(name: str, **arguments: Any) -> nn.Module:
    """Return timm's network ``name``, built with ``arguments``, with its hub weights and no head.

    Raises whatever timm and its hub raise.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import torch

    timm = timm_module()
    # The random weights that the hub's replace are drawn aside: the caller's generator stays where it is.
    with _offline(unless=reachable()), torch.random.fork_rng(devices=[]):
        net: nn.Module = timm.create_model(name, pretrained=True, num_classes=0, **arguments)
    return net


def hub_folder(name: str, *, at_hand: str) -> Path:
    """Return the local copy of the hub's repository ``name``, fetched if it is not there; else raise BackboneError.

    Weights come as safetensors; only where a repository has none, the older file is fetched, and read as tensors only.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import snapshot_download

        with _offline(unless=reachable()):
            for weights in ("*.safetensors", "pytorch_model*.bin"):
                folder = Path(snapshot_download(name, allow_patterns=[*TEXT_FILES, weights]))
                if any(folder.glob(weights)):
                    return folder
        raise FileNotFoundError("it holds no weights")
    except Exception as error:  # no network, no such name, no disk: the hub raises many kinds
        raise BackboneError(
            f"hf/{name} cannot be had from the hub ({type(error).__name__})",
            remedy=f"pass a local folder with its config.json, model.safetensors and tokenizer.json; {at_hand}",
        ) from error


def reachable() -> bool:
    """Whether the hub answers within seconds; behind a proxy that cannot be told, and it is taken to."""
    if any(os.environ.get(key) for key in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    address = urlparse(_endpoint())
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True


def _endpoint() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


@contextmanager
def _offline(*, unless: bool) -> Iterator[None]:
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not unless
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
