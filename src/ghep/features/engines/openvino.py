"""OpenVINO's CPU engine, if it is installed: on AVX-512 CPUs it runs MobileNets several times faster.

The backbone is traced up to the last boundary, converted in memory and compiled. For images it is compiled for a fixed
batch size. Inputs are split into chunks of that size and the last chunk is padded, so that the results are also right
for networks whose trace depends on the batch size (Swin's windows). A model compiled for sequences accepts any number
and length of sequences, and is checked on another size than the traced one before it is used.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs, parts, whole
from ghep.features.engines.engine import Engine, NotInstalledError, Run, UnavailableError, torch_float32
from ghep.features.engines.openvino_runtime import (
    WITHOUT_WHEELS,
    Compiled,
    is_installed,
    openvino_without_telemetry,
    settings_on_cpu,
    the_core,
)
from ghep.messages import text_of

CHUNK = 8
"""Images per call. More are not faster, and tracing has to run this many images through PyTorch."""
FEW = 3
"""Sequences in the traced example."""


def openvino_float32(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Return an engine with the frozen blocks compiled for float32. Raises UnavailableError if it cannot run here."""
    return _engine("openvino-float32", backbone, boundaries, "f32")


def openvino_bfloat16(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Return an engine with the frozen blocks compiled for bfloat16. Raises UnavailableError if it cannot run here."""
    return _engine("openvino-bfloat16", backbone, boundaries, "bf16")


def _engine(name: str, backbone: Backbone, boundaries: Sequence[int], precision: str) -> Engine:
    runtime = _import_without_telemetry()
    core = the_core(runtime)
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise UnavailableError.of("engine-no-bfloat16")
    computed = sorted({*boundaries} - {0})
    example = backbone.example(CHUNK if backbone.fixed_size else FEW)
    model = _converted(backbone, computed, example)
    if backbone.fixed_size:
        (images,) = parts(example)
        model.reshape(list(images.shape))
    settings = settings_on_cpu(torch.get_num_threads(), precision=precision)
    compiled = Compiled(core.compile_model(model, "CPU", settings))
    run_computed = _in_chunks if backbone.fixed_size else _at_once

    def run(inputs: Inputs) -> list[Inputs]:
        found = dict(zip(computed, run_computed(compiled, inputs), strict=True))
        return [inputs if k == 0 else found[k] for k in boundaries]

    if not backbone.fixed_size:
        _check_other_size(run, backbone, boundaries)
    return Engine(name, f"{name}/{runtime.__version__.split('-')[0]}", precision == "f32", run, compiled=True)


def _in_chunks(compiled: Compiled, inputs: Inputs) -> list[Inputs]:
    (images,) = parts(inputs)
    chunks = [_run_chunk(compiled, chunk) for chunk in torch.split(images.cpu(), CHUNK)]
    return [torch.cat(found) for found in zip(*chunks, strict=True)]


def _run_chunk(compiled: Compiled, images: torch.Tensor) -> list[torch.Tensor]:
    """Return the outputs for up to ``CHUNK`` images; fewer images are padded, and outputs of the padding removed."""
    count, filled = len(images), images.contiguous()
    if count < CHUNK:
        filled = torch.cat([filled, filled.new_zeros(CHUNK - count, *images.shape[1:])])
    return [torch.from_numpy(output)[:count] for output in compiled([filled.numpy()])]


def _at_once(compiled: Compiled, inputs: Inputs) -> list[Inputs]:
    """Return the outputs for padded sequences, all in one call; activations (N, L, H) keep the inputs' lengths."""
    values_and_lengths = parts(inputs.cpu())
    found = [torch.from_numpy(one) for one in compiled([one.numpy() for one in values_and_lengths])]
    return [whole((values, values_and_lengths[1])) if values.ndim == 3 else values for values in found]


def _check_other_size(run: Run, backbone: Backbone, boundaries: Sequence[int]) -> None:
    """Raise RuntimeError if ``run`` computes wrong outputs for sequences of another size than the traced one."""
    other = backbone.example(2 * FEW)
    plain = torch_float32(backbone, boundaries)
    for found, expected in zip(run(other), plain(other), strict=True):
        one, two = parts(found)[0], parts(expected)[0]
        if not torch.allclose(one, two, atol=0.2 * float(two.abs().max())):
            raise RuntimeError(text_of("engine-fixed-size"))


def _converted(backbone: Backbone, boundaries: Sequence[int], example: Inputs) -> Any:
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = example.to(next(backbone.parameters()).device)

    def up_to(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(parts(found)[0] for found in backbone.forward_at(whole(inputs), boundaries))

    with torch.no_grad(), evaluating(backbone), _constant(backbone), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every size that it fixes; sizes are checked afterwards
        traced = torch.jit.trace(up_to, parts(example), check_trace=False)  # type: ignore[no-untyped-call]
        # Weights are copied, so that training the backbone does not change the compiled model. The front end does not
        # keep the decoder alive, but the variable does.
        decoder = TorchScriptPythonDecoder(traced, shared_memory=False)
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))


@contextmanager
def _constant(backbone: Backbone) -> Iterator[None]:
    """Inside the ``with`` statement, make the weights constants, which halves the time of tracing the network."""
    trained = [parameter for parameter in backbone.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def _import_without_telemetry() -> Any:
    if not is_installed():
        if platform.machine() in WITHOUT_WHEELS:
            raise UnavailableError.of("openvino-no-wheels", processor=platform.machine())
        raise NotInstalledError.of("openvino-not-installed")
    return openvino_without_telemetry()
