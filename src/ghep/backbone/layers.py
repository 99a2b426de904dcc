"""Split text networks into blocks at the boundaries between their layers.

    block 0          everything up to the first layer: the embeddings
    block 1 .. n     the layers; the last block includes what follows it (a final norm, a mix of layers)

Boundary k is the call of layer k (counted from 1), whose first argument is the activation (N, L, H). ``run_at`` records
that argument. ``run_from`` replaces it by a given activation and turns the layers before it into the identity.
Everything else (masks, positions, attention biases) runs as the network's authors wrote it, so no family of networks is
special-cased. Two properties are found by tracing: whether time or batch is the first axis (XLNet), and what a layer
returns in addition to the activation for later layers to use (T5's relative position biases, which the first layer
computes). A network is refused if running it from the last boundary does not reproduce the features of a whole pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import nn

from ghep.backbone.blocks import Block, evaluating
from ghep.data.loading.padded import Padded
from ghep.errors import BackboneError

COMPUTED = "computed by the layer"
Extras: TypeAlias = tuple[int | str | None, ...] | None
"""Source of each value that a layer returns after the activation: an argument of the layer (position or keyword),
COMPUTED, or None if the value is None. ``None`` instead of a tuple: the layer returns the activation alone.
"""


class _ReachedError(Exception):
    """Raised internally to end a forward pass at the last requested boundary."""


@dataclass(frozen=True)
class Layers:
    """The layers of a network and their calling conventions."""

    blocks: tuple[Block, ...]
    paths: tuple[str, ...]
    """Paths of the layers; layer k (from 1) begins at boundary k."""
    time_first: bool
    """Whether layers take (L, N, H)."""
    widths: tuple[int, ...]
    """H at each boundary from 1 to the last layer's."""
    entry: str | None
    """Path of the module whose output is the first layer's input, if there is one."""
    trailing: tuple[int, ...]
    """Shape of one position of the inputs: () for token ids, (C,) for the characters of a word."""
    extras: tuple[Extras, ...] = ()
    """For each layer."""


def find_layers(net: nn.Module, example: Padded) -> Layers:
    """Split ``net`` by tracing it on ``example``: two sequences of any length but two, to distinguish batch and time.

    Raises BackboneError if the network does not run on the example or cannot be split.
    """
    called: dict[str, int] = {}
    names = {module: path for path, module in net.named_modules()}
    with ExitStack() as hooks:
        for module in names:
            hooks.callback(module.register_forward_pre_hook(_counting(called, names)).remove)
        _try_run(net, example)
    listed = list(getattr(net, "layer_paths", ())) or _longest_list(net, called)
    first = {path: place for place, path in enumerate(called)}
    parts: list[list[str]] = [[], *([path] for path in listed)]
    for path in _top(called, listed):
        # A module that is called several times (XLNet's shared dropout) must be frozen with the first block.
        early = first[path] < first[listed[0]] if listed else True
        parts[0 if early or called[path] > 1 else -1].append(path)
    owned = [
        [f"{path}.{name}" for path in part for name, _ in net.get_submodule(path).named_parameters()] for part in parts
    ]
    known = {name for names in owned for name in names}
    owned[0] = [name for name, _ in net.named_parameters() if name not in known] + owned[0]
    widths, time_first, entry, extras = _calling_conventions(net, example, listed, parts[0])
    blocks = tuple(
        Block(_name(place), tuple(part), tuple(names), ())
        for place, (part, names) in enumerate(zip(parts, owned, strict=True))
    )
    layers = Layers(blocks, tuple(listed), time_first, widths, entry, tuple(example.values.shape[2:]), extras)
    _refuse_different_features(net, layers, example)
    return layers


def run_at(net: nn.Module, layers: Layers, inputs: Padded, boundaries: Sequence[int]) -> list[Any]:
    """Return the output of the first k blocks for each k of ``boundaries``: Padded; for the last k, the features."""
    deepest = max(boundaries, default=0)
    found: dict[int, Any] = {0: inputs}

    def note(k: int) -> Callable[[torch.Tensor], None]:
        def look(values: torch.Tensor) -> None:
            found[k] = Padded(_batch_first(layers, values).clone(), inputs.lengths)
            if k == deepest:
                raise _ReachedError

        return look

    with ExitStack() as hooks:
        for k in {*boundaries} - {0, len(layers.blocks)}:
            hooks.enter_context(_before(net, layers, k, note(k)))
        try:
            if deepest:
                found[len(layers.blocks)] = net(inputs)
        except _ReachedError:
            pass
    return [found[k] for k in boundaries]


def run_from(net: nn.Module, layers: Layers, activation: Padded, k: int) -> Any:
    """Return the features given the output of the first ``k`` blocks."""
    if k == 0:
        return net(activation)
    size = (*activation.values.shape[:2], *layers.trailing)
    dummy = torch.zeros(size, dtype=torch.long, device=activation.device)
    values = activation.values.transpose(0, 1) if layers.time_first else activation.values
    with ExitStack() as stack:
        if layers.entry is not None:  # without one, embeddings of the dummy ids are computed and not used
            stack.enter_context(_returning(net.get_submodule(layers.entry), values))
        for path, extras in zip(layers.paths[: k - 1], layers.extras, strict=False):
            stack.enter_context(_skipped(net.get_submodule(path), extras))
        stack.enter_context(_before(net, layers, k, lambda _: values))
        return net(Padded(dummy, activation.lengths))


@contextmanager
def _before(
    net: nn.Module, layers: Layers, k: int, look: Callable[[torch.Tensor], torch.Tensor | None]
) -> Iterator[None]:
    """Inside the ``with`` statement, call ``look`` with the input of layer ``k``.

    If ``look`` returns a tensor, it replaces the input.
    """

    def hook(
        _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        new = look(args[0] if args else kwargs["hidden_states"])
        if new is None:
            return None
        return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

    handle = net.get_submodule(layers.paths[k - 1]).register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _returning(module: nn.Module, values: torch.Tensor) -> Iterator[None]:
    module.forward = lambda *_, **__: values
    try:
        yield
    finally:
        del module.forward


@contextmanager
def _skipped(layer: nn.Module, extras: Extras) -> Iterator[None]:
    """Inside the ``with`` statement, make ``layer`` return its input.

    Other values that the layer returns (``extras``) are computed as usual.
    """
    run = layer.forward

    def identity(*args: Any, **kwargs: Any) -> Any:
        values = args[0] if args else kwargs["hidden_states"]
        if extras is None:
            return values
        given = _by_position_and_keyword(args, kwargs)
        computed = _run_on_first_text(run, args, kwargs) if COMPUTED in extras else ()
        others = (
            computed[place] if one == COMPUTED else None if one is None else given[one]
            for place, one in enumerate(extras, 1)
        )
        return (values, *others)

    layer.forward = identity
    try:
        yield
    finally:
        del layer.forward


def _run_on_first_text(run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the outputs of ``run``, a layer's forward, for the first text of the batch only.

    The caller uses only outputs that are the same for all texts, such as relative position biases.
    """
    count = len(args[0] if args else kwargs["hidden_states"])

    def first(value: Any) -> Any:
        per_text = isinstance(value, torch.Tensor) and value.ndim > 1 and len(value) == count
        return value[:1].clone() if per_text else value  # a layer may work in place

    with torch.no_grad():
        return run(*map(first, args), **{name: first(value) for name, value in kwargs.items()})


def _refuse_different_features(net: nn.Module, layers: Layers, example: Padded) -> None:
    """Raise BackboneError if running from the last boundary does not reproduce the features of a whole pass."""
    if not layers.paths:
        return
    with torch.no_grad(), evaluating(net):
        k = len(layers.paths)
        activation, whole = run_at(net, layers, example, (k, len(layers.blocks)))
        half = run_from(net, layers, activation, k)
    one, other = (part.values if isinstance(part, Padded) else part for part in (half, whole))
    if not torch.allclose(one, other, rtol=1e-3, atol=1e-5, equal_nan=True):
        raise BackboneError("last-layer-not-separable", network=type(net).__name__)


def _batch_first(layers: Layers, values: torch.Tensor) -> torch.Tensor:
    return values.transpose(0, 1) if layers.time_first else values


def _counting(called: dict[str, int], names: dict[nn.Module, str]) -> Callable[..., None]:
    def hook(module: nn.Module, _: object) -> None:
        called[names[module]] = called.get(names[module], 0) + 1

    return hook


def _try_run(net: nn.Module, example: Padded) -> None:
    training = net.training
    try:
        with torch.no_grad():
            net.eval()(example)
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise BackboneError("network-rejects-token-ids", network=type(net).__name__, error=reason) from error
    finally:
        net.train(training)


def _longest_list(net: nn.Module, called: dict[str, int]) -> list[str]:
    """Return the paths of the layers: the members of the largest module list whose members are called once each."""
    lists = []
    for path, module in net.named_modules():
        if isinstance(module, nn.ModuleList):
            members = [f"{path}.{name}" for name, _ in module.named_children()]
            if members and all(called.get(member) == 1 for member in members):
                lists.append((sum(parameter.numel() for parameter in module.parameters()), members))
    return max(lists, default=(0, []))[1]


def _top(called: dict[str, int], listed: Sequence[str]) -> list[str]:
    """Return the topmost called modules that contain none of the layers, in call order."""
    above = {path.rsplit(".", parts)[0] for path in listed for parts in range(1, path.count(".") + 1)} | {""}
    found = []
    for path in called:
        parent = path.rpartition(".")[0]
        open_ = path in above or any(path == layer or path.startswith(f"{layer}.") for layer in listed)
        if not open_ and (parent in above or (parent not in called and not _inside(parent, called, above))):
            found.append(path)
    return found


def _inside(path: str, called: dict[str, int], above: set[str]) -> bool:
    """Whether ``path``, a container that is never called itself (a ModuleList), is inside a module that was called.

    The search upwards ends at the paths in ``above``.
    """
    while path and path not in above:
        if path in called:
            return True
        path = path.rpartition(".")[0]
    return False


def _calling_conventions(
    net: nn.Module, example: Padded, listed: Sequence[str], early: Sequence[str]
) -> tuple[tuple[int, ...], bool, str | None, tuple[Extras, ...]]:
    """Return how the layers ``listed`` are called, found by running ``example``.

    The result: H of each layer's input; whether time is the first axis of the input; which of the ``early`` modules
    outputs the input of the first layer, if any; and ``Extras`` for each layer.
    """
    seen: list[torch.Tensor] = []
    outputs: dict[str, object] = {}
    extras: list[Extras] = []
    if not listed:
        return (), False, None, ()

    def given(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        seen.append(args[0] if args else kwargs["hidden_states"])

    def returned(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        extras.append(None if isinstance(output, torch.Tensor) else _extras(output[1:], args, kwargs))

    with ExitStack() as hooks:
        for path in early:
            hooks.callback(net.get_submodule(path).register_forward_hook(_kept(outputs, path)).remove)
        for layer in map(net.get_submodule, listed):
            hooks.callback(layer.register_forward_pre_hook(given, with_kwargs=True).remove)
            hooks.callback(layer.register_forward_hook(returned, with_kwargs=True).remove)
        _try_run(net, example)
    shape, (count, length) = tuple(seen[0].shape), tuple(example.values.shape[:2])
    if shape[:2] not in ((count, length), (length, count)) or len(shape) != 3:
        raise BackboneError("layers-shape", network=type(net).__name__, shape=shape)
    entry = next((path for path, output in outputs.items() if output is seen[0]), None)
    return tuple(int(values.shape[2]) for values in seen), shape[:2] == (length, count), entry, tuple(extras)


def _extras(others: Sequence[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Extras:
    given = _by_position_and_keyword(args, kwargs)
    found: list[int | str | None] = []
    for other in others:
        passed = next((key for key, value in given.items() if value is other), COMPUTED)
        found.append(None if other is None else passed)
    return tuple(found)


def _by_position_and_keyword(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[int | str, Any]:
    found: dict[int | str, Any] = dict(enumerate(args))
    found.update(kwargs)
    return found


def _kept(outputs: dict[str, object], path: str) -> Callable[..., None]:
    def hook(_: nn.Module, __: object, output: object) -> None:
        outputs[path] = output

    return hook


def _name(place: int) -> str:
    return "embeddings" if place == 0 else f"layer {place}"
