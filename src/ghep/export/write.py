"""Export a bundle: write its graph in another format, with all that predictions need, into one folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep._version import __version__
from ghep.backbone.blocks import evaluating
from ghep.errors import ConfigError, did_you_mean
from ghep.export.deployment import deployment_files, image_name, usage
from ghep.export.exported import DESCRIPTION, FORMAT, PARITY, SELF_TEST, output_name
from ghep.export.formats import Export, Request
from ghep.export.graph import Graph
from ghep.export.odd_inputs import odd_inputs
from ghep.export.onnx import onnx_bytes, opset_of
from ghep.export.onnx_engine import GRAPH as ONNX_FILE
from ghep.export.openvino import openvino_files
from ghep.export.parity import MOST, parity, parity_line, refuse_different
from ghep.export.predictor import Predictor
from ghep.export.quantise import examples_for, lines_of, quantised
from ghep.export.run_data import headline, refitted, spaced
from ghep.export.runtime import ExportedPredictor, library_versions, load
from ghep.export.torch_engine import GRAPH as TORCH_FILE
from ghep.export.torch_export import program_bytes
from ghep.features.engines.choose import PLAIN
from ghep.messages import text_of
from ghep.model.bundle import Bundle
from ghep.storage.folder import MANIFEST, temporary_folder, write_folder
from ghep.storage.tensors import write_arrays
from ghep.storage.text import write_json_atomic, write_text_atomic
from ghep.tasks.base import classes_of
from ghep.types import Raw

SELF_TEST_INPUTS = 3
LIBRARIES = ("numpy", "pillow", "tokenizers", "torch", "timm", "transformers", "onnx", "onnxruntime", "openvino")


def _onnx(graph: Graph) -> tuple[dict[str, bytes], dict[str, Any]]:
    content = onnx_bytes(graph)
    return {ONNX_FILE: content}, {"opset": opset_of(content)}


def _openvino(graph: Graph) -> tuple[dict[str, bytes], dict[str, Any]]:
    return openvino_files(graph), {}


def _torch_export(graph: Graph) -> tuple[dict[str, bytes], dict[str, Any]]:
    return {TORCH_FILE: program_bytes(graph)}, {}


WRITERS: dict[str, Callable[[Graph], tuple[dict[str, bytes], dict[str, Any]]]] = {
    "onnx": _onnx,
    "openvino": _openvino,
    "torch-export": _torch_export,
}
"""Kind -> the function that returns the files of the graph, and what ``export.json`` says of them."""


def export_graph(request: Request) -> Export:
    """Write an export with a graph, after its answers were compared with those of the bundle.

    With ``request.int8``, the graph is then replaced by one in int8, if there is one that ``quantised`` accepts.

    Raises ConfigError as ``write_export`` does, if an answer differs by more than ``parity.LIMIT``, and as
    ``quantised`` does.
    """
    if request.int8:
        if request.data is None and refitted(request.bundle):
            raise ConfigError("int8-refitted")
        examples_for(request.bundle.model.tasks, request.splits)  # refused before anything is computed
    with temporary_folder(f"ghep-export-{request.bundle.folder.name}") as place:
        draft = write_export(request.bundle, request.to, place / "draft")
        sets, of = compared_inputs(request)
        predictor = Predictor(request.bundle, engine=PLAIN)
        told = parity(predictor, load(draft), sets, of=of)
        refuse_different(told, request.to)
        lines: list[str] = []
        int8: Mapping[str, Any] | None = None
        if request.int8:
            export, best = quantised(load(draft), request.splits)
            lines, int8 = lines_of(export, best), export.exported.description["int8"]
            draft = write_int8(request.bundle, export, "; ".join(lines), place / "int8")
            stated = parity(predictor, load(draft), sets, of=of)
            # Stated, not demanded: what int8 costs was measured on valid.
            told = {**stated, "limit": None, "float32": told}
        with write_folder(request.out) as folder:
            for path in draft.iterdir():
                if path.name != MANIFEST:
                    shutil.copyfile(path, folder / path.name)
            write_json_atomic(folder / PARITY, told)
    lines += [parity_line(one) for one in told["compared"]]
    if len(sets) == 1:
        lines.append(text_of("parity-without-data"))
    return Export(request.to, request.out, told, tuple(lines), int8)


def compared_inputs(request: Request, *, most: int = MOST) -> tuple[dict[str, Mapping[str, Raw]], dict[str, int]]:
    """Return the inputs to compare, by the name of their set, and how many some of them were chosen from.

    At most ``most`` examples are chosen.
    """
    preprocess = request.bundle.model.backbone.preprocess
    split, examples = headline(request.splits)
    chosen = {one.id: one.raw for one in spaced(examples, most)}
    odd = odd_inputs(preprocess.modality, pairs=preprocess.pairs)
    return {**({split: chosen} if chosen else {}), "odd": odd}, {split: len(examples)}


def write_export(bundle: Bundle, kind: str, out: Path) -> Path:
    """Write an export of ``bundle`` as ``kind`` to the folder ``out``, atomically; return ``out``.

    Raises ConfigError for an unknown kind, or if the graph cannot be exported or computes something else than the
    bundle on synthetic inputs.
    """
    if kind not in WRITERS:
        raise ConfigError("export-unknown-kind", kind=kind, hint=did_you_mean(kind, WRITERS))
    graph = Graph(bundle.model, bundle.calibration).eval()
    files, told = WRITERS[kind](graph)
    with write_folder(out) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        write_arrays(folder / SELF_TEST, self_test(graph))
        write_json_atomic(folder / DESCRIPTION, _description(bundle, kind, tuple(files), told))
        write_json_atomic(folder / "preprocessor_config.json", bundle.model.backbone.preprocess.to_json())
        for name, text in bundle.model.backbone.preprocess.files().items():
            write_text_atomic(folder / name, text)
        features = ("familiarity.safetensors",) if "features" in graph.output_names else ()
        for name in ("labels.json", "seen.json", *features):
            if (bundle.folder / name).is_file():
                (folder / name).write_bytes((bundle.folder / name).read_bytes())
        called = image_name(bundle.folder)
        for name, text in deployment_files(kind, bundle.model.backbone.preprocess.modality, called).items():
            write_text_atomic(folder / name, text)
        write_text_atomic(folder / "README.md", f"{_card(bundle).rstrip()}\n\n{usage(kind, called)}\n")
    return out


def write_int8(bundle: Bundle, export: ExportedPredictor, measured: str, out: Path) -> Path:
    """Write ``export``, as from ``quantised``, to the folder ``out``; what did not change is from its own folder.

    ``measured`` says in the card what was measured.
    """
    exported = export.exported
    of_float32 = (MANIFEST, "familiarity.safetensors")  # distances between features in int8 are others
    with write_folder(out) as folder:
        for path in exported.folder.iterdir():
            if path.name not in of_float32:
                shutil.copyfile(path, folder / path.name)
        for name, content in exported.files.items():
            (folder / name).write_bytes(content)
        write_arrays(folder / SELF_TEST, dict(exported.self_test))
        write_json_atomic(folder / DESCRIPTION, dict(exported.description))
        section = usage(exported.kind, image_name(bundle.folder), int8=measured)
        write_text_atomic(folder / "README.md", f"{_card(bundle).rstrip()}\n\n{section}\n")
    return out


def _card(bundle: Bundle) -> str:
    try:
        return (bundle.folder / "README.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def self_test(graph: Graph) -> dict[str, np.ndarray]:
    """Return synthetic inputs of ``graph`` by name, and ``expected.<output>``: the logits of PyTorch for them."""
    inputs = graph.sample(SELF_TEST_INPUTS)
    with torch.no_grad(), evaluating(graph.model):
        outputs = dict(zip(graph.output_names, graph(*inputs), strict=True))
    tasks = graph.model.tasks
    expected = {name: outputs[name].numpy() for name in (output_name(task, tasks, "logits") for task in tasks)}
    return {
        **{name: values.numpy() for name, values in zip(graph.input_names, inputs, strict=True)},
        **{f"expected.{name}": values for name, values in expected.items()},
    }


def _description(bundle: Bundle, kind: str, files: tuple[str, ...], told: Mapping[str, Any]) -> dict[str, Any]:
    tasks = bundle.model.tasks
    return {
        "ghep": __version__,
        "format": FORMAT,
        "kind": kind,
        "graph": list(files),
        "features": not bundle.model.backbone.ragged_features,
        "tasks": [task.to_json() for task in tasks],
        "temperatures": {one.name: bundle.calibration.get(one.name, 1.0) for one in tasks if classes_of(one)},
        "half_widths": {
            one.name: bundle.calibration[one.name]
            for one in tasks
            if not classes_of(one) and one.name in bundle.calibration
        },
        "columns": dict(bundle.columns),
        "backbone": bundle.config["backbone"]["card"],
        "libraries": dict(library_versions(LIBRARIES)),
        "int8": None,
        "source": sha256((bundle.folder / MANIFEST).read_bytes()).hexdigest(),
        **told,
    }
