"""Write the graph of a model as a program of ``torch.export``, with any batch size and, for texts, any length."""

from __future__ import annotations

import io

import torch

from ghep.backbone.blocks import evaluating
from ghep.errors import ConfigError
from ghep.export.graph import Graph, dynamic_shapes, first_line, graph_difference, quiet_exporters
from ghep.export.onnx import EXAMPLES
from ghep.export.torch_engine import program_run


def program_bytes(graph: Graph) -> bytes:
    """Return the .pt2 file of ``graph``; raise ConfigError if the network cannot be exported or the result differs."""
    try:
        with torch.no_grad(), evaluating(graph.model), quiet_exporters():
            program = torch.export.export(graph, graph.sample(EXAMPLES), dynamic_shapes=dynamic_shapes(graph))
            content = io.BytesIO()
            torch.export.save(program, content)
    except Exception as error:  # the exporter raises anything
        raise ConfigError("export-failed", kind="torch.export", error=f"{first_line(error):.300}") from error
    problem = graph_difference(graph, lambda: program_run(content.getvalue(), graph.output_names))
    if problem:
        raise ConfigError("export-failed", kind="torch.export", error=f"{problem:.300}")
    return content.getvalue()
