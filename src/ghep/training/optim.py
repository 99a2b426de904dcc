"""Optimiser and learning-rate schedule of a stage, with one parameter group per block and kind of parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import cos, pi

import torch
from torch import nn

from ghep.errors import BrokenPromise, ConfigError
from ghep.model.lora import adapter_parameters
from ghep.model.transfer import TransferModel
from ghep.training.stage import OptimSettings, Stage

RATIO = 32
"""Highest divided by lowest learning rate of the slanted triangular schedule, as in Howard and Ruder 2018."""


@dataclass(frozen=True)
class ParamGroup:
    """Parameters with one learning rate and weight decay. A parameter in no group is frozen."""

    name: str
    params: tuple[nn.Parameter, ...]
    lr: float
    weight_decay: float


def groups_of(model: TransferModel, stage: Stage) -> list[ParamGroup]:
    """Return the parameter groups of ``stage``.

    Raises ConfigError for a wrong number of rates, BrokenPromise if the groups do not hold exactly the parameters that
    require gradients.
    """
    blocks = model.backbone.blocks()
    if len(stage.lrs) != len(blocks):
        raise ConfigError("rates-do-not-match-blocks", rates=len(stage.lrs), blocks=len(blocks))
    groups: list[ParamGroup] = []
    # L2-SP takes the place of weight decay on pretrained weights: zero is not where they come from.
    decay = 0.0 if stage.keep is not None and stage.keep.method == "l2sp" else stage.optim.weight_decay
    for index, lr in enumerate(stage.lrs):
        if lr > 0:
            groups += _split(blocks[index].name, _trained_in(model, stage, index), lr, decay)
    groups += _split("head", model.heads.parameters(), stage.head_lr, stage.optim.weight_decay)
    grouped = {id(parameter) for group in groups for parameter in group.params}
    movable = {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
    if grouped != movable:
        raise BrokenPromise("groups-do-not-match-gradients", count=len(grouped ^ movable))
    return groups


def build_optimizer(groups: list[ParamGroup], settings: OptimSettings) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101) or SGD with Nesterov momentum over ``groups``.

    AdamW is ``fused``: one kernel per tensor, which reads parameter, gradient and moments in memory order and ignores
    strides. Its state may therefore only be restored with ``load_slots``.
    """
    table = [
        {"params": list(group.params), "lr": group.lr, "initial_lr": group.lr, "weight_decay": group.weight_decay}
        for group in groups
    ]
    if settings.name == "sgd":
        return torch.optim.SGD(table, momentum=settings.momentum, nesterov=settings.momentum > 0)
    return torch.optim.AdamW(table, betas=(0.9, settings.beta2), fused=True)


def load_slots(optimizer: torch.optim.Optimizer, slots: Mapping[int, Mapping[str, torch.Tensor]]) -> None:
    """Load copies of ``slots`` (parameter index -> name -> tensor), each in the memory layout of its parameter."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state = {
        index: {key: _laid_out_as(parameters[index], value) for key, value in values.items()}
        for index, values in slots.items()
    }
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _laid_out_as(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value.clone()


def rate_factor(progress: float, settings: OptimSettings) -> float:
    """Return the factor of every learning rate at ``progress`` (0 to 1 of the stage).

    ``triangular`` is the slanted triangle of Howard and Ruder 2018 (arXiv:1801.06146, section 3.3): the rate rises
    linearly from ``1 / RATIO`` of its peak to the peak and falls back linearly; ``warmup`` is the paper's cut_frac.
    """
    rises = progress < settings.warmup
    done = min(1.0, (progress - settings.warmup) / max(1e-12, 1 - settings.warmup))
    if settings.schedule == "triangular":
        height = progress / settings.warmup if rises else 1 - done
        return (1 + height * (RATIO - 1)) / RATIO
    if rises:
        return progress / settings.warmup
    return 1.0 if settings.schedule == "constant" else 0.5 * (1 + cos(pi * done))


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set the rate of every group to its peak rate times ``factor``."""
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * factor


def _trained_in(model: TransferModel, stage: Stage, index: int) -> list[nn.Parameter]:
    """Return the parameters of block ``index`` that are trained: its own, or its adapters if the stage has any."""
    if stage.adapters is not None:
        return adapter_parameters(model.backbone, index)
    return list(model.backbone.block_parameters(index).values())


def _split(name: str, parameters: object, lr: float, weight_decay: float) -> Iterator[ParamGroup]:
    """Yield a group of matrices with weight decay, and one of vectors (norms, biases) without."""
    every = list(parameters)  # type: ignore[call-overload]
    matrices = tuple(parameter for parameter in every if parameter.ndim >= 2)
    vectors = tuple(parameter for parameter in every if parameter.ndim < 2)
    if matrices:
        yield ParamGroup(name, matrices, lr, weight_decay)
    if vectors:
        yield ParamGroup(f"{name}, norms and biases", vectors, lr, 0.0)
