"""The bundle: one folder with everything a prediction needs, and nothing that runs.

model.safetensors          backbone.* and heads.<task>.*
config.json                architecture, card, tasks, temperatures, columns of the table, and how it was trained
preprocessor_config.json   Hugging Face keys
labels.json                id2label / label2id per task
metrics.json, README.md    scores with intervals, the model card
seen.json                  digests of the examples it was trained (train) and chosen (valid) on; older bundles lack it
MANIFEST.json              size and SHA-256 of each; checked before anything is read
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ghep._version import __version__
from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Card
from ghep.backbone.bounded import built_within
from ghep.backbone.cached import network_of
from ghep.backbone.forked import refuse_lost_threads
from ghep.data.modalities import preprocess_from
from ghep.data.text.tokens import TOKENIZER_FILE
from ghep.errors import BundleError, ConfigError
from ghep.model.transfer import TransferModel
from ghep.storage.folder import MANIFEST, read_folder, recover, write_folder
from ghep.storage.paths import path_named, refuse_run
from ghep.storage.tensors import write_tensors
from ghep.storage.text import json_of, plain, write_json_atomic, write_text_atomic
from ghep.tasks.base import Task
from ghep.tasks.registry import from_json

FORMAT = 1
REQUIRED = ("model.safetensors", "config.json", "preprocessor_config.json", "labels.json")
READ = {*REQUIRED, "seen.json", TOKENIZER_FILE}
"""What loading reads; the other files are for people, and only verified."""
DTYPES = {"float32": torch.float32, "float16": torch.float16}
COLUMNS = ("text_column", "path_column", "label_columns", "label_delimiter", "other_columns")
LOWEST_TEMPERATURE = 1e-6
"""And the highest is 1 over it: beyond them probabilities are 0, 1 or all the same, which no calibration gives."""


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle: the model in eval mode, one temperature per task, and the rest of config.json."""

    model: TransferModel
    temperatures: Mapping[str, float]
    config: Mapping[str, Any]
    folder: Path
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """``train`` and ``valid`` -> digests of examples (``guards/seen.py``); empty for a bundle that does not say."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the table it was trained on, as read options; empty for folders, and for older bundles."""


def save_bundle(
    folder: Path,
    model: TransferModel,
    *,
    temperatures: Mapping[str, float],
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    card: str,
    seen: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, Any] | None = None,
    dtype: str = "float32",
) -> None:
    """Write ``folder`` whole or not at all. ``dtype`` float16 halves the file; loading gives float32."""
    tensors = {name: tensor.clone() for name, tensor in _as_saved(model.state(), dtype).items()}
    with write_folder(folder) as temporary:
        write_tensors(temporary / "model.safetensors", tensors, metadata={"format": "pt"})
        write_json_atomic(temporary / "config.json", _config(model, temperatures, training, columns or {}, dtype))
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
    """Verify every file, then build the model; raise BundleError for what is damaged, incomplete, foreign or hostile.

    The bytes that are used are the bytes that were verified, so a bundle that is replaced meanwhile is the old or the
    new one. Whatever its files say, the network that is built holds a few times as many numbers as the file of weights.
    """
    refuse_lost_threads()
    folder = path_named(folder, error=BundleError, what="bundle")
    recover(folder)
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder", remedy="pass the bundle folder that ghep fit wrote")
    refuse_run(folder, error=BundleError, manifest=MANIFEST)
    files = read_folder(folder, error=BundleError, what="bundle", required=REQUIRED, wanted=READ)
    config = _json(files, "config.json", folder)
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        writer = config.get("ghep", "unknown") if isinstance(config, dict) else "unknown"
        raise BundleError(
            f"{folder} is not a bundle of format {FORMAT}",
            remedy=f"load it with the ghep that wrote it ({writer!s:.40})",
        )
    try:
        return _build(folder, config, files)
    except BundleError:
        raise
    except Exception as error:  # a file from anywhere can have whatever builds the network raise anything
        first = (str(error).splitlines() or [""])[0]
        raise BundleError(
            f"{folder} cannot be built ({type(error).__name__}: {first:.200})", remedy="copy or save the bundle again"
        ) from error


def _build(folder: Path, config: Mapping[str, Any], files: Mapping[str, bytes]) -> Bundle:
    from safetensors.torch import load

    state = load(files["model.safetensors"])
    architecture = Architecture.from_json(_part(_part(config, "backbone"), "architecture"))
    with built_within(state, architecture.arguments, error=BundleError):
        net = network_of(architecture)
    dtype = config.get("dtype", "float32")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise _contradicts("config.json", f"has the dtype {dtype!r:.40}", f"expected {' or '.join(DTYPES)}")
    network = {f"backbone.{name}": tensor for name, tensor in net.state_dict().items()}
    _refuse_other({name: one for name, one in state.items() if name.startswith("backbone.")}, network, dtype)
    tasks = _tasks(config)
    _refuse_other_labels(_json(files, "labels.json", folder), tasks)
    backbone = assemble(  # runs the network once: only after its shapes have been compared
        net,
        architecture=architecture,
        preprocess=preprocess_from(_json(files, "preprocessor_config.json", folder), _reader(files)),
        card=Card.from_json(_part(_part(config, "backbone"), "card")),
    )
    model = TransferModel(backbone, tasks)
    _refuse_other(state, model.state(), dtype)
    infinite = [name for name, tensor in state.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    if infinite:
        raise _contradicts(
            "model.safetensors", f"has NaN or infinite numbers in {_few(infinite)}", "a trained model has none"
        )
    model.load_state(state)
    model.eval()
    return Bundle(model, _temperatures(config, tasks), config, folder, _seen(files, folder), _columns(config))


def _refuse_other(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], dtype: str) -> None:
    """Raise BundleError unless ``state`` has the names, shapes and number formats of ``wanted``, saved as ``dtype``."""
    missing, unexpected = sorted(set(wanted) - set(state)), sorted(set(state) - set(wanted))
    if missing or unexpected:
        raise BundleError(
            f"model.safetensors lacks {_few(missing)} and has {_few(unexpected)} too much",
            remedy="the files of two bundles were mixed: copy the folder again",
        )
    for name, tensor in wanted.items():
        expected = DTYPES[dtype] if tensor.is_floating_point() else tensor.dtype
        for found, right in ((tuple(state[name].shape), tuple(tensor.shape)), (state[name].dtype, expected)):
            if found != right:
                raise _contradicts("model.safetensors", f"has {name} as {found}", f"config.json says {right}")


def _refuse_other_labels(labels: Any, tasks: Sequence[Task]) -> None:
    expected = {task.name: plain(_labels(task.to_json())) for task in tasks}
    if labels != expected:
        raise _contradicts("labels.json", "names other classes than config.json", "one of the two was changed")


def _tasks(config: Mapping[str, Any]) -> list[Task]:
    listed = config.get("tasks")
    if not isinstance(listed, list) or not listed:
        raise _contradicts("config.json", f"has the tasks {listed!r:.80}", "expected a list of one or more")
    tasks = [from_json(task) for task in listed]
    if len({task.name for task in tasks}) < len(tasks):
        raise _contradicts("config.json", "has two tasks of one name", "expected each once")
    return tasks


def _temperatures(config: Mapping[str, Any], tasks: Sequence[Task]) -> dict[str, float]:
    found = _part(config, "temperatures")
    for name, value in found.items():
        if name not in {task.name for task in tasks}:
            raise _contradicts("config.json", f"has a temperature for {name!r:.40}", "no task is called so")
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
        if not LOWEST_TEMPERATURE <= number <= 1 / LOWEST_TEMPERATURE:
            raise _contradicts(
                "config.json",
                f"has the temperature {value!r:.40} for {name!r:.40}",
                "expected a positive finite number",
            )
    return {name: float(value) for name, value in found.items()}


def _columns(config: Mapping[str, Any]) -> dict[str, Any]:
    found = _part(config, "columns") if "columns" in config else {}
    for option, value in found.items():
        several = option in ("label_columns", "other_columns") or (option == "text_column" and isinstance(value, list))
        names = value if several else [value]
        if option not in COLUMNS or not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
            raise _contradicts("config.json", f"has the columns {dict(found)!r:.80}", f"expected {', '.join(COLUMNS)}")
    return dict(found)


def _seen(files: Mapping[str, bytes], folder: Path) -> dict[str, tuple[str, ...]]:
    if "seen.json" not in files:
        return {}
    seen = _json(files, "seen.json", folder)
    parts = [seen.get(split) for split in ("train", "valid")] if isinstance(seen, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(digest, str) for digest in part) for part in parts):
        raise _contradicts("seen.json", "is no record of examples", "expected lists of digests for train and valid")
    return {split: tuple(seen[split]) for split in ("train", "valid")}


def _json(files: Mapping[str, bytes], name: str, folder: Path) -> Any:
    return json_of(files[name], folder / name, error=BundleError, what="bundle")


def _reader(files: Mapping[str, bytes]) -> Callable[[str], str]:
    def read(name: str) -> str:
        try:
            return files[name].decode()
        except (KeyError, UnicodeDecodeError) as cause:
            raise BundleError(f"{name} is missing or not UTF-8", remedy="copy the bundle again") from cause

    return read


def _part(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key)
    if not isinstance(found, Mapping):
        raise _contradicts("config.json", f'has "{key}": {found!r:.80}', "expected an object")
    return found


def _contradicts(file: str, found: str, expected: str) -> BundleError:
    return BundleError(f"{file} {found}; {expected}", remedy="copy the bundle again, or save it again with ghep")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") if names else "nothing"


def _config(
    model: TransferModel,
    temperatures: Mapping[str, float],
    training: Mapping[str, Any],
    columns: Mapping[str, Any],
    dtype: str,
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
        "columns": dict(columns),
        "training": dict(training),
    }


def _labels(task: Mapping[str, Any]) -> dict[str, Any]:
    names = list(task.get("classes", ()))
    return {"id2label": dict(enumerate(names)), "label2id": {name: index for index, name in enumerate(names)}}
