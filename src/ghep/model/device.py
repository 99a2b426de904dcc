"""Where a model runs: the accelerator if there is one, unless another place is named."""

from __future__ import annotations

import torch

from ghep.errors import ConfigError


def device_named(name: str) -> torch.device:
    """Return the device called ``name``: ``auto`` (CUDA if there is one, else the CPU), ``cpu``, ``cuda:1``, ``mps``.

    Raises ConfigError for a device that does not exist here: nothing falls back in silence.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f'no device is called "{name}"', remedy="choose auto, cpu, cuda or mps") from error
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device.type == "cuda" and not there["cuda"]:
        raise ConfigError("this machine has no CUDA GPU that torch can use", remedy=_without_cuda())
    if not there.get(device.type, False):
        raise ConfigError(f"this machine has no {device.type} device that torch can use", remedy="choose auto or cpu")
    return device


def _without_cuda() -> str:
    built = torch.version.cuda is not None
    way = "see nvidia-smi for the driver" if built else "this torch is built for the CPU: install the CUDA build of it"
    return f"choose auto or cpu (or leave device out); if there is a GPU, {way}"
