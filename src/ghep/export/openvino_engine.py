"""Run an OpenVINO graph on the CPU, in float32. Sends no telemetry, and loads no PyTorch."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.export.exported import Exported
from ghep.features.engines.openvino_runtime import (
    WITHOUT_WHEELS,
    Compiled,
    is_installed,
    openvino_without_telemetry,
    settings_on_cpu,
    the_core,
)

GRAPH = "model.xml"
WEIGHTS = "model.bin"


def openvino_run(exported: Exported, threads: int) -> Any:
    """Return the function that runs the graph of ``exported``; raise ConfigError if OpenVINO is missing."""
    return compiled_run(exported.files[GRAPH], exported.files[WEIGHTS], threads)


def compiled_run(graph: bytes, weights: bytes, threads: int) -> Any:
    """Return a function (arrays in the order of the graph's inputs, names of outputs) -> outputs.

    ``graph`` and ``weights`` are the contents of the XML and of the BIN file.
    """
    refuse_without_openvino()
    core = the_core(openvino_without_telemetry())
    model = core.compile_model(core.read_model(graph, weights), "CPU", settings_on_cpu(threads, precision="f32"))
    places = {name: place for place, one in enumerate(model.outputs) for name in one.get_names()}
    compiled = Compiled(model)

    def run(arrays: Sequence[np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        found = compiled(arrays)
        return [found[places[name]] for name in names]

    return run


def refuse_without_openvino() -> None:
    """Raise ConfigError if OpenVINO is not installed, or has no packages for this processor."""
    if is_installed():
        return
    if platform.machine() in WITHOUT_WHEELS:
        raise ConfigError("export-openvino-no-wheels", processor=platform.machine())
    raise ConfigError("engine-package-missing", package="openvino", extra="fast")
