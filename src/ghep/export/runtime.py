"""Predict from an export without PyTorch, timm, scikit-learn or transformers.

Needs numpy, Pillow, the engine of the format (onnxruntime or openvino), and for texts tokenizers. Inputs are read and
prepared, and outputs turned into answers, by the same code as in ``ghep.load``.

>>> from ghep.export.runtime import load
>>> predictor = load("ants-onnx")                            # doctest: +SKIP
>>> predictor.predict(["new.jpg"])[0].label                  # doctest: +SKIP
'ant'
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ghep.cpus import cores
from ghep.data.loading.batches import chunks_by_length
from ghep.errors import BundleError, ConfigError, GhepError
from ghep.export.base_predictor import BasePredictor
from ghep.export.exported import Exported, output_name, read_export
from ghep.guards.familiarity import familiarity_from
from ghep.messages import number_text

Run = Callable[[Sequence[np.ndarray], Sequence[str]], list[np.ndarray]]
"""Arrays in the order of the graph's inputs, and names of outputs -> these outputs. Thread-safe."""

BATCH = 8
"""Images per call: more are not faster on a CPU, and need more memory."""
CLOSE = 1e-3
"""Largest difference of an output from that of PyTorch, times the largest expected logit (at least 1)."""
ENGINES = {
    "onnx": "ghep.export.onnx_engine:onnx_run",
    "openvino": "ghep.export.openvino_engine:openvino_run",
    "torch-export": "ghep.export.torch_engine:torch_run",
}
"""Kind of an export -> the function (exported, threads) -> Run that loads its graph."""


class ExportedPredictor(BasePredictor):
    """A loaded export. Thread-safe."""

    def __init__(self, exported: Exported, *, threads: int | None = None) -> None:
        super().__init__(
            exported.preprocess,
            exported.tasks,
            exported.calibration,
            columns=exported.columns,
            familiarity=familiarity_from(exported.familiarity),
        )
        if exported.kind not in ENGINES:
            raise BundleError("export-kind-unknown", path=exported.folder, kind=exported.kind, known=list(ENGINES))
        module, _, name = ENGINES[exported.kind].partition(":")
        self.exported = exported
        with self._explained():
            self.run: Run = getattr(import_module(module), name)(exported, threads or cores())
        self._one_at_a_time = threading.Lock()
        """Held while the graph runs, because each run uses all threads."""

    def logits(
        self,
        prepared: Sequence[np.ndarray],
        *,
        count: int | None = None,  # noqa: ARG002
        use_features: Callable[[np.ndarray, np.ndarray], None] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return task -> logits (N, K) float32 of prepared inputs."""
        tasks = self.described_tasks
        names = [output_name(task, tasks, "logits") for task in tasks]
        found = {task.name: np.empty((len(prepared), task.outputs), dtype=np.float32) for task in tasks}
        wanted = names if use_features is None else [*names, "features"]
        for places, arrays in self.batches(prepared):
            outputs = self.outputs(arrays, wanted)
            for task, values in zip(tasks, outputs[: len(tasks)], strict=True):
                found[task.name][places] = values
            if use_features is not None:
                use_features(places, outputs[-1])
        return found

    def batches(self, prepared: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, tuple[np.ndarray, ...]]]:
        """Yield the places in ``prepared`` of the inputs of one call, and the arrays of that call."""
        for places in self._places(prepared):
            views = [self.preprocess.view(prepared[place], None, None) for place in places]
            yield places, self.preprocess.arrays(views)

    def outputs(self, arrays: Sequence[np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        """Return the outputs ``names`` of the graph for one batch, as from ``preprocess.arrays``.

        Raises BundleError if the engine cannot compute them.
        """
        with self._one_at_a_time, self._explained():
            return self.run([np.ascontiguousarray(one) for one in arrays], names)

    def self_test(self) -> float:
        """Run the stored inputs; return the largest difference of a logit from the expected one, relative as ``CLOSE``.

        Raises ConfigError if it is above ``CLOSE``, or above the tolerance of an export in int8: the engine computes
        something else on this machine.
        """
        stored, int8 = self.exported.self_test, self.exported.description.get("int8")
        limit = float(int8["tolerance"]) if int8 else CLOSE
        names = [output_name(task, self.described_tasks, "logits") for task in self.described_tasks]
        found = self.outputs([stored[name] for name in self.exported.input_names], names)
        pairs = [(values, stored[f"expected.{name}"]) for name, values in zip(names, found, strict=True)]
        apart = [np.abs(values - expected).max() / max(1.0, np.abs(expected).max()) for values, expected in pairs]
        worst = float(np.max(apart))
        if not worst <= limit:  # NaN is worse, and max() of Python would lose it
            code = "export-self-test-failed-int8" if int8 else "export-self-test-failed"
            raise ConfigError(
                code, path=self.exported.folder, found=number_text(worst, ".1e"), limit=number_text(limit, ".0e")
            )
        return worst

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what an engine raises, which may be anything, into a BundleError."""
        try:
            yield
        except GhepError:
            raise
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError("export-graph-unusable", path=self.exported.folder, error=f"{first:.200}") from error

    def _places(self, prepared: Sequence[np.ndarray]) -> list[np.ndarray]:
        places, lengths = np.arange(len(prepared)), self._given.lengths(prepared)
        if lengths is not None:
            return chunks_by_length(places, lengths)
        return [places[start : start + BATCH] for start in range(0, len(places), BATCH)]


def load(folder: str | Path, *, threads: int | None = None) -> ExportedPredictor:
    """Load an export folder; raise BundleError if it is damaged or no export, ConfigError if its engine is missing.

    ``threads`` is the number of threads of the engine, by default the cores that this process may use.
    """
    return ExportedPredictor(read_export(folder), threads=threads)


def library_versions(names: Sequence[str]) -> Mapping[str, Any]:
    """Return name -> version of the installed packages among ``names``."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
