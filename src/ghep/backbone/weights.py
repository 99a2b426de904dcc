"""Read weights from a file without running code, lay them into a network, and say what did and did not fit.

safetensors, or torch files through ``weights_only=True``. The head of the source task is expected to be left over;
anything else that is missing or unexpected is an error that shows both lists, never a silent random layer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ghep.errors import BackboneError

WRAPPERS = ("state_dict", "model", "state_dict_ema", "model_ema")
PREFIXES = ("module.", "backbone.", "model.", "net.")


@dataclass(frozen=True)
class LoadReport:
    """What a file held against what the network asked for."""

    loaded: tuple[str, ...]
    head_left_out: tuple[str, ...]


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return name -> float32 (or integer) tensor; raise BackboneError for a file that is no weight file."""
    try:
        state = _read(path)
    except BackboneError:
        raise
    except Exception as error:  # the readers raise many kinds; each means the same to the user
        raise BackboneError(
            f"{path} cannot be read as weights ({type(error).__name__}: {_first_line(error)})",
            remedy="pass a .safetensors file, or a .pth/.pt file that holds tensors only (a state_dict)",
        ) from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path))
    state = torch.load(path, map_location="cpu", weights_only=True)
    for wrapper in WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise BackboneError(
            f"{path} holds no state_dict", remedy="save model.state_dict() with safetensors and pass that"
        )
    return dict(state)


def load_weights(net: nn.Module, state: Mapping[str, torch.Tensor], *, what: str) -> LoadReport:
    """Copy ``state`` into ``net``; only the source head may be left over."""
    fitted, outside = _fitted(net, state)
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
        raise BackboneError(
            f"the weights of {what} do not fit: {_shown('missing', missing)}; {_shown('unexpected', unexpected)}; "
            f"{_shown('of another shape', misshapen)}",
            remedy="check that the architecture (and its width or depth) is the one the weights were trained with",
        )
    net.load_state_dict({name: tensor for name, tensor in fitted.items() if name in wanted}, strict=False)
    return LoadReport(tuple(name for name in wanted if name in fitted), (*head, *outside))


def _fitted(net: nn.Module, state: Mapping[str, torch.Tensor]) -> tuple[Mapping[str, torch.Tensor], list[str]]:
    """Return ``state`` under the network's names, and the names that lie outside it.

    Tried are the names as they are, without a prefix, and each through timm's converter; what fits best is taken.
    """
    wanted, converter = set(net.state_dict()), _timm_converter(net)
    candidates: list[tuple[Mapping[str, torch.Tensor], list[str]]] = []
    for prefix in ("", *PREFIXES):
        plain = {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        outside = [name for name in state if not name.startswith(prefix)]
        candidates.append((plain, outside))
        if plain and converter is not None:
            with suppress(Exception):  # a converter meets a file it was not written for: the plain names are tried
                candidates.append((_converted(converter, plain, net), outside))
    return max(candidates, key=lambda candidate: len(wanted & candidate[0].keys()))


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
    return any(name.startswith(prefix + ".") for prefix in known)


def _shown(title: str, names: Iterable[str]) -> str:
    names = list(names)
    if not names:
        return f"nothing {title}"
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} {title} ({', '.join(names[:5])}{rest})"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
