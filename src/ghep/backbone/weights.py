"""Read weights from a file without running code, load them into a network, and report what did not fit.

Formats: safetensors, sharded safetensors, and torch files with ``weights_only=True``. Tensors of the source task's head
may be left over. Any other missing or unexpected tensor raises an error that lists these tensors, so no layer stays
random unnoticed.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy._core.multiarray import scalar as _scalar
from torch import nn

from ghep.backbone.efficientnet_pytorch_names import from_efficientnet_pytorch
from ghep.backbone.huggingface_image import from_huggingface
from ghep.backbone.keras_names import from_keras
from ghep.backbone.quantised import dtypes_of, refuse_quantised
from ghep.backbone.torchvision_names import from_torchvision, other_epsilon
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import read_json

TORCH_SUFFIXES = (".pth", ".pt", ".th", ".bin", ".ckpt", ".pyth", ".tar")
"""Suffixes of files written by ``torch.save``; ``.tar`` is for ``.pth.tar``."""
WEIGHT_SUFFIXES = (".safetensors", *TORCH_SUFFIXES)
OTHER_FORMATS = {
    ".onnx": "ONNX",
    ".tflite": "TensorFlow Lite",
    ".pb": "TensorFlow",
    ".npz": "NumPy (JAX)",
    ".msgpack": "Flax",
    ".gguf": "llama.cpp",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "joblib",
    ".mlmodel": "Core ML",
}
INDEX = ".index.json"
"""Suffix of the file that maps tensors to shards."""
WRAPPERS = (
    *("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema", "ema_state_dict", "ema"),
    *("teacher", "student", "net", "network", "module", "weights", "params_ema", "params", "backbone", "encoder"),
)
"""Keys under which training scripts save the weights, in order of preference."""
NOT_WEIGHTS = ("optim", "sched", "scaler", "loops", "callbacks", "hyper_parameters", "args", "config")
"""Prefixes of keys under which training scripts save other things, which may also be tensors."""
AUXILIARY = ("AuxLogits", "aux1", "aux2", "aux_classifier", "aux_head", "aux_logits")
"""Auxiliary heads of some networks (Inception, GoogLeNet)."""
EXAMPLES = 5
"""Tensor names in a message."""


@dataclass(frozen=True)
class LoadReport:
    """Result of ``load_weights``: names of the tensors that were loaded, left out or resized."""

    loaded: tuple[str, ...]
    head_left_out: tuple[str, ...]
    resized: tuple[str, ...] = ()
    """Tensors resampled to the network's input size, such as ``pos_embed (1, 577, 192) -> (1, 197, 192)``."""
    candidates: tuple[str, ...] = ()
    """If several networks in the file fit: the prefixes of their names, that of the loaded network first."""


def is_weight_file(path: Path) -> bool:
    """Whether ``path`` has a suffix that ``read_weights`` can read."""
    return path.suffix in WEIGHT_SUFFIXES or path.name.endswith(INDEX)


def refuse_format(path: Path) -> None:
    """Raise BackboneError if the suffix is that of an unsupported format."""
    form = OTHER_FORMATS.get(path.suffix.lower())
    if form is not None:
        raise BackboneError("weights-other-format", path=path, format=form, suffixes=WEIGHT_SUFFIXES)
    if not is_weight_file(path):
        raise BackboneError("weights-unknown-suffix", path=path, suffixes=WEIGHT_SUFFIXES)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return name -> tensor (float32 or integer) in the file; raise BackboneError if it has no usable weights."""
    return read_checkpoint(path)[0]


def read_checkpoint(path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the weights as ``read_weights`` does and, if the file has several sets of weights, the keys of these sets.

    The first key is that of the returned set. Without several sets there are no keys.
    """
    refuse_format(path)
    try:
        state, keys = _read(path)
    except BackboneError:
        raise
    except Exception as error:  # the readers raise many types, all with the same meaning
        raise _unreadable(path, error) from error
    return _in_float32(state, path), keys


def weights_of(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    """Return the weights in ``content``, the bytes of the safetensors file ``path``; BackboneError if unreadable."""
    from safetensors.torch import load

    try:
        return _in_float32(load(content), path)
    except BackboneError:
        raise
    except Exception as error:  # as above
        raise _unreadable(path, error) from error


def _in_float32(state: Mapping[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    refuse_quantised(dtypes_of(state), backbone_name=path.name)
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def _read(path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    if path.name.endswith(INDEX):
        return _sharded(path), ()
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path)), ()
    # Training scripts also save their arguments and numpy numbers: plain data, allowed but not used.
    plain = [
        argparse.Namespace,
        np.dtype,
        type(np.dtype("float64")),
        type(np.dtype("float32")),
        type(np.dtype("int64")),
    ]
    with torch.serialization.safe_globals([*plain, _scalar]):
        content = torch.load(path, map_location="cpu", weights_only=True)
    return _state_in(content, path)


def _sharded(index: Path) -> dict[str, torch.Tensor]:
    """Return name -> tensor from all shards that the index file names; shards must be in the same folder."""
    places = read_json(index, error=BackboneError, what=Message("weight-index")).get("weight_map")
    if not isinstance(places, Mapping) or not all(Path(str(name)).name == name for name in places.values()):
        raise BackboneError("shard-index-invalid", path=index)
    missing = sorted({str(name) for name in places.values() if not (index.parent / str(name)).is_file()})
    if missing:
        raise BackboneError("shards-missing", folder=index.parent, count=len(missing), names=missing[:EXAMPLES])
    state: dict[str, torch.Tensor] = {}
    for name in sorted(set(places.values())):
        state |= read_weights(index.parent / name)
    return state


def _state_in(content: Any, path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the weights in the content of a checkpoint, and the keys of its sets of weights if there are several.

    Raises BackboneError if there are no weights, or if it is unclear which of several sets to use.
    """
    keys: tuple[str, ...] = ()
    while isinstance(content, Mapping):
        inside = [str(key) for key, value in content.items() if _holds_weights(key, value)]
        known = [key for key in WRAPPERS if key in inside]
        tensors = {
            name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, torch.Tensor)
        }
        if tensors and not known:
            return tensors, keys
        if not known and len(inside) != 1:
            break
        chosen = [*known, *(key for key in inside if key not in known)]
        keys = (*keys, *chosen) if len(chosen) > 1 and not keys else keys
        content = content[chosen[0]]
    found = ", ".join(map(str, content))[:200] if isinstance(content, Mapping) else ""
    raise BackboneError("weights-without-state-dict", path=path, known="keys" if found else "none", keys=found)


def _holds_weights(key: Any, value: Any) -> bool:
    """Whether ``value``, under ``key`` in a checkpoint, is or contains a state_dict."""
    if not isinstance(key, str) or not isinstance(value, Mapping) or key.lower().startswith(NOT_WEIGHTS):
        return False
    return any(isinstance(one, torch.Tensor) or _holds_weights(name, one) for name, one in value.items())


def refuse_disguised(path: Path) -> None:
    """Raise BackboneError if the content of a file does not match its suffix."""
    try:
        with path.open("rb") as file:
            start = file.read(256)
            size = file.seek(0, os.SEEK_END)
    except OSError:
        return
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    header = int.from_bytes(start[:8], "little")
    if not size:
        raise BackboneError("weights-file-empty", path=path)
    if start.startswith(b"version https://git-lfs"):
        raise BackboneError("weights-lfs-pointer", path=path)
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise BackboneError("weights-web-page", path=path)
    if path.suffix != ".safetensors" and start[8:9] == b"{" and 8 + header <= size:
        raise BackboneError("weights-named-as-torch", path=path, suffix=path.suffix, name=f"{path.stem}.safetensors")
    if path.suffix == ".safetensors" and start.startswith((b"PK\x03\x04", b"\x80\x02")):
        raise BackboneError("weights-named-as-safetensors", path=path, name=f"{path.stem}.pth")


def _unreadable(path: Path, error: Exception) -> BackboneError:
    try:
        refuse_disguised(path)
    except BackboneError as found:
        return found
    refused = re.search(r"GLOBAL (\S+)", str(error))
    if refused is not None:
        return BackboneError("weights-with-objects", path=path, object=refused[1])
    cause = f"{type(error).__name__}: {_first_line(error)}"
    if "weights_only" in cause:  # torch suggests weights_only=False, which does not help with a damaged file
        return BackboneError("weights-damaged", path=path)
    return BackboneError("weights-unreadable", path=path, error=cause)


def load_weights(net: nn.Module, state: Mapping[str, torch.Tensor], *, backbone_name: str) -> LoadReport:
    """Copy the tensors of ``state`` into ``net`` and return a report.

    Raises BackboneError if a tensor of ``net`` is missing or has another shape, or if ``state`` has tensors that are
    neither in ``net`` nor in a head of the source task.
    """
    candidates = _candidates(net, state)
    fitted, outside, prefix = candidates[0]
    wanted = net.state_dict()
    # Older files lack BatchNorm's batch counter, which does not affect the outputs.
    missing = [name for name in wanted if name not in fitted and not name.endswith("num_batches_tracked")]
    extra = [name for name in fitted if name not in wanted]
    head = [name for name in extra if _is_head(net, name)]
    unexpected = [name for name in extra if name not in head]
    misshapen = [
        f"{name} {tuple(fitted[name].shape)} -> {tuple(wanted[name].shape)}"
        for name in wanted
        if name in fitted and fitted[name].shape != wanted[name].shape
    ]
    if missing or unexpected or misshapen:
        epsilon = other_epsilon(state, net)
        remedy = Message("check-architecture")
        if any("lora_" in name for name in unexpected):
            remedy = Message("merge-adapter")
        elif epsilon is not None:
            remedy = Message("set-batch-norm-epsilon", {"epsilon": f"{epsilon:g}"})
        raise BackboneError(
            "weights-do-not-fit",
            remedy=remedy,
            name=backbone_name,
            missing=_misfit("missing", missing),
            unexpected=_misfit("unexpected", unexpected),
            misshapen=_misfit("misshapen", misshapen),
        )
    codes = [name for name, _ in net.named_parameters() if not fitted[name].is_floating_point()]
    if codes:
        dtype = str(fitted[codes[0]].dtype).removeprefix("torch.")
        raise BackboneError("weights-integer", name=backbone_name, tensor=codes[0], dtype=dtype)
    net.load_state_dict({name: tensor for name, tensor in fitted.items() if name in wanted}, strict=False)
    before = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    resized = [
        f"{name} {tuple(before[name].shape)} -> {tuple(tensor.shape)}"
        for name, tensor in fitted.items()
        if name in wanted and name in before and before[name].numel() != tensor.numel()
    ]
    others = [other for _, _, other in candidates if not other.startswith(prefix) and not prefix.startswith(other)]
    several = (prefix, *others) if others else ()
    return LoadReport(tuple(name for name in wanted if name in fitted), (*head, *outside), tuple(resized), several)


def head_in(net: nn.Module, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of ``state`` that belong to heads of the source task, with the network's names."""
    fitted, _, _ = _candidates(net, state)[0]
    wanted = net.state_dict()
    return {name: tensor for name, tensor in fitted.items() if name not in wanted and _is_head(net, name)}


Candidate: TypeAlias = tuple[Mapping[str, torch.Tensor], list[str], str]
"""(name of the network -> tensor, names of the tensors that were left out, prefix that was removed)."""


def _candidates(net: nn.Module, state: Mapping[str, torch.Tensor]) -> list[Candidate]:
    """Return the renamings of ``state`` whose names and shapes match ``net`` best: one, or several that match equally.

    Tried are the unchanged names, the names without each prefix that many of them share (``module.``, ``_orig_mod.``,
    ``module.encoder_q.``), and each of these converted from the names of other libraries.
    """
    wanted = {name: tensor.shape for name, tensor in net.state_dict().items()}
    candidates: list[Candidate] = []
    for prefix in ("", *_shared_prefixes(state, at_least=len(wanted) // 4)):
        plain = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        outside = [name for name in state if not name.startswith(prefix)]
        candidates.append((plain, outside, prefix))
        for convert in _converters(net, plain):
            with suppress(Exception):  # a converter may fail on files it was not written for
                candidates.append((convert(dict(plain)), outside, prefix))

    def fits(candidate: Candidate) -> int:
        return sum(name in wanted and tensor.shape == wanted[name] for name, tensor in candidate[0].items())

    scores = [(fits(candidate), sum(name in wanted for name in candidate[0])) for candidate in candidates]
    best = max(scores)
    found = {prefix: one for one, score in zip(candidates, scores, strict=True) if score == best for prefix in one[2:]}
    first = next(one for one, score in zip(candidates, scores, strict=True) if score == best)
    return [first, *(one for prefix, one in found.items() if prefix != first[2])]


def _shared_prefixes(state: Mapping[str, torch.Tensor], *, at_least: int) -> list[str]:
    """Return prefixes, such as ``module.``, that at least ``at_least`` names share; those with "student" come last."""
    counts: Counter[str] = Counter()
    for name in state:
        parts = name.split(".")
        counts.update(".".join(parts[:depth]) + "." for depth in range(1, min(len(parts), 6)))
    shared = [prefix for prefix, count in counts.items() if count >= max(1, at_least)]
    return sorted(shared, key=lambda prefix: "student" in prefix)


def _converters(
    net: nn.Module, state: Mapping[str, torch.Tensor]
) -> list[Callable[[dict[str, torch.Tensor]], Mapping[str, torch.Tensor]]]:
    """Return functions that convert the names of other libraries to those of ``net``: timm's own, then ghep's."""
    if any(name.startswith("keras.") for name in state):
        return [functools.partial(from_keras, net=net)]
    if not type(net).__module__.startswith("timm."):
        return []
    converter = _timm_converter(net)
    if converter is None:
        return [functools.partial(from_torchvision, net=net), functools.partial(from_efficientnet_pytorch, net=net)]
    own = functools.partial(_converted, converter, net=net)
    return [own, lambda state: own(dict(from_torchvision(from_huggingface(state), net)))]


def _converted(
    converter: Callable[..., Mapping[str, torch.Tensor]], state: dict[str, torch.Tensor], net: nn.Module
) -> Mapping[str, torch.Tensor]:
    try:
        return converter(dict(state), net)
    except TypeError:  # older converters (VGG) take only the state
        return converter(dict(state))


def _timm_converter(net: nn.Module) -> Callable[..., Mapping[str, torch.Tensor]] | None:
    """Return timm's function that converts checkpoints of other libraries (torchvision's VGG, the papers' ViT) for
    ``net``; None if timm has no such function.
    """
    module = sys.modules.get(type(net).__module__)
    if not type(net).__module__.startswith("timm."):
        return None
    return getattr(module, "checkpoint_filter_fn", None) or getattr(module, "_filter_fn", None)


def _is_head(net: nn.Module, name: str) -> bool:
    prefixes = getattr(net, "classifier", None)
    config = getattr(net, "default_cfg", None) or {}
    names = config.get("classifier", prefixes if isinstance(prefixes, str) else ())
    names = (names,) if isinstance(names, str) else tuple(names or ())
    known = {*names, "classifier", "head", "fc", "linear", "head_dist", "head.fc"}
    return any(name.startswith(prefix + ".") for prefix in (*known, *AUXILIARY))


def _misfit(kind: str, names: Sequence[str]) -> Message:
    shown = names[:EXAMPLES]
    return Message(
        "weights-misfit", {"kind": kind, "count": len(names), "names": shown, "more": len(names) - len(shown)}
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
