"""The bundle: one folder with everything a prediction needs, and nothing that runs.

model.safetensors          backbone.* and heads.<task>.*
config.json                architecture, card, tasks, temperatures, and how it was trained
preprocessor_config.json   Hugging Face keys
labels.json                id2label / label2id per task
metrics.json, README.md    scores with intervals, the model card
seen.json                  digests of the examples it was trained (train) and chosen (valid) on; older bundles lack it
MANIFEST.json              size and SHA-256 of each; checked before anything is read
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ghep import __version__
from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Card
from ghep.backbone.forked import refuse_lost_threads
from ghep.backbone.weights import read_weights
from ghep.data.preprocess import read_preprocess
from ghep.errors import BundleError, ConfigError, UserError
from ghep.model.transfer import TransferModel
from ghep.storage.folder import MANIFEST, read_manifest, recover, verify_folder, write_folder
from ghep.storage.paths import path_named, refuse_run
from ghep.storage.tensors import write_tensors
from ghep.storage.text import read_json, write_json_atomic, write_text_atomic
from ghep.tasks.registry import from_json

FORMAT = 1
REQUIRED = ("model.safetensors", "config.json", "preprocessor_config.json", "labels.json")
DTYPES = {"float32": torch.float32, "float16": torch.float16}


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle: the model in eval mode, one temperature per task, and the rest of config.json."""

    model: TransferModel
    temperatures: Mapping[str, float]
    config: Mapping[str, Any]
    folder: Path
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """``train`` and ``valid`` -> digests of examples (``guards/seen.py``); empty for a bundle that does not say."""


def save_bundle(
    folder: Path,
    model: TransferModel,
    *,
    temperatures: Mapping[str, float],
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    card: str,
    seen: Mapping[str, Sequence[str]] | None = None,
    dtype: str = "float32",
) -> None:
    """Write ``folder`` whole or not at all. ``dtype`` float16 halves the file; loading gives float32."""
    tensors = {name: tensor.clone() for name, tensor in _as_saved(model.state(), dtype).items()}
    with write_folder(folder) as temporary:
        write_tensors(temporary / "model.safetensors", tensors, metadata={"format": "pt"})
        write_json_atomic(temporary / "config.json", _config(model, temperatures, training, dtype))
        write_json_atomic(temporary / "preprocessor_config.json", model.backbone.preprocess.to_json())
        for name, content in model.backbone.preprocess.files().items():
            write_text_atomic(temporary / name, content)
        write_json_atomic(temporary / "labels.json", {task.name: _labels(task.to_json()) for task in model.tasks})
        write_json_atomic(temporary / "metrics.json", metrics)
        write_text_atomic(temporary / "README.md", card)
        if seen is not None:
            write_json_atomic(temporary / "seen.json", {split: list(digests) for split, digests in seen.items()})


def round_weights(model: TransferModel, dtype: str) -> None:
    """Give ``model`` the values it will have after it was saved as ``dtype`` and loaded; ConfigError if any overflows.

    Frozen weights too: they were proved to stand still before.
    """
    if dtype != "float32":
        model.load_state(_as_saved(model.state(), dtype))


def _as_saved(state: Mapping[str, torch.Tensor], dtype: str) -> dict[str, torch.Tensor]:
    """Return the tensors as the file holds them: floats in ``dtype``, counters as they are."""
    if dtype not in DTYPES:
        raise ConfigError(f'weights cannot be saved as "{dtype}"', remedy=f"choose {' or '.join(DTYPES)}")
    saved = {name: tensor.to(DTYPES[dtype]) if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    lost = [name for name, tensor in state.items() if (tensor.isfinite() & ~saved[name].isfinite()).any()]
    if lost:
        largest = max(float(state[name].abs().max()) for name in lost)
        raise ConfigError(
            f"{len(lost)} tensors do not fit into {dtype}: values up to {largest:.3g} would be infinite ({lost[0]})",
            remedy="save as float32 (save_dtype, --save-dtype)",
        )
    return saved


def load_bundle(folder: Path | str) -> Bundle:
    """Verify every file, then build the model; raise BundleError for what is damaged, incomplete or foreign."""
    refuse_lost_threads()
    folder = path_named(folder, error=BundleError, what="bundle")
    recover(folder)
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder", remedy="pass the bundle folder that ghep fit wrote")
    refuse_run(folder, error=BundleError, manifest=MANIFEST)
    verify_folder(folder, error=BundleError, what="bundle", required=REQUIRED)
    listed = read_manifest(folder, error=BundleError, what="bundle")
    config = read_json(folder / "config.json", error=BundleError, what="bundle")
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise BundleError(
            f"{folder} is not a bundle of format {FORMAT}",
            remedy=f"load it with the ghep that wrote it ({config.get('ghep', 'unknown')})",
        )
    try:
        return replace(_build(folder, config), seen=_seen(folder) if "seen.json" in listed else {})
    except BundleError:
        raise
    except (UserError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"{folder} cannot be built ({type(error).__name__}: {error})", remedy="copy or save the bundle again"
        ) from error


def _build(folder: Path, config: Mapping[str, Any]) -> Bundle:
    architecture = Architecture.from_json(config["backbone"]["architecture"])
    backbone = assemble(
        architecture.build(),
        architecture=architecture,
        preprocess=read_preprocess(folder, error=BundleError),
        card=Card.from_json(config["backbone"]["card"]),
    )
    model = TransferModel(backbone, [from_json(task) for task in config["tasks"]])
    state = read_weights(folder / "model.safetensors")
    missing, unexpected = set(model.state()) - set(state), set(state) - set(model.state())
    if missing or unexpected:
        raise BundleError(
            f"model.safetensors lacks {sorted(missing)[:5]} and has {sorted(unexpected)[:5]} too much",
            remedy="the files of two bundles were mixed: copy the folder again",
        )
    model.load_state(state)
    model.eval()
    return Bundle(model, {task: float(value) for task, value in config["temperatures"].items()}, config, folder)


def _seen(folder: Path) -> dict[str, tuple[str, ...]]:
    seen = read_json(folder / "seen.json", error=BundleError, what="bundle")
    return {split: tuple(str(digest) for digest in seen[split]) for split in ("train", "valid")}


def _config(
    model: TransferModel, temperatures: Mapping[str, float], training: Mapping[str, Any], dtype: str
) -> dict[str, Any]:
    backbone = model.backbone
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
        "temperatures": dict(temperatures),
        "training": dict(training),
    }


def _labels(task: Mapping[str, Any]) -> dict[str, Any]:
    names = list(task.get("classes", ()))
    return {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}
