"""Write the graph of a model as one ONNX file, with any batch size and, for texts, any length.

The graph is traced. A network whose trace holds for one batch size only (some attention windows) is exported by
``torch.export`` instead, which takes ten times as long. Both results are compared with the network on other sizes than
the traced one before they are accepted.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from ghep.backbone.blocks import evaluating
from ghep.errors import ConfigError
from ghep.export.graph import BATCHES, Graph
from ghep.export.onnx_engine import session_run

OPSET = 17
"""Operator set that onnxruntime has read since 1.12 (2022); ``torch.export`` writes 18, read since 1.14."""
OPSET_OF_EXPORT = 18
EXAMPLES = 3
CLOSE = 1e-3
"""Largest difference of an output, times the largest of the expected ones (at least 1)."""


def onnx_bytes(graph: Graph) -> bytes:
    """Return the ONNX file of ``graph``; raise ConfigError if the network cannot be exported or the result differs."""
    try:
        import onnx  # noqa: F401 - the exporter needs it
    except ImportError as error:
        raise ConfigError("engine-package-missing", package="onnx", extra="onnx") from error
    problems = []
    for export in (_traced, _exported):
        try:
            with torch.no_grad(), evaluating(graph.model), _quiet():
                content = export(graph)
        except Exception as error:  # the exporters raise anything
            problems.append((str(error).splitlines() or [type(error).__name__])[0])
            continue
        problem = difference(graph, content)
        if not problem:
            return content
        problems.append(problem)
    raise ConfigError("export-failed", kind="ONNX", error=f"{problems[-1]:.300}")


def difference(graph: Graph, content: bytes) -> str:
    """Return where the outputs of an ONNX file differ from those of ``graph``; empty if they agree at all sizes."""
    try:
        run = session_run(content, graph.input_names, torch.get_num_threads())
        for count in BATCHES:
            inputs = graph.sample(count)
            with torch.no_grad(), evaluating(graph.model):
                expected = graph(*inputs)
            found = run([one.numpy() for one in inputs], graph.output_names)
            for name, one, right in zip(graph.output_names, found, expected, strict=True):
                apart = np.abs(one - right.numpy()).max() / max(1.0, float(right.abs().max()))
                if one.shape != tuple(right.shape) or not apart <= CLOSE:
                    return f"{name} of a batch of {count} differs by {apart:.1e}"
    except ConfigError:
        raise
    except Exception as error:  # onnxruntime refuses the file, or an input of another size
        return (str(error).splitlines() or [type(error).__name__])[0]
    return ""


def _traced(graph: Graph) -> bytes:
    with TemporaryDirectory(prefix="ghep-onnx-") as folder:
        file = Path(folder) / "model.onnx"
        axes = {name: dict(enumerate(_axes(name))) for name in (*graph.input_names, *graph.output_names)}
        torch.onnx.export(
            graph,
            graph.sample(EXAMPLES),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(graph.input_names),
            output_names=list(graph.output_names),
            dynamic_axes=axes,
        )
        return file.read_bytes()


def _exported(graph: Graph) -> bytes:
    shapes = tuple(dict.fromkeys(range(len(_axes(name))), torch.export.Dim.DYNAMIC) for name in graph.input_names)
    program = torch.onnx.export(
        graph,
        graph.sample(EXAMPLES),
        dynamo=True,
        opset_version=OPSET_OF_EXPORT,
        input_names=list(graph.input_names),
        output_names=list(graph.output_names),
        dynamic_shapes=(shapes,),
        external_data=False,
    )
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    return content


def _axes(name: str) -> tuple[str, ...]:
    return ("batch", "length") if name == "tokens" else ("batch",)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what the exporters print: warnings of sizes that are fixed, which are checked afterwards, and progress."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
