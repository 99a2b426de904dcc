"""Read weights from a file without running code, load them into a network, and report what did and did not fit.

safetensors, shards of it, or torch files through ``weights_only=True``. The head of the source task is expected to be
left over; anything else that is missing or unexpected is an error that shows both lists, never a silent random layer.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
from ghep.storage.text import read_json

MERGE = "merge the adapter first: peft's PeftModel.merge_and_unload(), then save_pretrained, and pass that folder"

TORCH_SUFFIXES = (".pth", ".pt", ".th", ".bin", ".ckpt", ".pyth", ".tar")
"""Of files that ``torch.save`` wrote; ``.tar`` is the end of ``.pth.tar``."""
WEIGHT_SUFFIXES = (".safetensors", *TORCH_SUFFIXES)
OTHER_FORMATS = {
    ".onnx": "ONNX",
    ".tflite": "TensorFlow Lite",
    ".pb": "TensorFlow",
    ".npz": "NumPy (JAX)",
    ".msgpack": "Flax",
    ".gguf": "llama.cpp (quantised)",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "joblib",
    ".mlmodel": "Core ML",
}
INDEX = ".index.json"
"""End of the file that says which shard holds which tensor."""
WRAPPERS = (
    *("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema", "ema_state_dict", "ema"),
    *("teacher", "student", "net", "network", "module", "weights", "params_ema", "params", "backbone", "encoder"),
)
"""Keys under which training scripts save the weights; of several the first is taken."""
NOT_WEIGHTS = ("optim", "sched", "scaler", "loops", "callbacks", "hyper_parameters", "args", "config")
"""Beginnings of keys under which they save other things, tensors included."""
AUXILIARY = ("AuxLogits", "aux1", "aux2", "aux_classifier", "aux_head", "aux_logits")
"""Second heads that some networks were trained with (Inception, GoogLeNet)."""


@dataclass(frozen=True)
class LoadReport:
    """What a file held against what the network asked for."""

    loaded: tuple[str, ...]
    head_left_out: tuple[str, ...]
    resized: tuple[str, ...] = ()
    """Tensors that were resampled to the network's input size, as ``pos_embed (1, 577, 192) -> (1, 197, 192)``."""
    alike: tuple[str, ...] = ()
    """Prefixes of all networks in the file that fit, the one that was loaded first, where there are several."""


def is_weight_file(path: Path) -> bool:
    """Whether the name says that ``read_weights`` can read it."""
    return path.suffix in WEIGHT_SUFFIXES or path.name.endswith(INDEX)


def refuse_format(path: Path) -> None:
    """Raise BackboneError for an existing file of a format that ghep does not read."""
    form = OTHER_FORMATS.get(path.suffix.lower())
    if form is not None or not is_weight_file(path):
        raise BackboneError(
            f"{path} is {f'in the format of {form}' if form else 'no file of weights'}, which ghep does not read",
            remedy=f"pass weights saved from PyTorch: {', '.join(WEIGHT_SUFFIXES)}",
        )


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return name -> float32 (or integer) tensor; raise BackboneError for a file that holds no usable weights."""
    return read_checkpoint(path)[0]


def read_checkpoint(path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the weights as ``read_weights`` does, and the keys of a checkpoint that holds several sets of them.

    The first key is that of the set that was read.
    """
    refuse_format(path)
    try:
        state, keys = _read(path)
    except BackboneError:
        raise
    except Exception as error:  # the readers raise many kinds; each means the same to the user
        raise _unreadable(path, error) from error
    return _in_float32(state, path), keys


def weights_of(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    """Return the weights in the ``content`` of the safetensors file at ``path``; BackboneError if it is none."""
    from safetensors.torch import load

    try:
        return _in_float32(load(content), path)
    except BackboneError:
        raise
    except Exception as error:  # as above
        raise _unreadable(path, error) from error


def _in_float32(state: Mapping[str, torch.Tensor], path: Path) -> dict[str, torch.Tensor]:
    refuse_quantised(dtypes_of(state), what=path.name)
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def _read(path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    if path.name.endswith(INDEX):
        return _sharded(path), ()
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path)), ()
    # Training scripts save their arguments and numpy numbers, too: plain data that is read and not used.
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
    """Return the tensors of all shards that an index names; they lie in its folder."""
    places = read_json(index, error=BackboneError, what="index of weights").get("weight_map")
    if not isinstance(places, Mapping) or not all(Path(str(name)).name == name for name in places.values()):
        raise BackboneError(f"{index} names no shards in its folder", remedy="get it again")
    missing = sorted({str(name) for name in places.values() if not (index.parent / str(name)).is_file()})
    if missing:
        raise BackboneError(
            f"{index.parent} lacks {len(missing)} shards of the weights: {', '.join(missing[:3])}",
            remedy="put all shards into the folder",
        )
    state: dict[str, torch.Tensor] = {}
    for name in sorted(set(places.values())):
        state |= read_weights(index.parent / name)
    return state


def _state_in(content: Any, path: Path) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Find the weights in what a training script saved; raise BackboneError where there are none, or several."""
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
    found = f"; its keys are {', '.join(map(str, content))[:200]}" if isinstance(content, Mapping) and content else ""
    raise BackboneError(
        f"{path} holds no state_dict{found}", remedy="save model.state_dict() with safetensors and pass that"
    )


def _holds_weights(key: Any, value: Any) -> bool:
    """Whether a value of a checkpoint is a state_dict, or holds one."""
    if not isinstance(key, str) or not isinstance(value, Mapping) or key.lower().startswith(NOT_WEIGHTS):
        return False
    return any(isinstance(one, torch.Tensor) or _holds_weights(name, one) for name, one in value.items())


def refuse_disguised(path: Path) -> None:
    """Raise BackboneError for a file that is something else than its name says: it tells what, and what helps."""
    try:
        with path.open("rb") as file:
            start = file.read(256)
            size = file.seek(0, os.SEEK_END)
    except OSError:
        return
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    header = int.from_bytes(start[:8], "little")
    found = None
    if not size:
        found = "is empty", "get it again"
    elif start.startswith(b"version https://git-lfs"):
        found = (
            "is a Git LFS pointer: it names the weights and does not hold them",
            "run git lfs pull in its repository",
        )
    elif text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        found = "is a web page, not a file of weights", "download the file itself, not the page that shows it"
    elif path.suffix != ".safetensors" and start[8:9] == b"{" and 8 + header <= size:
        found = f"is a safetensors file with the suffix {path.suffix}", f"rename it to {path.stem}.safetensors"
    elif path.suffix == ".safetensors" and start.startswith((b"PK\x03\x04", b"\x80\x02")):
        found = "is no safetensors file: it begins as those of PyTorch (torch.save) do", f"rename it to {path.stem}.pth"
    if found is not None:
        raise BackboneError(f"{path} {found[0]}", remedy=found[1])


def _unreadable(path: Path, error: Exception) -> BackboneError:
    try:
        refuse_disguised(path)
    except BackboneError as found:
        return found
    refused = re.search(r"GLOBAL (\S+)", str(error))
    if refused is not None:
        return BackboneError(
            f"{path} holds more than tensors: an object of {refused[1]}, and loading it could run code",
            remedy="if you trust the file, load it with torch.load(path, weights_only=False) and save its state_dict() "
            "with safetensors",
        )
    cause = f"{type(error).__name__}: {_first_line(error)}"
    if "weights_only" in cause:  # torch's advice to switch its protection off, which helps with no damaged file
        cause = "damaged, or not written by torch.save"
    return BackboneError(
        f"{path} cannot be read as weights ({cause})",
        remedy="pass a .safetensors file, or a .pth/.pt file that holds tensors only (a state_dict)",
    )


def load_weights(net: nn.Module, state: Mapping[str, torch.Tensor], *, what: str) -> LoadReport:
    """Copy ``state`` into ``net``; only heads may be left over. Raises BackboneError for what does not fit."""
    candidates = _candidates(net, state)
    fitted, outside, prefix = candidates[0]
    wanted = net.state_dict()
    # Files written before BatchNorm counted its batches lack the counter; it does not enter the function.
    missing = [name for name in wanted if name not in fitted and not name.endswith("num_batches_tracked")]
    extra = [name for name in fitted if name not in wanted]
    head = [name for name in extra if _is_head(net, name)]
    unexpected = [name for name in extra if name not in head]
    misshapen = [
        f"{name} {tuple(fitted[name].shape)} for {tuple(wanted[name].shape)}"
        for name in wanted
        if name in fitted and fitted[name].shape != wanted[name].shape
    ]
    if missing or unexpected or misshapen:
        epsilon = other_epsilon(state, net)
        remedy = "check that the architecture (and its width or depth) is the one the weights were trained with"
        if any("lora_" in name for name in unexpected):
            remedy = MERGE
        elif epsilon is not None:
            remedy = (
                f"torchvision's network has BatchNorm epsilon {epsilon:g}: name it in the json next to the weights, as "
                f'{{"create_model": {{"model_name": ..., "bn_eps": {epsilon:g}}}}}'
            )
        raise BackboneError(
            f"the weights of {what} do not fit: {_shown('missing', missing)}; {_shown('unexpected', unexpected)}; "
            f"{_shown('of another shape', misshapen)}",
            remedy=remedy,
        )
    codes = [name for name, _ in net.named_parameters() if not fitted[name].is_floating_point()]
    if codes:
        raise BackboneError(
            f"the weights of {what} are integers ({codes[0]}: {fitted[codes[0]].dtype}), codes of a quantised network",
            remedy="pass the full-precision weights",
        )
    net.load_state_dict({name: tensor for name, tensor in fitted.items() if name in wanted}, strict=False)
    before = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    resized = [
        f"{name} {tuple(before[name].shape)} -> {tuple(tensor.shape)}"
        for name, tensor in fitted.items()
        if name in wanted and name in before and before[name].numel() != tensor.numel()
    ]
    others = [other for _, _, other in candidates if not other.startswith(prefix) and not prefix.startswith(other)]
    alike = (prefix, *others) if others else ()
    return LoadReport(tuple(name for name in wanted if name in fitted), (*head, *outside), tuple(resized), alike)


def head_in(net: nn.Module, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of ``state`` that are heads of the network's source task, by the network's names."""
    fitted, _, _ = _candidates(net, state)[0]
    wanted = net.state_dict()
    return {name: tensor for name, tensor in fitted.items() if name not in wanted and _is_head(net, name)}


Candidate: TypeAlias = tuple[Mapping[str, torch.Tensor], list[str], str]
"""A state under the network's names, the names that lie outside it, and the prefix that was taken off."""


def _candidates(net: nn.Module, state: Mapping[str, torch.Tensor]) -> list[Candidate]:
    """Return the readings of ``state`` that fit ``net`` best, at least one: those that fit in name and shape.

    Tried are the names as they are, without each prefix that many of them share (``module.``, ``_orig_mod.``,
    ``module.encoder_q.``), and each through the converters of other libraries' names.
    """
    wanted = {name: tensor.shape for name, tensor in net.state_dict().items()}
    candidates: list[Candidate] = []
    for prefix in ("", *_shared_prefixes(state, at_least=len(wanted) // 4)):
        plain = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        outside = [name for name in state if not name.startswith(prefix)]
        candidates.append((plain, outside, prefix))
        for convert in _converters(net, plain):
            with suppress(Exception):  # a converter meets a file it was not written for: the plain names are tried
                candidates.append((convert(dict(plain)), outside, prefix))

    def fits(candidate: Candidate) -> int:
        return sum(name in wanted and tensor.shape == wanted[name] for name, tensor in candidate[0].items())

    scores = [(fits(candidate), sum(name in wanted for name in candidate[0])) for candidate in candidates]
    best = max(scores)
    found = {prefix: one for one, score in zip(candidates, scores, strict=True) if score == best for prefix in one[2:]}
    first = next(one for one, score in zip(candidates, scores, strict=True) if score == best)
    return [first, *(one for prefix, one in found.items() if prefix != first[2])]


def _shared_prefixes(state: Mapping[str, torch.Tensor], *, at_least: int) -> list[str]:
    """Return the dotted beginnings that at least so many names share; of a self-distilled pair the teacher first."""
    counts: Counter[str] = Counter()
    for name in state:
        parts = name.split(".")
        counts.update(".".join(parts[:depth]) + "." for depth in range(1, min(len(parts), 6)))
    shared = [prefix for prefix, count in counts.items() if count >= max(1, at_least)]
    return sorted(shared, key=lambda prefix: "student" in prefix)


def _converters(
    net: nn.Module, state: Mapping[str, torch.Tensor]
) -> list[Callable[[dict[str, torch.Tensor]], Mapping[str, torch.Tensor]]]:
    """Return what turns the names of other libraries into those of ``net``: timm's own converter, then ours."""
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
    except TypeError:  # the older ones (VGG) take the state alone; timm calls them in the same way
        return converter(dict(state))


def _timm_converter(net: nn.Module) -> Callable[..., Mapping[str, torch.Tensor]] | None:
    """The function by which timm reads the checkpoints of other libraries (torchvision's VGG, the papers' ViT)."""
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


def _shown(title: str, names: Iterable[str]) -> str:
    names = list(names)
    if not names:
        return f"nothing {title}"
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} {title} ({', '.join(names[:5])}{rest})"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
