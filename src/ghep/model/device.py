"""Find the device that a name means. In: ``auto``, ``cpu``, ``cuda:1``. Out: a ``torch.device``."""

from __future__ import annotations

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
