"""Download weights from Hugging Face's hub, only when the user names a hub backbone; fail fast when offline.

The hub's client retries an unreachable host for a minute, with a warning each time. So the host is probed first, for a
few seconds; if it is unreachable, the client runs in offline mode, where weights in the local cache still load.
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
from ghep.messages import Message

PROBE_SECONDS = 5.0
TEXT_FILES = ("*.json", "*.txt", "*.model", "*.md")
"""Files of a text repository other than weights: configs, tokenizers, the card."""


def hub_network(name: str, **arguments: Any) -> nn.Module:
    """Return timm's network ``name``, built with ``arguments``, with hub weights and without a head.

    Exceptions of timm and its hub are passed through.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import torch

    timm = timm_module()
    # Drawing the initial random weights must not advance the caller's generator.
    with _offline(unless=reachable()), torch.random.fork_rng(devices=[]):
        net: nn.Module = timm.create_model(name, pretrained=True, num_classes=0, **arguments)
    return net


def hub_folder(name: str, *, offline: Message) -> Path:
    """Return the local copy of the hub repository ``name``, downloaded if necessary; raise BackboneError on failure.

    Weights are downloaded as safetensors. If the repository has none, the older torch file is downloaded and only its
    tensors are read. ``offline`` lists the backbones that work offline, for the error message.
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
    except Exception as error:  # no network, no such name, no disk: the hub raises many types
        raise BackboneError("hub-text-unavailable", name=name, kind=type(error).__name__, offline=offline) from error


def reachable() -> bool:
    """Whether the hub accepts a connection within PROBE_SECONDS; behind a proxy, True without a check."""
    if any(os.environ.get(key) for key in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    address = urlparse(_endpoint())
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=PROBE_SECONDS).close()
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
