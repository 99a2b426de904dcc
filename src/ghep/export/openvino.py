"""Write the graph of a model in OpenVINO's format, with any batch size and, for texts, any length.

The graph is traced and converted by OpenVINO's front end for PyTorch, without a detour through ONNX.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from ghep.backbone.blocks import evaluating
from ghep.errors import ConfigError
from ghep.export.graph import Graph, first_line, graph_difference, quiet_exporters
from ghep.export.onnx import EXAMPLES
from ghep.export.openvino_engine import GRAPH, WEIGHTS, compiled_run, refuse_without_openvino
from ghep.features.engines.openvino_runtime import openvino_without_telemetry


def openvino_files(graph: Graph) -> dict[str, bytes]:
    """Return the XML and the BIN file; raise ConfigError if the network cannot be exported or the result differs."""
    refuse_without_openvino()
    try:
        with torch.no_grad(), evaluating(graph.model), quiet_exporters():
            files = _serialized(_converted(graph))
    except Exception as error:  # the front end raises anything
        raise ConfigError("export-failed", kind="OpenVINO", error=f"{first_line(error):.300}") from error
    problem = graph_difference(graph, lambda: compiled_run(files[GRAPH], files[WEIGHTS], torch.get_num_threads()))
    if problem:
        raise ConfigError("export-failed", kind="OpenVINO", error=f"{problem:.300}")
    return files


def _converted(graph: Graph) -> Any:
    runtime = openvino_without_telemetry()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    traced = torch.jit.trace(graph, graph.sample(EXAMPLES), check_trace=False)  # type: ignore[no-untyped-call]
    decoder = TorchScriptPythonDecoder(traced, shared_memory=False)  # the front end does not keep it alive
    frontend = FrontEndManager().load_by_framework("pytorch")
    model = frontend.convert(frontend.load(decoder))
    for one, name, example in zip(model.inputs, graph.input_names, graph.sample(1), strict=True):
        one.get_tensor().set_names({name})
        free = 2 if name == "tokens" else 1  # batch, and length
        one.get_node().set_partial_shape(runtime.PartialShape([-1] * free + list(example.shape[free:])))
        one.get_node().set_element_type(runtime.Type.f32 if name == "pixels" else runtime.Type.i64)
    for output, name in zip(model.outputs, graph.output_names, strict=True):
        output.get_tensor().set_names({name})
    model.validate_nodes_and_infer_types()
    return model


def _serialized(model: Any) -> dict[str, bytes]:
    import openvino

    with TemporaryDirectory(prefix="ghep-openvino-") as folder:
        paths = [Path(folder) / name for name in (GRAPH, WEIGHTS)]
        openvino.serialize(model, *map(str, paths))
        return {path.name: path.read_bytes() for path in paths}
