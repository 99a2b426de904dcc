"""The tensors of a model that can move: everything that checkpoints, averages and copies have to hold.

Frozen blocks are left out: they are the backbone's, whose fingerprint names the run. Heads always move. So do adapters
while there are any: they belong to no block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from ghep.backbone.base import Backbone
from ghep.model.lora import linear_layers, size_of
from ghep.model.targets import matching
from ghep.model.transfer import TransferModel
from ghep.training.stage import Adapters, Stage

State = dict[str, torch.Tensor]


def moving(model: TransferModel, frozen_blocks: int) -> State:
    """Return the live tensors, by their names in a bundle, outside of the first ``frozen_blocks`` blocks.

    They share memory with the model until its layout is changed (``Precision.apply``): ask again after that.
    """
    still = {f"backbone.{name}" for index in range(frozen_blocks) for name in model.backbone.block_tensors(index)}
    return {name: tensor.detach() for name, tensor in model.state().items() if name not in still}


def copied(tensors: Mapping[str, torch.Tensor]) -> State:
    """Return copies that no step changes."""
    return {name: tensor.clone() for name, tensor in tensors.items()}


def put(tensors: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> None:
    """Copy ``state`` into live ``tensors``, every one of them; raise KeyError or ValueError if they do not match."""
    with torch.no_grad():
        for name, tensor in tensors.items():
            if state[name].shape != tensor.shape:  # copy_ would stretch a single number over all
                raise ValueError(f"{name} is {tuple(state[name].shape)} and should be {tuple(tensor.shape)}")
            tensor.copy_(state[name])


def free_to_move(backbone: Backbone, stages: Sequence[Stage]) -> set[str]:
    """Return the names of the backbone's parameters that some stage may change: of thawed blocks, of adapted layers."""
    free: set[str] = set()
    for stage in stages:
        if stage.adapters is not None:
            free |= {f"{path}.weight" for path in _adapted(backbone, stage, stage.adapters)}
        else:
            blocks = range(stage.frozen_blocks, len(stage.lrs))
            free |= {name for index in blocks for name in backbone.block_parameters(index)}
    return free


def trained_parameters(model: TransferModel, stages: Sequence[Stage]) -> int:
    """Return how many numbers a plan trains: heads, thawed blocks, and the matrices of adapters."""
    backbone, counted = model.backbone, sum(parameter.numel() for parameter in model.heads.parameters())
    thawed = free_to_move(backbone, [stage for stage in stages if stage.adapters is None])
    counted += sum(backbone.net.get_parameter(name).numel() for name in thawed)
    for stage in stages:
        if stage.adapters is not None:
            layers = (backbone.net.get_submodule(path) for path in _adapted(backbone, stage, stage.adapters))
            counted += sum(stage.adapters.rank * sum(size_of(layer)) for layer in layers)
    return counted


def _adapted(backbone: Backbone, stage: Stage, adapters: Adapters) -> list[str]:
    layers = linear_layers(backbone)[stage.frozen_blocks :]
    return [path for block in matching(layers, adapters.targets, name=backbone.card.name) for path in block]
