"""The transfer model: a backbone with one head per task, usually linear. Training updates it; a bundle saves it.

Heads are initialised with zeros, so the loss for K classes starts at exactly log K, and the first step passes no
gradient to the backbone. A random head (timm draws from +-1/sqrt(K), which gives logits of several units for two
classes) starts with a much larger loss, and its gradients damage the backbone before the head has learnt anything.
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
from ghep.model.memory import RowsAtOnce
from ghep.tasks.base import Task


class TransferModel(nn.Module):
    """A backbone with heads; ``forward``: inputs -> {task: logits (N, K)}. The first ``frozen_blocks`` are frozen."""

    def __init__(self, backbone: Backbone, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.backbone = backbone
        self.tasks = tuple(tasks)
        self.heads = nn.ModuleDict({_key(task.name): backbone.head_for(task) for task in tasks})
        self.frozen_blocks = 0
        self.keep_statistics = False
        self.at_once = RowsAtOnce()
        """How many rows fit into the memory of the device in passes without gradients."""

    def forward(self, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Return {task: logits (N, K)} from inputs, or from their activation at ``boundary``."""
        return self.from_features(self.backbone.forward_from(inputs, boundary))

    def from_features(self, features: Inputs) -> dict[str, torch.Tensor]:
        """Return {task: logits (N, K)} from features (N, D), in float32 regardless of the backbone's dtype."""
        return {task.name: self.heads[_key(task.name)](features.float()) for task in self.tasks}

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.parameters()).device

    def head(self, task: str) -> nn.Linear:
        """Return the linear head of ``task``; raise ConfigError if its head is not linear."""
        head = self.heads[_key(task)]
        if not isinstance(head, nn.Linear):
            raise ConfigError("head-not-linear", task=task, kind=type(head).__name__)
        return head

    def freeze(self, blocks: int, *, keep_statistics: bool = False) -> None:
        """Freeze the first ``blocks`` blocks and unfreeze the rest, including the heads.

        With ``keep_statistics``, BatchNorm layers in unfrozen blocks use their pretrained statistics without updating
        them; only their scale and shift are trained.
        """
        self.frozen_blocks, self.keep_statistics = blocks, keep_statistics
        for index in range(len(self.backbone.blocks())):
            for parameter in self.backbone.block_parameters(index).values():
                parameter.requires_grad_(index >= blocks)
        self.heads.requires_grad_(True)
        self.train(self.training)

    def train(self, mode: bool = True) -> TransferModel:
        """Set the mode; frozen blocks stay in eval mode, so that their BatchNorm and dropout are frozen too.

        Adapters in frozen blocks follow ``mode``.
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
        """Return all tensors by their names in a bundle: ``backbone.*`` and ``heads.<task>.*``."""
        state = {f"backbone.{name}": tensor for name, tensor in self.backbone.net.state_dict().items()}
        for task in self.tasks:
            head = self.heads[_key(task.name)].state_dict()
            state |= {f"heads.{task.name}.{name}": tensor for name, tensor in head.items()}
        return state

    def load_state(self, state: Mapping[str, torch.Tensor]) -> None:
        """Copy the tensors that ``state()`` returned into the model.

        Raises KeyError for a missing tensor and ValueError for another shape.
        """
        with torch.no_grad():
            for name, tensor in self.state().items():
                if state[name].shape != tensor.shape:  # copy_ would broadcast a single value
                    raise ValueError(f"{name} is {tuple(state[name].shape)}, expected {tuple(tensor.shape)}")
                tensor.copy_(state[name])


def _key(task: str) -> str:
    """Return the name of a task's head as a module: dots are escaped, because module names must not contain dots."""
    return "task_" + task.replace("%", "%25").replace(".", "%2E")
