"""A backbone with one linear head per task: what training moves and a bundle saves.

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
from ghep.model.lora import adapters_in
from ghep.tasks.base import Task


class TransferModel(nn.Module):
    """``forward``: inputs -> {task name: logits (N, K)}. The first ``frozen_blocks`` blocks do not move."""

    def __init__(self, backbone: Backbone, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.backbone = backbone
        self.tasks = tuple(tasks)
        self.heads = nn.ModuleDict({_key(task.name): zero_head(backbone.feature_dim, task.outputs) for task in tasks})
        self.frozen_blocks = 0
        self.keep_statistics = False

    def forward(self, inputs: torch.Tensor, boundary: int = 0) -> dict[str, torch.Tensor]:
        """(N, 3, H, W), or what the first ``boundary`` blocks made of it -> {task: (N, K)}."""
        return self.from_features(self.backbone.forward_from(inputs, boundary))

    def from_features(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """(N, D) -> {task: (N, K)}; in float32 whatever the backbone ran in."""
        return {task.name: self.head(task.name)(features.float()) for task in self.tasks}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def head(self, task: str) -> nn.Linear:
        """Return the head of ``task``."""
        head = self.heads[_key(task)]
        assert isinstance(head, nn.Linear)
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
            state |= {f"heads.{task.name}.{name}": tensor for name, tensor in self.head(task.name).state_dict().items()}
        return state

    def load_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Copy back what ``state`` returned; raise KeyError for a missing tensor, ValueError for another shape."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                if state[name].shape != tensor.shape:  # copy_ would stretch a single number over all
                    raise ValueError(f"{name} is {tuple(state[name].shape)} and should be {tuple(tensor.shape)}")
                tensor.copy_(state[name])


def laid_out(inputs: torch.Tensor, memory_format: torch.memory_format) -> torch.Tensor:
    """Lay ``inputs`` out in memory; only maps (N, C, H, W) have a choice. Values do not change."""
    return inputs.contiguous(memory_format=memory_format if inputs.ndim == 4 else torch.contiguous_format)


def zero_head(feature_dim: int, outputs: int) -> nn.Linear:
    """Return a linear layer of zeros (D -> K)."""
    head = nn.Linear(feature_dim, outputs)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


def _key(task: str) -> str:
    """Module names may not hold dots; column names may."""
    return "task_" + task.replace("%", "%25").replace(".", "%2E")
