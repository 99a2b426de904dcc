"""The first blocks of a backbone as a backbone of its own: the features of an earlier block, pooled.

In: a backbone and a boundary. Out: a ``Backbone`` with a network of its own, an architecture that records what is left,
and the same preprocessing. It is trained, saved, loaded, exported and explained like any other backbone.

For image networks the modules after the boundary are replaced by ``Passing``, which returns its input, except those
without weights, such as pooling: so the network's own ``forward`` pools the activation at the boundary, and no family
of networks is special-cased. Where that gives no features (N, D), the boundary is refused. For transformers of texts
the config says how many layers there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ghep.backbone.architecture import LEADING, Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone
from ghep.backbone.bounded import built_within
from ghep.errors import BackboneError, ConfigError
from ghep.messages import text_of

AUTO = "auto"
TRIED = (0.5, 0.7, 0.85)
"""Positions of the boundaries that ``middle`` returns, as shares of the number of blocks."""
LAYERS = "num_hidden_layers"
"""transformers' name for the number of layers, which the configs of some kinds map to a name of their own."""


class Passing(nn.Module):
    """Stands for a module after the last block that is used; returns its first argument."""

    def forward(self, inputs: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Return ``inputs`` unchanged."""
        return inputs


def leading(backbone: Backbone, boundary: int) -> Backbone:
    """Return the first ``boundary`` blocks of ``backbone`` as a backbone; at the last boundary, ``backbone`` itself.

    Raises BackboneError if the network gives no features (N, D) there, and ConfigError for a network of another kind
    than images' and transformers.
    """
    blocks = backbone.blocks()
    if boundary == len(blocks):
        return backbone
    state = backbone.net.state_dict()
    architecture = _architecture(backbone, boundary)
    removed = set(architecture.arguments.get("replaced", ()))
    kept = {name: tensor for name, tensor in state.items() if not any(_within(name, path) for path in removed)}
    try:
        # A bundle of it is refused when loaded if the whole network is much larger than its weights.
        with built_within(kept, architecture.arguments, error=BackboneError):
            net = architecture.build()
        wanted = net.state_dict()
        net.load_state_dict({name: state[name] for name in wanted})
        details = {**backbone.card.details, "features_of": blocks[boundary - 1].name}
        found = assemble(
            net,
            architecture=architecture,
            preprocess=backbone.preprocess,
            card=replace(backbone.card, details=details),
            findings=backbone.findings,
        )
    except (AttributeError, BackboneError, KeyError, RuntimeError, TypeError, ValueError) as error:
        cause = error.cause if isinstance(error, BackboneError) else (str(error).splitlines() or [""])[0][:200]
        raise _refused(backbone, boundary, cause) from error
    return found.to(next(backbone.parameters()).device)


def boundary_named(backbone: Backbone, name: str) -> int:
    """Return the boundary after the block ``name``: its name, or its number from 1; raise ConfigError for others."""
    names = [block.name for block in backbone.blocks()]
    if name in names:
        return names.index(name) + 1
    if name.strip().isdigit() and 1 <= int(name) <= len(names):
        return int(name)
    raise ConfigError("boundary-unknown", name=backbone.card.name, block=name, blocks=names, last=len(names))


def middle(backbone: Backbone) -> tuple[int, ...]:
    """Return the boundaries of a few middle blocks, input side first; ``leading`` may refuse them."""
    last = len(backbone.blocks())
    return tuple(sorted({round(last * share) for share in TRIED} - {0, last}))


def last_block(backbone: Backbone) -> str:
    """Return the name of the block whose features ``backbone`` gives, in the whole network."""
    return str(backbone.card.details.get("features_of") or backbone.blocks()[-1].name)


def build(_: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Return the network ``of`` with the modules at the paths ``replaced`` replaced by ``Passing``."""
    of = Architecture.from_json(arguments["of"])
    if of.builder == LEADING:
        raise ValueError(text_of("boundary-nested"))
    net = of.build(seed=torch.initial_seed())
    for path in arguments["replaced"]:
        net.set_submodule(str(path), Passing())
    return net


def _architecture(backbone: Backbone, boundary: int) -> Architecture:
    architecture = backbone.architecture
    if backbone.blocks()[0].shapes:
        paths = _to_replace(backbone, boundary)
        of, before = architecture.to_json(), []
        if architecture.builder == LEADING:
            of, before = architecture.arguments["of"], list(architecture.arguments["replaced"])
            paths = [path for path in paths if not any(_within(path, one) for one in before)]
        return Architecture(LEADING, architecture.name, {"of": of, "replaced": [*before, *paths]})
    model = getattr(backbone.net, "model", None)
    config = getattr(model, "config", None)
    layers = boundary - 1  # the first block is the embeddings
    if architecture.builder != "transformers" or config is None or not hasattr(config, LAYERS):
        raise ConfigError("boundary-of-other-network", name=backbone.card.name)
    if layers < 1:
        raise _refused(backbone, boundary, text_of("boundary-only-embeddings"))
    key = getattr(config, "attribute_map", {}).get(LAYERS, LAYERS)
    arguments = architecture.arguments
    return replace(architecture, arguments={**arguments, "config": {**arguments["config"], key: layers}})


def _to_replace(backbone: Backbone, boundary: int) -> list[str]:
    """Return the paths of the modules with weights after ``boundary``.

    Of a module that pools and has weights as well (a norm after pooling), only the layers with weights are replaced.
    """
    found: list[str] = []
    before: Sequence[int] = backbone.blocks()[boundary - 1].shapes[-1]
    for block in backbone.blocks()[boundary:]:
        for path, shape in zip(block.modules, block.shapes, strict=True):
            module = backbone.net.get_submodule(path)
            if any(True for _ in (*module.parameters(), *module.buffers())):
                pools = len(shape) == 1 and len(before) > 1
                found += _layers_in(module, path) if pools else [path]
            before = shape
    return found


def _layers_in(module: nn.Module, path: str) -> list[str]:
    """Return the paths of the modules in ``module`` that have weights of their own."""
    return [
        f"{path}.{name}" if name else path
        for name, one in module.named_modules()
        if any(True for _ in (*one.parameters(recurse=False), *one.buffers(recurse=False)))
    ]


def _within(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _refused(backbone: Backbone, boundary: int, cause: str) -> BackboneError:
    names = [block.name for block in backbone.blocks()]
    others = [name for index, name in enumerate(names) if index != boundary - 1]
    return BackboneError(
        "boundary-not-possible", name=backbone.card.name, block=names[boundary - 1], cause=cause, blocks=others
    )
