"""The bundle: a folder with everything needed for predictions, without executable code. These files:

model.safetensors          backbone.* and heads.<task>.*
config.json                architecture, card, tasks, calibration (temperatures, half widths of prediction intervals),
                           columns of the table, training settings
preprocessor_config.json   Hugging Face keys
labels.json                id2label / label2id per task
metrics.json, README.md    scores with confidence intervals, the model card
seen.json                  digests of the examples used for training (train) and selection (valid); not in old bundles
familiarity.safetensors    by which unfamiliar inputs are recognised (``guards/familiarity.py``); may be absent
MANIFEST.json              size and SHA-256 of each file; verified before anything is read
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep._version import __version__
from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Card
from ghep.backbone.bounded import built_within
from ghep.backbone.cached import network_of
from ghep.backbone.forked import refuse_lost_threads
from ghep.data.modalities import preprocess_from, reader_of
from ghep.data.text.tokens import TOKENIZER_FILE
from ghep.errors import BundleError, ConfigError
from ghep.messages import Message, number_text
from ghep.metrics.calibration import HIGHEST, LOWEST
from ghep.model.transfer import TransferModel
from ghep.storage.folder import MANIFEST, read_folder, recover, write_folder
from ghep.storage.paths import path_named, refuse_run
from ghep.storage.tensors import write_arrays, write_tensors
from ghep.storage.text import json_of, plain, write_json_atomic, write_text_atomic
from ghep.tasks.base import Classifier, Task
from ghep.tasks.registry import from_json

FORMAT = 1
REQUIRED = ("model.safetensors", "config.json", "preprocessor_config.json", "labels.json")
READ = {*REQUIRED, "seen.json", "familiarity.safetensors", TOKENIZER_FILE}
"""Files that loading reads; the others are only verified."""
DTYPES = {"float32": torch.float32, "float16": torch.float16}
COLUMNS = ("text_column", "path_column", "label_columns", "label_delimiter", "other_columns")
EXAMPLES = 5
"""Tensor names in a message."""


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle: the model in eval mode, the calibration of each task, and the content of config.json."""

    model: TransferModel
    calibration: Mapping[str, float]
    """Task -> temperature, or for regression the half width of the prediction intervals, standardised."""
    config: Mapping[str, Any]
    folder: Path
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """``train`` and ``valid`` -> digests of examples (``guards/seen.py``); empty if the bundle has none."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the training table, as read options; empty for folders and for old bundles."""
    familiarity: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Arrays by which unfamiliar inputs are recognised (``guards/familiarity.py``); empty if the bundle has none."""


def save_bundle(
    folder: Path,
    model: TransferModel,
    *,
    calibration: Mapping[str, float],
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    card: str,
    seen: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, Any] | None = None,
    familiarity: Mapping[str, np.ndarray] | None = None,
    dtype: str = "float32",
) -> None:
    """Write a bundle to ``folder``, atomically.

    With ``dtype`` float16 the weight file has half the size, and loading converts the weights to float32.
    """
    tensors = {name: tensor.clone() for name, tensor in _as_saved(model.state(), dtype).items()}
    with write_folder(folder) as temporary:
        write_tensors(temporary / "model.safetensors", tensors, metadata={"format": "pt"})
        write_json_atomic(temporary / "config.json", _config(model, calibration, training, columns or {}, dtype))
        write_json_atomic(temporary / "preprocessor_config.json", model.backbone.preprocess.to_json())
        for name, content in model.backbone.preprocess.files().items():
            write_text_atomic(temporary / name, content)
        write_json_atomic(temporary / "labels.json", {task.name: _labels(task.to_json()) for task in model.tasks})
        write_json_atomic(temporary / "metrics.json", metrics)
        write_text_atomic(temporary / "README.md", card)
        if seen is not None:
            write_json_atomic(temporary / "seen.json", {split: list(digests) for split, digests in seen.items()})
        if familiarity:
            write_arrays(temporary / "familiarity.safetensors", familiarity)


def round_weights(model: TransferModel, dtype: str) -> None:
    """Round the weights of ``model`` as if they were saved as ``dtype`` and loaded; ConfigError if a weight overflows.

    Frozen weights are rounded too, so the check that training did not change them must run before.
    """
    if dtype != "float32":
        model.load_state(_as_saved(model.state(), dtype))


def _as_saved(state: Mapping[str, torch.Tensor], dtype: str) -> dict[str, torch.Tensor]:
    """Return the tensors as they are saved: floats in ``dtype``, integers unchanged."""
    if dtype not in DTYPES:
        raise ConfigError("save-dtype-unknown", dtype=dtype, known=list(DTYPES))
    saved = {name: tensor.to(DTYPES[dtype]) if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    lost = [name for name, tensor in state.items() if (tensor.isfinite() & ~saved[name].isfinite()).any()]
    if lost:
        largest = max(float(state[name].abs().max()) for name in lost)
        raise ConfigError(
            "save-dtype-overflow", count=len(lost), dtype=dtype, largest=number_text(largest, ".3g"), tensor=lost[0]
        )
    return saved


def load_bundle(folder: Path | str) -> Bundle:
    """Return the bundle in ``folder``, whose files are all verified; BundleError if it is damaged or incomplete.

    Each file is read once and the verified bytes are used, so if the bundle is replaced during loading, the result is
    either the old or the new bundle. The network may be at most a small multiple of the weight file's size, whatever
    the config says.
    """
    refuse_lost_threads()
    folder = path_named(folder, error=BundleError, what=Message("model-bundle"))
    recover(folder)
    if not folder.is_dir():
        raise BundleError("bundle-not-a-folder", path=folder)
    refuse_run(folder, error=BundleError, manifest=MANIFEST)
    files = read_folder(folder, error=BundleError, what=Message("model-bundle"), required=REQUIRED, wanted=READ)
    config = _json(files, "config.json", folder)
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        writer = config.get("ghep", "unknown") if isinstance(config, dict) else "unknown"
        raise BundleError("bundle-other-format", path=folder, format=FORMAT, version=f"{writer!s:.40}")
    try:
        return _build(folder, config, files)
    except BundleError:
        raise
    except Exception as error:  # building from an untrusted file may raise anything
        first = (str(error).splitlines() or [""])[0]
        kind = type(error).__name__
        raise BundleError("bundle-not-buildable", path=folder, kind=kind, error=f"{first:.200}") from error


def _build(folder: Path, config: Mapping[str, Any], files: Mapping[str, bytes]) -> Bundle:
    from safetensors.torch import load

    state = load(files["model.safetensors"])
    architecture = Architecture.from_json(_part(_part(config, "backbone"), "architecture"))
    with built_within(state, architecture.arguments, error=BundleError):
        net = network_of(architecture)
    dtype = config.get("dtype", "float32")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise BundleError("bundle-dtype", found=f"{dtype!r:.40}", known=list(DTYPES))
    network = {f"backbone.{name}": tensor for name, tensor in net.state_dict().items()}
    _refuse_other({name: one for name, one in state.items() if name.startswith("backbone.")}, network, dtype)
    tasks = _tasks(config)
    _refuse_other_labels(_json(files, "labels.json", folder), tasks)
    backbone = assemble(  # runs the network once, so only after its shapes were compared
        net,
        architecture=architecture,
        preprocess=preprocess_from(_json(files, "preprocessor_config.json", folder), reader_of(files)),
        card=Card.from_json(_part(_part(config, "backbone"), "card")),
    )
    model = TransferModel(backbone, tasks)
    _refuse_other(state, model.state(), dtype)
    infinite = [name for name, tensor in state.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if infinite:
        more = max(0, len(infinite) - EXAMPLES)
        raise BundleError("bundle-not-finite", names=infinite[:EXAMPLES], more=more)
    model.load_state(state)
    model.eval()
    familiarity = _arrays(files, "familiarity.safetensors")
    return Bundle(
        model, _calibration(config, tasks), config, folder, _seen(files, folder), _columns(config), familiarity
    )


def _refuse_other(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], dtype: str) -> None:
    """Raise BundleError unless ``state`` has the names, shapes and number formats of ``wanted`` saved as ``dtype``."""
    missing, unexpected = sorted(set(wanted) - set(state)), sorted(set(state) - set(wanted))
    if missing or unexpected:
        raise BundleError(
            "bundle-files-mixed",
            missing=len(missing),
            missing_names=missing[:EXAMPLES],
            unexpected=len(unexpected),
            unexpected_names=unexpected[:EXAMPLES],
        )
    for name, tensor in wanted.items():
        expected = DTYPES[dtype] if tensor.is_floating_point() else tensor.dtype
        for found, right in ((tuple(state[name].shape), tuple(tensor.shape)), (state[name].dtype, expected)):
            if found != right:
                raise BundleError("bundle-tensor-mismatch", tensor=name, found=str(found), expected=str(right))


def _refuse_other_labels(labels: Any, tasks: Sequence[Task]) -> None:
    expected = {task.name: plain(_labels(task.to_json())) for task in tasks}
    if labels != expected:
        raise BundleError("bundle-labels-differ")


def _tasks(config: Mapping[str, Any]) -> list[Task]:
    listed = config.get("tasks")
    if not isinstance(listed, list) or not listed:
        raise BundleError("bundle-tasks-invalid", found=f"{listed!r:.80}")
    tasks = [from_json(task) for task in listed]
    if len({task.name for task in tasks}) < len(tasks):
        raise BundleError("bundle-tasks-duplicate")
    return tasks


def _calibration(config: Mapping[str, Any], tasks: Sequence[Task]) -> dict[str, float]:
    found = {**_part(config, "temperatures"), **(_part(config, "half_widths") if "half_widths" in config else {})}
    for name, value in found.items():
        if name not in {task.name for task in tasks}:
            raise BundleError("bundle-temperature-without-task", task=f"{name!r:.40}")
        low, high = LOWEST, HIGHEST
        if name not in config["temperatures"]:  # a half width: 0 where every number on valid was right
            low, high = 0.0, sys.float_info.max
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BundleError("bundle-temperature-invalid", found=f"{value!r:.40}", task=f"{name!r:.40}")
    return {name: float(value) for name, value in found.items()}


def _columns(config: Mapping[str, Any]) -> dict[str, Any]:
    found = _part(config, "columns") if "columns" in config else {}
    for option, value in found.items():
        several = option in ("label_columns", "other_columns") or (option == "text_column" and isinstance(value, list))
        names = value if several else [value]
        if option not in COLUMNS or not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
            raise BundleError("bundle-columns-invalid", found=f"{dict(found)!r:.80}", known=COLUMNS)
    return dict(found)


def _seen(files: Mapping[str, bytes], folder: Path) -> dict[str, tuple[str, ...]]:
    if "seen.json" not in files:
        return {}
    seen = _json(files, "seen.json", folder)
    parts = [seen.get(split) for split in ("train", "valid")] if isinstance(seen, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(digest, str) for digest in part) for part in parts):
        raise BundleError("bundle-seen-invalid")
    return {split: tuple(seen[split]) for split in ("train", "valid")}


def _arrays(files: Mapping[str, bytes], name: str) -> dict[str, np.ndarray]:
    from safetensors.numpy import load

    return load(files[name]) if name in files else {}


def _json(files: Mapping[str, bytes], name: str, folder: Path) -> Any:
    return json_of(files[name], folder / name, error=BundleError, what=Message("model-bundle"))


def _part(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key)
    if not isinstance(found, Mapping):
        raise BundleError("bundle-part-invalid", key=key, found=f"{found!r:.80}")
    return found


def _config(
    model: TransferModel,
    calibration: Mapping[str, float],
    training: Mapping[str, Any],
    columns: Mapping[str, Any],
    dtype: str,
) -> dict[str, Any]:
    backbone = model.backbone
    numeric = {task.name for task in model.tasks if not isinstance(task, Classifier)}
    return {
        "ghep": __version__,
        "format": FORMAT,
        "dtype": dtype,
        "backbone": {
            "architecture": backbone.architecture.to_json(),
            "card": backbone.card.to_json(),
            "feature_dim": backbone.feature_dim,
            "blocks": [block.name for block in backbone.blocks()],
        },
        "tasks": [task.to_json() for task in model.tasks],
        "temperatures": {task: value for task, value in calibration.items() if task not in numeric},
        "half_widths": {task: value for task, value in calibration.items() if task in numeric},
        "columns": dict(columns),
        "training": dict(training),
    }


def _labels(task: Mapping[str, Any]) -> dict[str, Any]:
    names = list(task.get("classes", ()))
    return {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}
