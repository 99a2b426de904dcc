"""Run an ONNX graph with onnxruntime on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.export.exported import Exported

GRAPH = "model.onnx"


def onnx_run(exported: Exported, threads: int) -> Any:
    """Return the function that runs the graph of ``exported``; raise ConfigError if onnxruntime is missing."""
    return session_run(exported.files[GRAPH], exported.input_names, threads)


def session_run(graph: bytes | str, inputs: Sequence[str], threads: int, *, fused: bool = True) -> Any:
    """Return a function (arrays in the order of ``inputs``, names of outputs) -> outputs of the ONNX ``graph``.

    ``graph`` is the content of the file, or its path. Without ``fused``, each operator runs by itself, which is slow,
    and for a graph in int8 another way to compute the same.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError("engine-package-missing", package="onnxruntime", extra="onnx") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    if not fused:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads take no CPU time
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(arrays: Sequence[np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        found: list[np.ndarray] = session.run(list(names), dict(zip(inputs, arrays, strict=True)))
        return found

    return run
