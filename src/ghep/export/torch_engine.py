"""Run a graph of ``torch.export`` with PyTorch. It needs torch, but none of the libraries that defined the network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.export.exported import Exported, output_names
from ghep.export.torch_archive import code_in, without_pickle

GRAPH = "model.pt2"


def torch_run(exported: Exported, threads: int) -> Any:  # noqa: ARG001
    """Return the function that runs the graph of ``exported``; raise ConfigError if PyTorch is missing.

    ``threads`` is not used: they are PyTorch's, one number for the process (``torch.set_num_threads``).
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ConfigError("torch-missing") from error
    return program_run(exported.files[GRAPH], every_output(exported))


def every_output(exported: Exported) -> tuple[str, ...]:
    """Return the names of the outputs of the graph, in order."""
    return output_names(exported.tasks, features=exported.features)


def program_run(program: bytes, outputs: Sequence[str]) -> Any:
    """Return a function (arrays in the order of the graph's inputs, names of outputs) -> outputs of ``program``.

    ``program`` is the content of a .pt2 file; ``outputs`` are the names of its outputs. Raises ConfigError for a file
    with anything in it that could run code while it is loaded.
    """
    import torch

    found = code_in(program)
    if found:
        raise ConfigError("export-holds-code", found=found)
    with without_pickle():
        module = torch.export.load(io.BytesIO(program)).module()
    places = {name: place for place, name in enumerate(outputs)}

    def run(arrays: Sequence[np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        with torch.inference_mode():
            found = module(*map(torch.from_numpy, arrays))
        return [found[places[name]].numpy() for name in names]

    return run
