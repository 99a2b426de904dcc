"""Optimisers from a stage: one group per block and kind of parameter, rates by schedule."""

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
"""The peak of the slanted triangle over its ends (there, too)."""


@dataclass(frozen=True)
class ParamGroup:
    """Parameters that move alike. A parameter that is in no group is frozen."""

    name: str
    params: tuple[nn.Parameter, ...]
    lr: float
    weight_decay: float


def groups_of(model: TransferModel, stage: Stage) -> list[ParamGroup]:
    """Return the groups of ``stage``; raise BrokenPromise unless they are just those that require grad."""
    blocks = model.backbone.blocks()
    if len(stage.lrs) != len(blocks):
        raise ConfigError(
            f"the stage has {len(stage.lrs)} learning rates for {len(blocks)} blocks", remedy="give one rate per block"
        )
    groups: list[ParamGroup] = []
    for index, lr in enumerate(stage.lrs):
        if lr > 0:
            groups += _split(blocks[index].name, _moving_in(model, stage, index), lr, stage.optim.weight_decay)
    groups += _split("head", model.heads.parameters(), stage.head_lr, stage.optim.weight_decay)
    grouped = {id(parameter) for group in groups for parameter in group.params}
    movable = {id(parameter) for parameter in model.parameters() if parameter.requires_grad}
    if grouped != movable:
        raise BrokenPromise(
            f"{len(grouped ^ movable)} parameters are thawed without a rate or have a rate but are frozen"
        )
    return groups


def build_optimizer(groups: list[ParamGroup], settings: OptimSettings) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101) or SGD with Nesterov momentum over ``groups``.

    AdamW's step is one kernel per tensor (``fused``). It reads parameter, gradient and moments in the order they lie in
    memory and does not look at strides: whatever is put back into its state has to go through ``load_slots``.
    """
    table = [
        {"params": list(group.params), "lr": group.lr, "initial_lr": group.lr, "weight_decay": group.weight_decay}
        for group in groups
    ]
    if settings.name == "sgd":
        return torch.optim.SGD(table, momentum=settings.momentum, nesterov=settings.momentum > 0)
    return torch.optim.AdamW(table, fused=True)


def load_slots(optimizer: torch.optim.Optimizer, slots: Mapping[int, Mapping[str, torch.Tensor]]) -> None:
    """Give the optimiser copies of ``slots`` (parameter index -> name -> tensor), each laid out as its parameter is."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state = {
        index: {key: _laid_out_as(parameters[index], value) for key, value in values.items()}
        for index, values in slots.items()
    }
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _laid_out_as(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value.clone()


def rate_factor(progress: float, settings: OptimSettings) -> float:
    """Return what every rate is multiplied by at ``progress`` (0 to 1 of the stage).

    ``triangular`` is the slanted triangle of Howard and Ruder 2018 (arXiv:1801.06146, section 3.3): up and down in
    straight lines, from ``1 / RATIO`` of the peak and back to it; ``warmup`` is their cut_frac.
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
    """Set every group's rate to its own peak times ``factor``."""
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * factor


def _moving_in(model: TransferModel, stage: Stage, index: int) -> list[nn.Parameter]:
    """What of block ``index`` has its rate: the parameters it came with, or the adapters in it."""
    if stage.adapters is not None:
        return adapter_parameters(model.backbone, index)
    return list(model.backbone.block_parameters(index).values())


def _split(name: str, parameters: object, lr: float, weight_decay: float) -> Iterator[ParamGroup]:
    """Matrices with decay, vectors (norms, biases) without."""
    every = list(parameters)  # type: ignore[call-overload]
    matrices = tuple(parameter for parameter in every if parameter.ndim >= 2)
    vectors = tuple(parameter for parameter in every if parameter.ndim < 2)
    if matrices:
        yield ParamGroup(name, matrices, lr, weight_decay)
    if vectors:
        yield ParamGroup(f"{name}, norms and biases", vectors, lr, 0.0)
