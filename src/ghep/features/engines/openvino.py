"""OpenVINO's CPU engine, where it is installed: on AVX-512 processors it runs MobileNets several times faster.

The backbone is traced up to the last boundary, handed over in memory and compiled for a fixed number of images; other
numbers are cut into chunks and the last chunk is filled up, so a network whose trace holds on to its batch size
(Swin's windows) is right, too.

OpenVINO reports its use: to import it is enough to send an event. ghep tells nobody (docs/promises.md, P25), so the
module that sends is hidden while OpenVINO is imported - it takes a stand-in for it then - and of its functions only the
front end and the runtime are called, which do not report.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.padded import Inputs
from ghep.features.engines.engine import Engine, UnavailableError

CHUNK = 8
"""Images that are run together. More are not faster, but tracing runs this many through PyTorch."""


def openvino_float32(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Compile the frozen blocks for float32."""
    return _engine("openvino-float32", backbone, boundaries, "f32")


def openvino_bfloat16(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Compile the frozen blocks for bfloat16, on a processor that has it."""
    return _engine("openvino-bfloat16", backbone, boundaries, "bf16")


def _engine(name: str, backbone: Backbone, boundaries: Sequence[int], precision: str) -> Engine:
    runtime = _import_without_telemetry()
    core = runtime.Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise UnavailableError("this processor has no bfloat16 arithmetic", remedy="choose auto")
    computed = sorted({*boundaries} - {0})
    example = backbone.traceable(CHUNK)
    if example is None:
        raise UnavailableError("inputs of different lengths are not compiled", remedy="choose auto")
    model = _converted(backbone, computed, example)
    model.reshape(list(example.shape))
    settings = {
        "PERFORMANCE_HINT": "LATENCY",  # one request at a time, with all threads
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
    }
    compiled = core.compile_model(model, "CPU", settings)

    def run(inputs: Inputs) -> list[Inputs]:
        assert isinstance(inputs, torch.Tensor)
        chunks = [_run_chunk(compiled, chunk) for chunk in torch.split(inputs.cpu(), CHUNK)]
        found = dict(zip(computed, (torch.cat(parts) for parts in zip(*chunks, strict=True)), strict=True))
        return [inputs if k == 0 else found[k] for k in boundaries]

    return Engine(name, f"{name}/{runtime.__version__.split('-')[0]}", precision == "f32", run)


def _run_chunk(compiled: Any, images: torch.Tensor) -> list[torch.Tensor]:
    """Run up to ``CHUNK`` images; what a short chunk is filled up with is cut off again."""
    count = len(images)
    filled = torch.zeros(CHUNK, *images.shape[1:])
    filled[:count] = images
    results = compiled([filled.numpy()], share_inputs=True, share_outputs=False)
    return [torch.from_numpy(results[place])[:count] for place in range(len(compiled.outputs))]


class _UpTo(nn.Module):
    def __init__(self, backbone: Backbone, boundaries: Sequence[int]) -> None:
        super().__init__()
        self.backbone = backbone
        self.boundaries = boundaries

    def forward(self, inputs: torch.Tensor) -> tuple[Inputs, ...]:
        return tuple(self.backbone.forward_at(inputs, self.boundaries))


def _converted(backbone: Backbone, boundaries: Sequence[int], example: torch.Tensor) -> Any:
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = example.to(next(backbone.parameters()).device)
    module = _UpTo(backbone, boundaries)
    module.training = backbone.training
    with torch.no_grad(), evaluating(module), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every size that is fixed by it; here all sizes are
        traced = torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]
        # Weights are copied: what is compiled must not change when the backbone is trained. The front end does not
        # keep the decoder alive, so the name does.
        decoder = TorchScriptPythonDecoder(traced, shared_memory=False)
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))


def _import_without_telemetry() -> Any:
    if importlib.util.find_spec("openvino") is None:
        raise UnavailableError("OpenVINO is not installed", remedy='pip install "ghep[fast]"')
    with _hidden("openvino_telemetry"):
        import openvino
    return openvino


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Make ``import module`` fail for a while."""
    missing = object()
    before: Any = sys.modules.get(module, missing)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if before is missing:
            del sys.modules[module]
        else:
            sys.modules[module] = before
