"""The tensors of a model that a stage can change: what checkpoints, averages and copies have to hold.

Frozen blocks are left out: they equal the pretrained backbone, whose fingerprint is part of the run's key. Heads and
adapters are always included, adapters also where their block is frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from ghep.backbone.base import Backbone
from ghep.messages import text_of
from ghep.model.lora import linear_layers, size_of
from ghep.model.targets import matching
from ghep.model.transfer import TransferModel
from ghep.training.stage import Adapters, Stage

State = dict[str, torch.Tensor]


def moving(model: TransferModel, frozen_blocks: int) -> State:
    """Return the live tensors outside the first ``frozen_blocks`` blocks, by their names in a bundle.

    They share memory with the model until ``Precision.apply`` changes its layout; call ``moving`` again after that.
    """
    frozen = {f"backbone.{name}" for index in range(frozen_blocks) for name in model.backbone.block_tensors(index)}
    return {name: tensor.detach() for name, tensor in model.state().items() if name not in frozen}


def copied(tensors: Mapping[str, torch.Tensor]) -> State:
    """Return copies of ``tensors`` by name, which training does not change."""
    return {name: tensor.clone() for name, tensor in tensors.items()}


def put(tensors: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> None:
    """Copy ``state`` into all live ``tensors``; raise KeyError or ValueError if names or shapes do not match."""
    with torch.no_grad():
        for name, tensor in tensors.items():
            if state[name].shape != tensor.shape:  # copy_ would broadcast a single number
                found, expected = tuple(state[name].shape), tuple(tensor.shape)
                raise ValueError(text_of("tensor-shape-differs", name=name, found=str(found), expected=str(expected)))
            tensor.copy_(state[name])


def free_to_move(backbone: Backbone, stages: Sequence[Stage]) -> set[str]:
    """Return the names of the backbone's parameters that any stage may change: in trained blocks or adapted layers."""
    free: set[str] = set()
    for stage in stages:
        if stage.adapters is not None:
            free |= {f"{path}.weight" for path in _adapted(backbone, stage, stage.adapters)}
        else:
            blocks = range(stage.frozen_blocks, len(stage.lrs))
            free |= {name for index in blocks for name in backbone.block_parameters(index)}
    return free


def trained_parameters(model: TransferModel, stages: Sequence[Stage]) -> int:
    """Return the number of parameters that a plan trains: heads, trained blocks and the matrices of adapters."""
    backbone, count = model.backbone, sum(parameter.numel() for parameter in model.heads.parameters())
    trained = free_to_move(backbone, [stage for stage in stages if stage.adapters is None])
    count += sum(backbone.net.get_parameter(name).numel() for name in trained)
    for stage in stages:
        if stage.adapters is not None:
            layers = (backbone.net.get_submodule(path) for path in _adapted(backbone, stage, stage.adapters))
            count += sum(stage.adapters.rank * sum(size_of(layer)) for layer in layers)
    return count


def _adapted(backbone: Backbone, stage: Stage, adapters: Adapters) -> list[str]:
    layers = linear_layers(backbone)[stage.frozen_blocks :]
    return [path for block in matching(layers, adapters.targets, name=backbone.card.name) for path in block]
