"""Ways to compute an ONNX graph in 8-bit integers, made by onnxruntime.

What suits one network ruins another: per channel, integers took 15 points from MobileNetV3 (onnxruntime#11415), and
dynamic ones ruin depthwise convolutions. So there are several variants, for ``quantise`` to choose from. Activations
are unsigned and weights signed, the pair for which onnxruntime has the fastest kernels. What comes after the logits
stays in float32, and so do the heads of networks of dense layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.export.exported import output_name
from ghep.export.graph import first_line, quiet_exporters
from ghep.export.onnx_engine import GRAPH
from ghep.export.runtime import ExportedPredictor

WEIGHTED = ("Conv", "Gemm", "MatMul")
STATIC = (*WEIGHTED, "Add", "AveragePool", "Clip", "Concat", "Flatten", "GlobalAveragePool", "MaxPool", "Mul", "Relu")
"""Operators of static variants: those between convolutions too, so that numbers stay integers from one to the next."""
DENSE = ("Gemm", "MatMul")
TABLES = ("Gather",)
"""Operators that look up vectors of tokens and of positions."""


def variants(export: ExportedPredictor, inputs: Sequence[np.ndarray]) -> dict[str, bytes]:
    """Return name of a variant -> graph. Static ones have their ranges from ``inputs``, prepared.

    Dynamic variants, which measure ranges anew in each call, are made if most layers are dense. Raises ConfigError if
    onnxruntime can make no variant.
    """
    from onnx import load_model
    from onnxruntime.quantization.shape_inference import quant_pre_process

    found, problem = {}, ""
    with TemporaryDirectory(prefix="ghep-int8-") as place, quiet_exporters():
        given, ready = Path(place) / "given.onnx", Path(place) / "ready.onnx"
        given.write_bytes(export.exported.files[GRAPH])
        quant_pre_process(given, ready, skip_symbolic_shape=True)
        graph = load_model(ready).graph
        tasks = export.described_tasks
        heads, after = _ends(graph, [output_name(task, tasks, "logits") for task in tasks])
        weighted = [one for one in graph.node if one.op_type in WEIGHTED]
        ends = [*after, *heads, *(one.name for one in weighted[:1])]
        static = partial(_static, ready=ready, export=export, inputs=inputs)
        convolutions, dense = partial(static, operators=STATIC), partial(static, operators=DENSE)
        makers: dict[str, Callable[[Path], bytes]] = {
            "static, per channel": partial(convolutions, per_channel=True, exclude=after),
            "static, per channel, ends in float32": partial(convolutions, per_channel=True, exclude=ends),
            "static, per tensor, ends in float32": partial(convolutions, per_channel=False, exclude=ends),
        }
        if 2 * sum(one.op_type in DENSE for one in weighted) > len(weighted):
            dynamic = partial(_dynamic, ready=ready, exclude=[*after, *heads])
            makers = {
                "dynamic, per channel": partial(dynamic, operators=DENSE, per_channel=True),
                "dynamic, per tensor": partial(dynamic, operators=DENSE, per_channel=False),
                "dynamic, per channel, with tables": partial(dynamic, operators=(*DENSE, *TABLES), per_channel=True),
                "static, per channel": partial(dense, per_channel=True, exclude=[*after, *heads]),
            }
        for name, make in makers.items():
            try:
                found[name] = make(Path(place) / "made.onnx")
            except Exception as error:  # onnxruntime raises anything for an operator that it does not expect
                problem = first_line(error)
    if not found:
        raise ConfigError("int8-failed", error=f"{problem:.300}")
    return found


def _ends(graph: Any, logits: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of the nodes that compute ``logits`` (the last layers), and of all nodes after them."""
    made = {name: node for node in graph.node for name in node.output}
    heads = []
    for name in logits:
        node = made[name]
        while node.op_type not in WEIGHTED:
            node = next(made[one] for one in node.input if one in made)
        heads.append(node.name)
    reached, after = set(logits), []
    for node in graph.node:  # in topological order
        if reached & set(node.input):
            reached |= set(node.output)
            after.append(node.name)
    return heads, after


def _static(
    made: Path,
    *,
    ready: Path,
    export: ExportedPredictor,
    inputs: Sequence[np.ndarray],
    operators: Sequence[str],
    per_channel: bool,
    exclude: Sequence[str],
) -> bytes:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = export.batches(inputs)

        def get_next(self) -> dict[str, np.ndarray] | None:
            found = next(self.left, None)
            return None if found is None else dict(zip(export.exported.input_names, found[1], strict=True))

    quantize_static(
        ready,
        made,
        Reader(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=list(operators),
        per_channel=per_channel,
        nodes_to_exclude=list(exclude),
        extra_options={"MatMulConstBOnly": True},  # not the products of attention
    )
    return made.read_bytes()


def _dynamic(made: Path, *, ready: Path, operators: Sequence[str], per_channel: bool, exclude: Sequence[str]) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        ready,
        made,
        op_types_to_quantize=list(operators),
        per_channel=per_channel,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=list(exclude),
        extra_options={"MatMulConstBOnly": True},
    )
    return made.read_bytes()
