"""Split any image network into ordered blocks automatically.

A forward pass shows which modules are called and in which order. Then three rules apply:

1. Replace a module that contains most of the network (over 75 % of its convolutions and linear layers) by its
   children, repeatedly: MobileNet's ``blocks``, ViT's ``blocks``, VGG's ``features``. The results are called pieces.
   (ResNet-152's ``layer3`` has 69 % of the layers and stays whole; VGG-11's ``features`` has 80 %.)
2. A piece with two or more weight matrices is a block: a residual stage, a transformer layer, an inception module.
3. Single layers are merged: a convolution with the norms and activations after it, until a pooling layer ends the
   block. Pieces without a weight matrix (norm, activation, dropout, pooling) belong to the preceding block.

Parameters outside all pieces (ViT's class token and position embedding) belong to the first block: they are added at
the input side. A boundary carries one tensor; ``boundary.py`` runs both halves, and the contract suite checks them
against the whole network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from ghep.errors import BackboneError

MOST = 0.75
"""Fraction of the layers above which a module is opened."""
POOLING = ("MaxPool", "AvgPool", "BlurPool")


@dataclass(frozen=True, slots=True)
class Block:
    """One of the ordered parts of a backbone: its modules, parameters and output shapes."""

    name: str
    modules: tuple[str, ...]
    """Paths of its modules, in call order."""
    parameters: tuple[str, ...]
    """Names of its parameters."""
    shapes: tuple[tuple[int, ...], ...]
    """Output shape of each module for one example at the native size, without the batch axis."""


def find_blocks(net: nn.Module, example: torch.Tensor) -> tuple[Block, ...]:
    """Split ``net`` into blocks by tracing it on ``example`` (1, 3, H, W)."""
    calls = _record_calls(net, example)
    pieces = _pieces(net, calls)
    groups = _group(net, pieces)
    owned = [[name for path in group for name in _parameters(net, path)] for group in groups]
    seen = {name for names in owned for name in names}
    owned[0] = [name for name, _ in net.named_parameters() if name not in seen] + owned[0]
    return tuple(
        Block(_name(group), tuple(group), tuple(names), tuple(calls[path] for path in group))
        for group, names in zip(groups, owned, strict=True)
    )


def _record_calls(net: nn.Module, example: torch.Tensor) -> dict[str, tuple[int, ...]]:
    """Run ``net`` once; return the path of each called module -> its output shape (no batch axis), in call order."""
    shapes: dict[str, tuple[int, ...]] = {}
    paths = {module: path for path, module in net.named_modules()}

    def begin(module: nn.Module, _: object) -> None:
        shapes.setdefault(paths[module], ())

    def end(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, torch.Tensor):
            shapes[paths[module]] = tuple(output.shape[1:])

    handles = [module.register_forward_pre_hook(begin) for module in paths]
    handles += [module.register_forward_hook(end) for module in paths]
    try:
        with torch.no_grad(), evaluating(net):
            net(example)
    finally:
        for handle in handles:
            handle.remove()
    return shapes


def output_of(net: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return the output of ``net`` for ``inputs`` (N, 3, H, W), in eval mode and without gradients.

    Raises BackboneError if the network does not accept the inputs: networks of a fixed size (ViT) refuse other sizes,
    and the feature map of a network with many strides may become empty.
    """
    try:
        with torch.no_grad(), evaluating(net):
            found: torch.Tensor = net(inputs)
    except (ArithmeticError, AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        height, width = inputs.shape[2:]
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise BackboneError(
            "network-rejects-image-size", network=type(net).__name__, height=height, width=width, error=reason
        ) from error
    return found


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Put all modules in eval mode inside the ``with`` statement, and restore each module's mode afterwards."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _pieces(net: nn.Module, calls: dict[str, tuple[int, ...]]) -> list[str]:
    """Return the paths of the pieces: top-level modules; one that contains most layers is replaced by its children."""
    layers = [path for path in calls if any(weight.ndim >= 2 for weight in net.get_submodule(path).parameters(False))]
    held = {path: sum(1 for layer in layers if _within(layer, path)) for path in calls}
    pieces = _called_children(net, "", calls)
    while True:
        large = [path for path in pieces if held[path] > MOST * len(layers) and _called_children(net, path, calls)]
        if not large:
            return pieces
        place = pieces.index(large[0])
        pieces[place : place + 1] = _called_children(net, large[0], calls)


def _called_children(net: nn.Module, path: str, calls: dict[str, tuple[int, ...]]) -> list[str]:
    """Return the paths of the children of ``path`` that are called, in call order.

    A container that is never called itself, such as a ModuleList, is replaced by its called children.
    """
    found = []
    for name, child in net.get_submodule(path).named_children():
        full = f"{path}.{name}" if path else name
        if full in calls:
            found.append(full)
        elif any(True for _ in child.children()):
            found += _called_children(net, full, calls)
    order = list(calls)
    return sorted(found, key=order.index)


def _within(path: str, parent: str) -> bool:
    return parent == "" or path == parent or path.startswith(parent + ".")


def _group(net: nn.Module, pieces: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    joins = False  # whether a single layer may still be merged into the last group
    leading: list[str] = []
    for path in pieces:
        matrices = sum(1 for parameter in net.get_submodule(path).parameters() if parameter.ndim >= 2)
        if matrices == 0:
            (groups[-1] if groups else leading).append(path)
            joins = joins and not _is_pooling(net, path)
        elif matrices == 1 and joins:
            groups[-1].append(path)
        else:
            groups.append([*leading, path])
            leading, joins = [], matrices == 1
    return groups or [leading]


def _is_pooling(net: nn.Module, path: str) -> bool:
    return any(word in type(net.get_submodule(path)).__name__ for word in POOLING)


def _parameters(net: nn.Module, path: str) -> list[str]:
    return [f"{path}.{name}" for name, _ in net.get_submodule(path).named_parameters()]


def _name(group: Sequence[str]) -> str:
    """Return a block's name from its module paths: ``conv_stem`` for conv_stem, bn1; ``features.0-4`` for a range."""
    first, last = group[0], group[-1]
    stem, _, number = first.rpartition(".")
    other, _, end = last.rpartition(".")
    if len(group) > 1 and stem == other and number.isdigit() and end.isdigit():
        return f"{first}-{end}"
    return first
