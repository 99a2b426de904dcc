"""What every use of OpenVINO needs: importing it without telemetry, its Core, and calls from several threads.

Loads no torch: an export runs without PyTorch.

OpenVINO sends telemetry: importing it is enough for an event. ghep sends nothing (docs/promises.md, P25), so the
telemetry module is hidden while OpenVINO is imported (it uses a stub then), and only the front end and the runtime are
called, which send nothing.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

WITHOUT_WHEELS = ("aarch64", "ARM64")
"""Processors without OpenVINO wheels on Linux and Windows, as in pyproject.toml; Apple's is called arm64."""


def is_installed() -> bool:
    """Whether OpenVINO is installed; does not import it."""
    return importlib.util.find_spec("openvino") is not None


def openvino_without_telemetry() -> Any:
    """Return the module openvino, imported without its telemetry; ImportError if it is not installed."""
    with _hidden("openvino_telemetry"):
        import openvino
    return openvino


_cores: list[Any] = []
_making_a_core = threading.Lock()


def the_core(runtime: Any) -> Any:
    """Return OpenVINO's Core, of which this process has only one; it is never destroyed.

    A Core gives the thread that makes it a separate stack for signal handlers, and unmaps that stack when the Core is
    destroyed. If two Cores are destroyed in the order they were made, or one in another thread, the thread keeps an
    unmapped stack. The next signal, for example Ctrl-C, then kills the process without a message.
    """
    with _making_a_core:
        if not _cores:
            _cores.append(runtime.Core())
        return _cores[0]


def settings_on_cpu(threads: int, *, precision: str) -> dict[str, Any]:
    """Return the settings to compile a model with, for the CPU."""
    return {
        "PERFORMANCE_HINT": "LATENCY",  # one request at a time, on all threads
        "INFERENCE_PRECISION_HINT": precision,  # else it takes bfloat16 where the processor has it, silently
        "INFERENCE_NUM_THREADS": threads,
        # Each process would pin its threads to the same first cores, which two runs at once would then share.
        "ENABLE_CPU_PINNING": False,
    }


class Compiled:
    """A compiled model that several threads may call at the same time.

    A request holds the inputs and outputs of one call. The model's own ``__call__`` shares one request between all
    callers: a second thread gets an error, or the outputs of the first. Here each call has its own request.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.idle: SimpleQueue[Any] = SimpleQueue()

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return a copy of each output of the model for ``inputs``."""
        try:
            request = self.idle.get_nowait()
        except Empty:
            request = self.model.create_infer_request()
        results = request.infer(list(inputs), share_inputs=True, share_outputs=False)
        outputs = [results[index] for index in range(len(self.model.outputs))]
        self.idle.put(request)  # not after an error, which leaves it in an unknown state
        return outputs


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Make ``import module`` fail inside the ``with`` statement."""
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
