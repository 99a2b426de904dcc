"""The tensors of a model that can move: everything that checkpoints, averages and copies have to hold.

Frozen blocks are left out: they are the backbone's, whose fingerprint names the run. Heads always move.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from ghep.model.transfer import TransferModel

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
