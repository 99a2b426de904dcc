"""Text networks as blocks: what comes before a list of layers, the layers, and what comes after them.

    block 0          everything up to the first layer: the embeddings
    block 1 .. n     the layers; the last one takes what follows it along (a final norm, a mix of layers)

A boundary k lies where layer k (counted from 1) is about to be called: its first argument is the activation (N, L, H).
``run_at`` notes that argument, ``run_from`` puts a stored one in its place and lets the layers before it pass on
whatever they are given. Everything else a network does - masks, positions, biases of attention - happens as its authors
wrote it, so no family of networks has to be known here, but for two things that are found by watching: whether time or
batch comes first (XLNet), and what a layer returns beside the activation for later ones to use (T5's biases by
distance, which the first layer makes). A network whose second half then still gives other features is refused.
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

MADE = "made by the layer"
Beside: TypeAlias = tuple[int | str | None, ...] | None
"""What a layer returns behind the activation, one by one: an argument it was given (its place or name), MADE, or None;
None alone: it returns the activation, and no tuple."""


class _ReachedError(Exception):
    """Ends a forward pass that has gone far enough."""


@dataclass(frozen=True)
class Layers:
    """A network's list of layers, and how they take what they work on."""

    blocks: tuple[Block, ...]
    paths: tuple[str, ...]
    """Of the layers; layer k of them (from 1) begins at boundary k."""
    time_first: bool
    """Layers take (L, N, H)."""
    widths: tuple[int, ...]
    """H at each boundary from 1 to the last layer's."""
    entry: str | None
    """The module whose output is what the first layer is given, where there is one."""
    trailing: tuple[int, ...]
    """Shape of one position of the inputs: () for ids, (C,) for letters of words."""
    beside: tuple[Beside, ...] = ()
    """Of each layer."""


def find_layers(net: nn.Module, example: Padded) -> Layers:
    """Split ``net`` by watching it run on ``example``: two sequences of other than two positions."""
    called: dict[str, int] = {}
    names = {module: path for path, module in net.named_modules()}
    with ExitStack() as hooks:
        for module in names:
            hooks.callback(module.register_forward_pre_hook(_counting(called, names)).remove)
        _quietly(net, example)
    listed = list(getattr(net, "layer_paths", ())) or _longest_list(net, called)
    first = {path: place for place, path in enumerate(called)}
    parts: list[list[str]] = [[], *([path] for path in listed)]
    for path in _top(called, listed):
        # What is called several times (XLNet's one dropout) has to stand still as soon as anything does.
        early = first[path] < first[listed[0]] if listed else True
        parts[0 if early or called[path] > 1 else -1].append(path)
    owned = [
        [f"{path}.{name}" for path in part for name, _ in net.get_submodule(path).named_parameters()] for part in parts
    ]
    known = {name for names in owned for name in names}
    owned[0] = [name for name, _ in net.named_parameters() if name not in known] + owned[0]
    widths, time_first, entry, beside = _carried(net, example, listed, parts[0])
    blocks = tuple(
        Block(_name(place), tuple(part), tuple(names), ())
        for place, (part, names) in enumerate(zip(parts, owned, strict=True))
    )
    layers = Layers(blocks, tuple(listed), time_first, widths, entry, tuple(example.values.shape[2:]), beside)
    _refuse_other_halves(net, layers, example)
    return layers


def run_at(net: nn.Module, layers: Layers, inputs: Padded, boundaries: Sequence[int]) -> list[Any]:
    """Return what the first k blocks put out for each k of ``boundaries``: Padded, after all of them the features."""
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
        if layers.entry is not None:  # where there is none, the embeddings of nothing are computed and not used
            stack.enter_context(_answering(net.get_submodule(layers.entry), values))
        for path, beside in zip(layers.paths[: k - 1], layers.beside, strict=False):
            stack.enter_context(_skipped(net.get_submodule(path), beside))
        stack.enter_context(_before(net, layers, k, lambda _: values))
        return net(Padded(dummy, activation.lengths))


@contextmanager
def _before(
    net: nn.Module, layers: Layers, k: int, look: Callable[[torch.Tensor], torch.Tensor | None]
) -> Iterator[None]:
    """Have ``look`` see the activation that layer ``k`` is given; what it returns takes its place."""

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
def _answering(module: nn.Module, values: torch.Tensor) -> Iterator[None]:
    module.forward = lambda *_, **__: values
    try:
        yield
    finally:
        del module.forward


@contextmanager
def _skipped(layer: nn.Module, beside: Beside) -> Iterator[None]:
    """Have ``layer`` pass on what it is given, in whatever form its callers read, and make what it makes for others."""
    run = layer.forward

    def passing(*args: Any, **kwargs: Any) -> Any:
        values = args[0] if args else kwargs["hidden_states"]
        if beside is None:
            return values
        given = _by_place_and_name(args, kwargs)
        made = _of_one_text(run, args, kwargs) if MADE in beside else ()
        others = (
            made[place] if one == MADE else None if one is None else given[one] for place, one in enumerate(beside, 1)
        )
        return (values, *others)

    layer.forward = passing
    try:
        yield
    finally:
        del layer.forward


def _of_one_text(run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what ``run`` makes of the first text: what holds for all of them hangs on the length alone."""
    count = len(args[0] if args else kwargs["hidden_states"])

    def first(value: Any) -> Any:
        per_text = isinstance(value, torch.Tensor) and value.ndim > 1 and len(value) == count
        return value[:1].clone() if per_text else value  # a layer may overwrite what it is given

    with torch.no_grad():
        return run(*map(first, args), **{name: first(value) for name, value in kwargs.items()})


def _refuse_other_halves(net: nn.Module, layers: Layers, example: Padded) -> None:
    """Raise BackboneError if what stands before the last layer does not decide the features as it should."""
    if not layers.paths:
        return
    with torch.no_grad(), evaluating(net):
        k = len(layers.paths)
        activation, whole = run_at(net, layers, example, (k, len(layers.blocks)))
        half = run_from(net, layers, activation, k)
    one, other = (part.values if isinstance(part, Padded) else part for part in (half, whole))
    if not torch.allclose(one, other, rtol=1e-3, atol=1e-5, equal_nan=True):
        raise BackboneError(
            f"the last layer of {type(net).__name__} needs more than the one before it puts out",
            remedy="use another backbone: this one cannot be split into blocks",
        )


def _batch_first(layers: Layers, values: torch.Tensor) -> torch.Tensor:
    return values.transpose(0, 1) if layers.time_first else values


def _counting(called: dict[str, int], names: dict[nn.Module, str]) -> Callable[..., None]:
    def hook(module: nn.Module, _: object) -> None:
        called[names[module]] = called.get(names[module], 0) + 1

    return hook


def _quietly(net: nn.Module, example: Padded) -> None:
    training = net.training
    try:
        with torch.no_grad():
            net.eval()(example)
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise BackboneError(
            f"{type(net).__name__} cannot run on token ids: {reason}", remedy="check its config.json"
        ) from error
    finally:
        net.train(training)


def _longest_list(net: nn.Module, called: dict[str, int]) -> list[str]:
    """Return the paths of the layers: the module list, called once each, that holds most parameters."""
    lists = []
    for path, module in net.named_modules():
        if isinstance(module, nn.ModuleList):
            members = [f"{path}.{name}" for name, _ in module.named_children()]
            if members and all(called.get(member) == 1 for member in members):
                lists.append((sum(parameter.numel() for parameter in module.parameters()), members))
    return max(lists, default=(0, []))[1]


def _top(called: dict[str, int], listed: Sequence[str]) -> list[str]:
    """Return the called modules on the highest level that holds none of the layers, in the order of their calls."""
    above = {path.rsplit(".", parts)[0] for path in listed for parts in range(1, path.count(".") + 1)} | {""}
    found = []
    for path in called:
        parent = path.rpartition(".")[0]
        open_ = path in above or any(path == layer or path.startswith(f"{layer}.") for layer in listed)
        if not open_ and (parent in above or (parent not in called and not _inside(parent, called, above))):
            found.append(path)
    return found


def _inside(path: str, called: dict[str, int], above: set[str]) -> bool:
    """Whether ``path``, never called itself (a list), lies in a module that was."""
    while path and path not in above:
        if path in called:
            return True
        path = path.rpartition(".")[0]
    return False


def _carried(
    net: nn.Module, example: Padded, listed: Sequence[str], early: Sequence[str]
) -> tuple[tuple[int, ...], bool, str | None, tuple[Beside, ...]]:
    """Return H of what each layer is given, whether time comes first, which of the ``early`` modules put it out, and
    what each layer returns beside it.
    """
    seen: list[torch.Tensor] = []
    outputs: dict[str, object] = {}
    beside: list[Beside] = []
    if not listed:
        return (), False, None, ()

    def given(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        seen.append(args[0] if args else kwargs["hidden_states"])

    def returned(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        beside.append(None if isinstance(output, torch.Tensor) else _beside(output[1:], args, kwargs))

    with ExitStack() as hooks:
        for path in early:
            hooks.callback(net.get_submodule(path).register_forward_hook(_kept(outputs, path)).remove)
        for layer in map(net.get_submodule, listed):
            hooks.callback(layer.register_forward_pre_hook(given, with_kwargs=True).remove)
            hooks.callback(layer.register_forward_hook(returned, with_kwargs=True).remove)
        _quietly(net, example)
    shape, (count, length) = tuple(seen[0].shape), tuple(example.values.shape[:2])
    if shape[:2] not in ((count, length), (length, count)) or len(shape) != 3:
        raise BackboneError(
            f"the layers of {type(net).__name__} work on {shape}, not on (batch, tokens, features)",
            remedy="use another backbone: this one cannot be split into blocks",
        )
    entry = next((path for path, output in outputs.items() if output is seen[0]), None)
    return tuple(int(values.shape[2]) for values in seen), shape[:2] == (length, count), entry, tuple(beside)


def _beside(others: Sequence[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Beside:
    given = _by_place_and_name(args, kwargs)
    found: list[int | str | None] = []
    for other in others:
        passed = next((key for key, value in given.items() if value is other), MADE)
        found.append(None if other is None else passed)
    return tuple(found)


def _by_place_and_name(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[int | str, Any]:
    found: dict[int | str, Any] = dict(enumerate(args))
    found.update(kwargs)
    return found


def _kept(outputs: dict[str, object], path: str) -> Callable[..., None]:
    def hook(_: nn.Module, __: object, output: object) -> None:
        outputs[path] = output

    return hook


def _name(place: int) -> str:
    return "embeddings" if place == 0 else f"layer {place}"
