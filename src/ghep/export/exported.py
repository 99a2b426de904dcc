"""The folder of an exported model: a graph in another format, and all else that predictions need. Loads no torch.

MANIFEST.json              size and SHA-256 of each file; verified before anything is read
export.json                kind and file of the graph, tasks, calibration, columns, card, libraries, its source
preprocessor_config.json   as in the bundle, with ``tokenizer.json`` for texts
labels.json, README.md     as in the bundle
seen.json                  as in the bundle, if it has one
familiarity.safetensors    as in the bundle, if it has one and the graph is in float32 and has features
model.onnx (and others)    the graph
self_test.safetensors      synthetic inputs and the logits that PyTorch (in int8: the graph itself) computed for them
parity.json                how well the answers agreed with the bundle's, and on what
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import preprocess_from, reader_of
from ghep.errors import BundleError
from ghep.messages import Message
from ghep.storage.folder import MANIFEST, read_folder, recover
from ghep.storage.paths import path_named, refuse_run
from ghep.storage.text import json_of
from ghep.tasks.base import Task
from ghep.tasks.registry import from_json
from ghep.tasks.regression import Regression

FORMAT = 1
DESCRIPTION = "export.json"
SELF_TEST = "self_test.safetensors"
PARITY = "parity.json"


@dataclass(frozen=True)
class Exported:
    """The content of an export folder, verified."""

    folder: Path
    kind: str
    """``onnx``, ``openvino`` or ``torch-export``."""
    files: Mapping[str, bytes]
    """Name -> content of the files of the graph."""
    preprocess: Preprocess
    tasks: tuple[Task, ...]
    calibration: Mapping[str, float]
    """Task -> temperature, or for regression the half width of the prediction intervals, standardised."""
    columns: Mapping[str, Any]
    """Columns of the training table, as read options; empty for folders."""
    features: bool
    """Whether the graph has the output ``features``."""
    self_test: Mapping[str, np.ndarray]
    """Inputs by name, and ``expected.<output>``: the logits of PyTorch for them, or in int8 of the graph itself."""
    description: Mapping[str, Any]
    """The content of ``export.json``."""
    familiarity: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Arrays by which unfamiliar inputs are recognised (``guards/familiarity.py``); empty if there are none."""

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the graph's inputs, in order."""
        return self.preprocess.input_names


def output_name(task: Task, tasks: Sequence[Task], what: str) -> str:
    """Return the name of an output of ``task``: ``what``, or ``<task>.<what>`` if there are several tasks."""
    return what if len(tasks) == 1 else f"{task.name}.{what}"


def output_names(tasks: Sequence[Task], *, features: bool) -> tuple[str, ...]:
    """Return the names of a graph's outputs, in order: of each task logits and answers, then the features."""
    names = [
        output_name(task, tasks, what)
        for task in tasks
        for what in ("logits", "value" if isinstance(task, Regression) else "probabilities")
    ]
    return (*names, "features") if features else tuple(names)


def is_export(folder: Path) -> bool:
    """Return whether ``folder`` looks like an export: it has an ``export.json``."""
    return (folder / DESCRIPTION).is_file()


def read_export(folder: Path | str) -> Exported:
    """Return the export in ``folder``, whose files are all verified; BundleError if it is damaged or incomplete."""
    what = Message("exported-model")
    folder = path_named(folder, error=BundleError, what=what)
    recover(folder)
    if not folder.is_dir():
        raise BundleError("export-not-a-folder", path=folder)
    refuse_run(folder, error=BundleError, manifest=MANIFEST)
    required = (DESCRIPTION, SELF_TEST, "preprocessor_config.json")
    files = read_folder(folder, error=BundleError, what=what, required=required, wanted=_Every())
    described = json_of(files[DESCRIPTION], folder / DESCRIPTION, error=BundleError, what=what)
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        writer = described.get("ghep", "unknown") if isinstance(described, dict) else "unknown"
        raise BundleError("export-other-format", path=folder, format=FORMAT, version=f"{writer!s:.40}")
    try:
        return _built(folder, described, files)
    except BundleError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a file that ghep did not write
        raise BundleError("export-invalid", path=folder, error=f"{type(error).__name__}: {error!s:.200}") from error


def _built(folder: Path, described: Mapping[str, Any], files: Mapping[str, bytes]) -> Exported:
    from safetensors.numpy import load

    tasks = tuple(from_json(task) for task in described["tasks"])
    calibration = {**described["temperatures"], **described["half_widths"]}
    stored = load(files[SELF_TEST])
    config = json_of(
        files["preprocessor_config.json"], folder / "preprocessor_config.json", error=BundleError, what="preprocessing"
    )
    preprocess = preprocess_from(config, reader_of(files))
    familiarity = load(files["familiarity.safetensors"]) if "familiarity.safetensors" in files else {}
    expected = [f"expected.{output_name(task, tasks, 'logits')}" for task in tasks]
    return Exported(
        folder=folder,
        kind=str(described["kind"]),
        files={name: files[name] for name in described["graph"]},
        preprocess=preprocess,
        tasks=tasks,
        calibration={task.name: float(calibration[task.name]) for task in tasks if task.name in calibration},
        columns=dict(described["columns"]),
        features=bool(described["features"]),
        self_test={name: stored[name] for name in (*preprocess.input_names, *expected)},
        description=described,
        familiarity=familiarity,
    )


class _Every:
    """A container that contains every name."""

    def __contains__(self, name: object) -> bool:
        return True
