"""Terms of the loss that keep what the backbone learnt from its source data while it is fine-tuned.

``l2sp`` (Li et al. 2018, arXiv:1802.01483) holds the weights near the pretrained ones: the penalty is ``weight`` times
the squared distance (the paper writes alpha / 2 for ``weight``). It covers the parameters of the backbone's trained
blocks; the head has nothing to return to, and buffers (BatchNorm statistics) have no gradient. It replaces weight decay
on these parameters, which would pull them to zero, away from the pretrained values.

``lwf`` (learning without forgetting; Li and Hoiem 2016, arXiv:1606.09282) holds the outputs: the source classifier, put
back on the features, should answer as it did before training. Its answers are recorded once, on the plain view of each
training example, so a step costs one more matrix product. The classifier itself stays as it is: it is not part of the
model that is saved, and a classifier that moved along would hide that the features moved.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional

from ghep.backbone.source_head import SourceHead
from ghep.data.loading.padded import Inputs
from ghep.model.transfer import TransferModel
from ghep.training.stage import Stage

TEMPERATURE = 2.0
"""Li and Hoiem's temperature: a probability is raised to the power 1/2, so that unlikely classes count as well."""


class PretrainedAnchor:
    """The gradient of l2sp's penalty, for the parameters of the blocks that ``stage`` trains.

    ``start`` has the pretrained weights by their names in ``TransferModel.state``.
    """

    def __init__(self, model: TransferModel, stage: Stage, start: Mapping[str, torch.Tensor], weight: float) -> None:
        self.weight = weight
        self.parameters: list[torch.Tensor] = []
        self.start: list[torch.Tensor] = []
        for index in range(stage.frozen_blocks, len(stage.lrs)):
            for name, parameter in model.backbone.block_parameters(index).items():
                self.parameters.append(parameter)
                self.start.append(torch.empty_like(parameter).copy_(start[f"backbone.{name}"]))

    def penalty(self) -> float:
        """Return the penalty: ``weight`` times the squared distance from the pretrained weights, 0 before any step."""
        with torch.no_grad():
            pairs = zip(self.parameters, self.start, strict=True)
            return self.weight * sum(float((one - start).square().sum()) for one, start in pairs)

    def add_gradient(self) -> None:
        """Add the gradient of the penalty to ``.grad`` of the parameters; those without a gradient have not moved.

        It is added after the backward pass of the task losses: gradient surgery and loss weights do not see it.
        """
        moving = [(one, start) for one, start in zip(self.parameters, self.start, strict=True) if one.grad is not None]
        if not moving:
            return
        with torch.no_grad():
            away = torch._foreach_sub([one for one, _ in moving], [start for _, start in moving])
            gradients = [one.grad for one, _ in moving if one.grad is not None]
            torch._foreach_add_(gradients, away, alpha=2 * self.weight)


class SourceAnswers:
    """The answers of the source classifier before training, and lwf's loss against them."""

    def __init__(self, head: SourceHead, features: np.ndarray) -> None:
        """``features`` (N, D) are those of the N training examples, in order, before training."""
        self.head = torch.from_numpy(head.weight).float(), torch.from_numpy(head.bias).float()
        with torch.no_grad():
            self.log_probabilities = self._log_probabilities(torch.from_numpy(features).float())
        """(N, Z), of Z source classes."""

    def loss(self, features: Inputs, indices: np.ndarray) -> torch.Tensor:
        """Return the mean divergence of the answers for ``features`` (B, D) from those recorded for the same examples.

        It is the Kullback-Leibler divergence times the squared temperature, which makes its gradient comparable to
        that of a loss without temperature (Hinton et al. 2015, arXiv:1503.02531, section 2).
        """
        assert isinstance(features, torch.Tensor)
        before = self.log_probabilities[torch.from_numpy(indices)].to(features.device)
        now = self._log_probabilities(features.float())
        return TEMPERATURE**2 * functional.kl_div(now, before, reduction="batchmean", log_target=True)

    def _log_probabilities(self, features: torch.Tensor) -> torch.Tensor:
        weight, bias = (one.to(features.device) for one in self.head)
        return functional.log_softmax(functional.linear(features, weight, bias) / TEMPERATURE, dim=1)
