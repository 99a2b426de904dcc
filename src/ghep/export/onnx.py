"""Write the graph of a model as one ONNX file, with any batch size and, for texts, any length.

The graph is traced. A network whose trace holds for one batch size only (some attention windows) is exported by
``torch.export`` instead, which takes ten times as long. Both results are compared with the network on other sizes than
the traced one before they are accepted.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ghep.backbone.blocks import evaluating
from ghep.errors import ConfigError
from ghep.export.graph import Graph, dynamic_shapes, first_line, free_axes, graph_difference, quiet_exporters
from ghep.export.onnx_engine import session_run

OPSET = 17
"""Operator set that onnxruntime has read since 1.12 (2022); ``torch.export`` writes 18, read since 1.14."""
OPSET_OF_EXPORT = 18
EXAMPLES = 3


def onnx_bytes(graph: Graph) -> bytes:
    """Return the ONNX file of ``graph``; raise ConfigError if the network cannot be exported or the result differs."""
    try:
        import onnx  # noqa: F401 - the exporter needs it
    except ImportError as error:
        raise ConfigError("engine-package-missing", package="onnx", extra="onnx") from error
    problems = []
    for export in (_traced, _exported):
        try:
            with torch.no_grad(), evaluating(graph.model), quiet_exporters():
                content = export(graph)
        except Exception as error:  # the exporters raise anything
            problems.append(first_line(error))
            continue
        problem = graph_difference(graph, partial(session_run, content, graph.input_names, torch.get_num_threads()))
        if not problem:
            return content
        problems.append(problem)
    raise ConfigError("export-failed", kind="ONNX", error=f"{problems[-1]:.300}")


def opset_of(content: bytes) -> int:
    """Return the operator set that an ONNX file needs."""
    from onnx import load_model_from_string

    return next(int(one.version) for one in load_model_from_string(content).opset_import if not one.domain)


def _traced(graph: Graph) -> bytes:
    with TemporaryDirectory(prefix="ghep-onnx-") as folder:
        file = Path(folder) / "model.onnx"
        axes = {name: dict(enumerate(free_axes(name))) for name in (*graph.input_names, *graph.output_names)}
        torch.onnx.export(
            graph,
            graph.sample(EXAMPLES),
            file,
            dynamo=False,
            verbose=False,
            opset_version=OPSET,
            input_names=list(graph.input_names),
            output_names=list(graph.output_names),
            dynamic_axes=axes,
        )
        return file.read_bytes()


def _exported(graph: Graph) -> bytes:
    program = torch.onnx.export(
        graph,
        graph.sample(EXAMPLES),
        dynamo=True,
        verbose=False,
        opset_version=OPSET_OF_EXPORT,
        input_names=list(graph.input_names),
        output_names=list(graph.output_names),
        dynamic_shapes=dynamic_shapes(graph),
        external_data=False,
    )
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    return content
