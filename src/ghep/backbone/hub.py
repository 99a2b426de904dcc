"""Weights from timm's hub: asked for only when the user names a hub backbone, and refused at once without a network.

The hub's client retries a host that cannot be found for a minute, with a warning each time. So the host is looked for
first, for seconds, and without it the client is put into its offline mode: weights in the local cache still load.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlparse

from torch import nn

PATIENCE_SECONDS = 5.0


def hub_network(name: str) -> nn.Module:
    """Return timm's network ``name`` with its hub weights and no head; raises whatever timm and its hub raise."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import timm
    import torch

    # The random weights that the hub's replace are drawn aside: the caller's generator stays where it is.
    with _offline(unless=reachable()), torch.random.fork_rng(devices=[]):
        net: nn.Module = timm.create_model(name, pretrained=True, num_classes=0)
    return net


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
