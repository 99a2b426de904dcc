"""Read the arrays of Keras weight files (``.h5``, ``.weights.h5``, ``.keras``) with h5py, without running their code.

In: a path. Out: the layers that have arrays, in the order of the model. Three layouts are supported:

- HDF5 of Keras 2 and of Keras 3's ``model.save("x.h5")``: attributes name layers and weights;
- ``.weights.h5`` of Keras 3: one group per layer, named by class and counter, with numbered arrays;
- ``.keras``: a zip with ``config.json`` and such a ``.weights.h5``.

``keras_names.py`` identifies the network.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ghep.errors import BackboneError

KERAS_SUFFIXES = (".h5", ".hdf5", ".keras")
LARGEST = 4 * 2**30
"""Limit in bytes for the arrays of one file; the largest application, VGG19, has 575 MB."""

KINDS = {
    "conv2d": "conv",
    "depthwise_conv2d": "depthwise",
    "batch_normalization": "norm",
    "dense": "dense",
    "normalization": "pixels",
}
"""Group name in ``.weights.h5`` without its counter -> kind of layer. Other layers are not read."""
NUMBERED = {
    "conv": (("kernel",), ("kernel", "bias")),
    "depthwise": (("kernel",), ("kernel", "bias")),
    "dense": (("kernel",), ("kernel", "bias")),
    "norm": (("beta", "mean", "variance"), ("gamma", "beta", "mean", "variance")),
    "pixels": (("mean", "variance"), ("mean", "variance", "count")),
}
"""Kind of layer -> names of its numbered arrays, one tuple for each possible number of arrays."""
VARIABLES = (
    *(("kernel", "kernel"), ("_W", "kernel"), ("bias", "bias"), ("_b", "bias"), ("gamma", "gamma"), ("beta", "beta")),
    *(("mean", "mean"), ("variance", "variance"), ("running_std", "variance"), ("count", "count")),
)
"""(suffix of a weight's name, array). Keras 1 called the running variance ``running_std``."""


@dataclass(frozen=True)
class Layer:
    """A layer of a Keras model, with its arrays in Keras' layout."""

    kind: str
    """A value of KINDS."""
    name: str
    """Name in the model; "" if the file does not have it."""
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class KerasModel:
    """The layers of a file; layers of one kind are in the order of the model."""

    layers: tuple[Layer, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    """The model's config if the file has it; nothing in it is executed."""

    def of_kind(self, kind: str) -> list[Layer]:
        """Return the layers of ``kind`` (a value of KINDS), in the order of the model."""
        return [layer for layer in self.layers if layer.kind == kind]


def is_keras_file(path: Path) -> bool:
    """Whether ``path`` has the suffix of a Keras file."""
    return path.suffix.lower() in KERAS_SUFFIXES


def read_keras(path: Path) -> KerasModel:
    """Return the layers of the file; raise BackboneError if h5py is missing or the file has no Keras weights."""
    try:
        import h5py
    except ImportError:
        raise BackboneError("keras-needs-h5py", path=path) from None
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                config = json.loads(_member(archive, "config.json"))
                content = io.BytesIO(_member(archive, "model.weights.h5"))
            with h5py.File(content, "r") as file:
                found = _layers(file)
        else:
            with h5py.File(path, "r") as file:
                found = _layers(file)
                text = file.attrs.get("model_config") or "{}"
                config = json.loads(text.decode() if isinstance(text, bytes) else text)
    except BackboneError:
        raise
    except Exception as error:  # h5py, zipfile and json raise many types, all with the same meaning
        first = str(error).partition("\n")[0][:200]
        raise BackboneError("keras-unreadable", path=path, kind=type(error).__name__, error=first) from error
    if not found:
        raise BackboneError("keras-without-weights", path=path)
    return KerasModel(_of_backbone(found), config if isinstance(config, Mapping) else {})


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST:
        raise BackboneError("keras-too-large", name=name, limit=LARGEST)
    return archive.read(name)


def _of_backbone(found: list[tuple[str, Layer]]) -> tuple[Layer, ...]:
    """Return the layers of the container with the most convolutions, then the dense layers outside it.

    An application inside a larger model is a separate container; the dense layers outside it are the user's head.
    """
    convolutions = Counter(container for container, layer in found if layer.kind == "conv")
    if not convolutions:
        return tuple(layer for _, layer in found)
    main = convolutions.most_common(1)[0][0]
    inside = [layer for container, layer in found if container == main]
    head = [layer for container, layer in found if container != main and layer.kind == "dense"]
    return (*inside, *head)


def _layers(file: Any) -> list[tuple[str, Layer]]:
    """Return (container, layer) for each layer of the file."""
    root = _child(file, "model_weights") if "model_weights" in file else file
    found = list(_named(root)) if _texts(root, "layer_names") else list(_numbered(root, ""))
    total = sum(array.nbytes for _, arrays in found for array in arrays.arrays.values())
    if total > LARGEST:
        raise BackboneError("keras-too-large", name=file.filename, limit=LARGEST)
    return [(container, _read(layer)) for container, layer in found]


def _read(layer: Layer) -> Layer:
    return Layer(layer.kind, layer.name, {name: _array(dataset) for name, dataset in layer.arrays.items()})


def _array(dataset: Any) -> np.ndarray:
    if dataset.external or dataset.is_virtual:  # would read another file
        raise BackboneError("keras-external-link", name=dataset.name)
    if dataset.dtype.kind not in "fiu" or "dtype" in dataset.attrs:
        raise BackboneError("keras-not-float32", name=dataset.name)
    return np.asarray(dataset[()], dtype=np.float32)


def _child(group: Any, name: str) -> Any:
    """Return the member ``name`` of an HDF5 group; raise BackboneError for a link to another file."""
    import h5py

    group_of = group
    for part in name.split("/"):
        if isinstance(group_of.get(part, getlink=True), h5py.ExternalLink):
            raise BackboneError("keras-external-link", name=name)
        group_of = group_of[part]
    return group_of


def _named(root: Any) -> Iterator[tuple[str, Layer]]:
    """Yield (container, layer) from the layout in which attributes name layers and their weights."""
    for group_name in _texts(root, "layer_names"):
        group = _child(root, group_name)
        layers: dict[str, dict[str, Any]] = {}
        for weight in _texts(group, "weight_names"):
            path, _, variable = weight.rpartition("/")
            name = re.sub(r"(_\d+)?(:\d+)?$", "", variable)
            canonical = next((array for end, array in VARIABLES if name.endswith(end)), None)
            if canonical is not None:
                layers.setdefault(path, {})[canonical] = _child(group, weight)
        container = group_name if len(layers) > 1 else ""
        for path, arrays in layers.items():
            kind = _kind(arrays)
            if kind is not None:
                yield container, Layer(kind, path.rpartition("/")[2] if container else group_name, arrays)


def _kind(arrays: Mapping[str, Any]) -> str | None:
    """Return the kind of a layer, a value of KINDS, from its ``arrays``; a kernel (H, W, C, 1) is depthwise."""
    if {"beta", "mean", "variance"} <= set(arrays):
        return "norm"
    if {"mean", "variance"} <= set(arrays):
        return "pixels"
    shape: tuple[int, ...] = arrays["kernel"].shape if "kernel" in arrays else ()
    if len(shape) == 4:
        return "depthwise" if shape[3] == 1 and shape[2] > 1 else "conv"
    return "dense" if len(shape) == 2 else None


def _numbered(group: Any, path: str) -> Iterator[tuple[str, Layer]]:
    """Yield (container, layer) from the layout with a group for each layer, named by class and counter."""
    for name in sorted(group, key=lambda name: (re.sub(r"_\d+$", "", name), _counter(name))):
        member = _child(group, name)
        if not hasattr(member, "keys"):
            continue
        variables: Any = _child(member, "vars") if "vars" in member else {}
        kind = KINDS.get(re.sub(r"_\d+$", "", name))
        if kind is not None and len(variables):
            names = next((names for names in NUMBERED[kind] if len(names) == len(variables)), None)
            if names is None:
                raise BackboneError("keras-array-count", name=member.name, count=len(variables))
            arrays = {variable: _child(variables, str(index)) for index, variable in enumerate(names)}
            yield path, Layer(kind, str(variables.attrs.get("name", "")), arrays)
        elif name != "vars":
            yield from _numbered(member, f"{path}/{name}")


def _counter(name: str) -> int:
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0


def _texts(group: Any, name: str) -> list[str]:
    """Return the list of names in the attribute ``name``; Keras splits long lists into several attributes."""
    chunks = [group.attrs[name]] if name in group.attrs else []
    while f"{name}{len(chunks)}" in group.attrs:
        chunks.append(group.attrs[f"{name}{len(chunks)}"])
    return [text.decode() if isinstance(text, bytes) else str(text) for chunk in chunks for text in chunk]
