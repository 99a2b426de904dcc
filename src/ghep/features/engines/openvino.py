"""OpenVINO's CPU engine, where it is installed: on AVX-512 processors it runs MobileNets several times faster.

The backbone is traced up to the last boundary, handed over in memory and compiled. For images that is for a fixed
number of them; others are cut into chunks and the last chunk is filled up, so a network whose trace holds on to its
batch size (Swin's windows) is right, too. For sequences it is for any number and length, and tried on another than the
traced one before it is used.

OpenVINO reports its use: to import it is enough to send an event. ghep tells nobody (docs/promises.md, P25), so the
module that sends is hidden while OpenVINO is imported - it takes a stand-in for it then - and of its functions only the
front end and the runtime are called, which do not report.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs, parts, whole
from ghep.features.engines.engine import Engine, NotInstalledError, Run, UnavailableError, torch_float32

CHUNK = 8
"""Images that are run together. More are not faster, but tracing runs this many through PyTorch."""
FEW = 3
"""Sequences that are traced."""
WITHOUT_WHEELS = ("aarch64", "ARM64")
"""Linux and Windows, as in pyproject.toml; Apple's is arm64."""


def is_installed() -> bool:
    """Whether OpenVINO can be imported; it is not imported for that."""
    return importlib.util.find_spec("openvino") is not None


def openvino_float32(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Compile the frozen blocks for float32."""
    return _engine("openvino-float32", backbone, boundaries, "f32")


def openvino_bfloat16(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Compile the frozen blocks for bfloat16, on a processor that has it."""
    return _engine("openvino-bfloat16", backbone, boundaries, "bf16")


def _engine(name: str, backbone: Backbone, boundaries: Sequence[int], precision: str) -> Engine:
    runtime = _import_without_telemetry()
    core = _core(runtime)
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise UnavailableError("this processor has no bfloat16 arithmetic", remedy="choose auto")
    computed = sorted({*boundaries} - {0})
    example = backbone.example(CHUNK if backbone.fixed_size else FEW)
    model = _converted(backbone, computed, example)
    if backbone.fixed_size:
        (pictures,) = parts(example)
        model.reshape(list(pictures.shape))
    settings = {
        "PERFORMANCE_HINT": "LATENCY",  # one request at a time, with all threads
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        # Every process would pin its threads to the same first cores: two runs at once would share one of them.
        "ENABLE_CPU_PINNING": False,
    }
    compiled = _Compiled(core.compile_model(model, "CPU", settings))
    run_computed = _in_chunks if backbone.fixed_size else _at_once

    def run(inputs: Inputs) -> list[Inputs]:
        found = dict(zip(computed, run_computed(compiled, inputs), strict=True))
        return [inputs if k == 0 else found[k] for k in boundaries]

    if not backbone.fixed_size:
        _refuse_one_size(run, backbone, boundaries)
    return Engine(name, f"{name}/{runtime.__version__.split('-')[0]}", precision == "f32", run, compiled=True)


_cores: list[Any] = []
_making_a_core = threading.Lock()


def _core(runtime: Any) -> Any:
    """Return the one Core of this process; it is never destroyed.

    A Core gives the thread that makes it a stack of its own for signal handlers, and unmaps it when it is destroyed.
    Where two are destroyed in the order they were made, or one in another thread, the thread is left with a stack that
    is unmapped: the next signal kills the process without a word, Ctrl-C as well.
    """
    with _making_a_core:
        if not _cores:
            _cores.append(runtime.Core())
        return _cores[0]


class _Compiled:
    """A compiled model that several threads may call at once.

    A request holds the inputs and outputs of one call. The model's own ``__call__`` shares a single request between all
    callers: a second thread gets an error, or the first one's outputs. Here each call that is running has its own.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.idle: SimpleQueue[Any] = SimpleQueue()

    def __call__(self, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return a copy of each output."""
        try:
            request = self.idle.get_nowait()
        except Empty:
            request = self.model.create_infer_request()
        results = request.infer([one.numpy() for one in inputs], share_inputs=True, share_outputs=False)
        outputs = [torch.from_numpy(results[place]) for place in range(len(self.model.outputs))]
        self.idle.put(request)  # not after an error: nobody knows what state it is in
        return outputs


def _in_chunks(compiled: _Compiled, inputs: Inputs) -> list[Inputs]:
    (images,) = parts(inputs)
    chunks = [_run_chunk(compiled, chunk) for chunk in torch.split(images.cpu(), CHUNK)]
    return [torch.cat(found) for found in zip(*chunks, strict=True)]


def _run_chunk(compiled: _Compiled, images: torch.Tensor) -> list[torch.Tensor]:
    """Run up to ``CHUNK`` images; what a short chunk is filled up with is cut off again."""
    count, filled = len(images), images.contiguous()
    if count < CHUNK:
        filled = torch.cat([filled, filled.new_zeros(CHUNK - count, *images.shape[1:])])
    return [output[:count] for output in compiled([filled])]


def _at_once(compiled: _Compiled, inputs: Inputs) -> list[Inputs]:
    """Run sequences of any number and length; activations (N, L, H) have the lengths of the inputs."""
    values_and_lengths = parts(inputs.cpu())
    found = compiled(values_and_lengths)
    return [whole((values, values_and_lengths[1])) if values.ndim == 3 else values for values in found]


def _refuse_one_size(run: Run, backbone: Backbone, boundaries: Sequence[int]) -> None:
    """Raise RuntimeError if what was traced is right for sequences of the traced size only."""
    other = backbone.example(2 * FEW)
    plain = torch_float32(backbone, boundaries)
    for found, expected in zip(run(other), plain(other), strict=True):
        one, two = parts(found)[0], parts(expected)[0]
        if not torch.allclose(one, two, atol=0.2 * float(two.abs().max())):
            raise RuntimeError("it holds on to the size of the sequences it was traced with")


def _converted(backbone: Backbone, boundaries: Sequence[int], example: Inputs) -> Any:
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = example.to(next(backbone.parameters()).device)

    def up_to(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(parts(found)[0] for found in backbone.forward_at(whole(inputs), boundaries))

    with torch.no_grad(), evaluating(backbone), _constant(backbone), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every size that is fixed by it; what is, is tried afterwards
        traced = torch.jit.trace(up_to, parts(example), check_trace=False)  # type: ignore[no-untyped-call]
        # Weights are copied: what is compiled must not change when the backbone is trained. The front end does not
        # keep the decoder alive, so the name does.
        decoder = TorchScriptPythonDecoder(traced, shared_memory=False)
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))


@contextmanager
def _constant(backbone: Backbone) -> Iterator[None]:
    """Let a function be traced with the weights as constants of it: half the time of tracing a tree of modules."""
    moving = [parameter for parameter in backbone.parameters() if parameter.requires_grad]
    for parameter in moving:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in moving:
            parameter.requires_grad_(True)


def _import_without_telemetry() -> Any:
    if not is_installed():
        if platform.machine() in WITHOUT_WHEELS:
            raise UnavailableError("OpenVINO has no wheels for this processor", remedy="choose auto")
        raise NotInstalledError("OpenVINO is not installed", remedy='pip install "ghep[fast]"')
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
