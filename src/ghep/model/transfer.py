"""A backbone with one head per task, mostly a linear layer: what training moves and a bundle saves.

Heads start at zero. A head drawn at random (timm draws from +-1/sqrt(K), which for two classes means logits of several
units) begins with a loss far above log K, and its gradients wreck the backbone before the head has learnt anything; a
zero head begins at exactly log K and passes no gradient down in its first step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.backbone.base import Backbone
from ghep.data.loading.padded import Inputs
from ghep.errors import ConfigError
from ghep.model.lora import adapters_in
from ghep.tasks.base import Task


class TransferModel(nn.Module):
    """``forward``: inputs -> {task name: logits (N, K)}. The first ``frozen_blocks`` blocks do not move."""

    def __init__(self, backbone: Backbone, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.backbone = backbone
        self.tasks = tuple(tasks)
        self.heads = nn.ModuleDict({_key(task.name): backbone.head_for(task) for task in tasks})
        self.frozen_blocks = 0
        self.keep_statistics = False

    def forward(self, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Inputs, or what the first ``boundary`` blocks made of them -> {task: (N, K)}."""
        return self.from_features(self.backbone.forward_from(inputs, boundary))

    def from_features(self, features: Inputs) -> dict[str, torch.Tensor]:
        """(N, D) -> {task: (N, K)}; in float32 whatever the backbone ran in."""
        return {task.name: self.heads[_key(task.name)](features.float()) for task in self.tasks}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def head(self, task: str) -> nn.Linear:
        """Return the linear head of ``task``; raise ConfigError if it is of another kind."""
        head = self.heads[_key(task)]
        if not isinstance(head, nn.Linear):
            raise ConfigError(
                f"the head of {task} is a {type(head).__name__}: there is no linear head to solve",
                remedy="choose light, full or lora for this backbone",
            )
        return head

    def freeze(self, blocks: int, *, keep_statistics: bool = False) -> None:
        """Freeze the first ``blocks`` blocks and thaw the rest, the heads included.

        With ``keep_statistics`` BatchNorm in thawed blocks normalises by the statistics it came with and leaves them as
        they are; its scale and shift are trained.
        """
        self.frozen_blocks, self.keep_statistics = blocks, keep_statistics
        for index in range(len(self.backbone.blocks())):
            for parameter in self.backbone.block_parameters(index).values():
                parameter.requires_grad_(index >= blocks)
        self.heads.requires_grad_(True)
        self.train(self.training)

    def train(self, mode: bool = True) -> TransferModel:
        """Set the mode; frozen blocks stay in eval mode, so that BatchNorm and dropout in them stand still too.

        Adapters in them are no part of what is frozen.
        """
        super().train(mode)
        for index in range(self.frozen_blocks):
            for module in self.backbone.block_modules(index):
                module.eval()
        for adapter in adapters_in(self.backbone).values():
            adapter.train(mode)
        if self.keep_statistics:
            for module in self.backbone.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def state(self) -> dict[str, torch.Tensor]:
        """Return every tensor by its name in a bundle: ``backbone.*`` and ``heads.<task>.*``."""
        state = {f"backbone.{name}": tensor for name, tensor in self.backbone.net.state_dict().items()}
        for task in self.tasks:
            head = self.heads[_key(task.name)].state_dict()
            state |= {f"heads.{task.name}.{name}": tensor for name, tensor in head.items()}
        return state

    def load_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Copy back what ``state`` returned; raise KeyError for a missing tensor, ValueError for another shape."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                if state[name].shape != tensor.shape:  # copy_ would stretch a single number over all
                    raise ValueError(f"{name} is {tuple(state[name].shape)} and should be {tuple(tensor.shape)}")
                tensor.copy_(state[name])


def _key(task: str) -> str:
    """Module names may not hold dots; column names may."""
    return "task_" + task.replace("%", "%25").replace(".", "%2E")
