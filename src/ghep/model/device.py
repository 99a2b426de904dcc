"""Find the device that a name means, and compute in float32 there.

In: ``auto``, ``cpu``, ``cuda:1``. Out: a ``torch.device``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ghep.errors import ConfigError


def device_named(name: str) -> torch.device:
    """Return the device called ``name``: ``auto`` (CUDA if available, else the CPU), ``cpu``, ``cuda:1``, ``mps``.

    Raises ConfigError if the device does not exist; there is no silent fallback.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError("device-unknown", name=name) from error
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device.type == "cuda" and not available["cuda"]:
        raise ConfigError("device-without-cuda", build="cpu" if torch.version.cuda is None else "cuda")
    if not available.get(device.type, False):
        raise ConfigError("device-not-available", name=device.type)
    return device


@contextmanager
def exact_float32(device: torch.device) -> Iterator[None]:
    """Compute convolutions on ``device`` with all bits of float32 inside the ``with`` statement.

    By default, PyTorch lets cuDNN round their inputs to TF32, whose 10 bits of mantissa change features by about 1e-3.
    """
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
