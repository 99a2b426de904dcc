"""The number that is minimised: the sum of the tasks' losses on a batch, mixed or plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ghep.data.loader import Batch
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Task
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings


@dataclass(frozen=True)
class Objective:
    """``weights``: task -> class weights (K,), for tasks that asked for them."""

    settings: ObjectiveSettings
    weights: Mapping[str, torch.Tensor]

    def __call__(
        self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator
    ) -> torch.Tensor:
        """Return the loss, a scalar with its graph."""
        batch = mixed(batch, model.tasks, self.settings, rng)
        logits = precision.logits(model, batch.inputs, batch.boundary)
        total = torch.zeros((), device=model.device)
        for task in model.tasks:
            total = total + task.loss(
                logits[task.name],
                batch.targets[task.name].to(model.device),
                label_smoothing=self.settings.label_smoothing,
                class_weights=self.weights.get(task.name),
            )
        return total


def objective_for(settings: ObjectiveSettings, tasks: tuple[Task, ...], targets: Mapping[str, np.ndarray]) -> Objective:
    """Build the objective; class weights are counted on the training ``targets``."""
    weights = {}
    if settings.class_weights:
        weights = {
            task.name: torch.tensor(task.class_weights(targets[task.name]), dtype=torch.float32) for task in tasks
        }
    return Objective(settings, weights)


def mixed(batch: Batch, tasks: tuple[Task, ...], settings: ObjectiveSettings, rng: np.random.Generator) -> Batch:
    """Blend each example with another of its batch, labels likewise; the batch as it is when both are off."""
    alphas = {name: alpha for name, alpha in (("mixup", settings.mixup), ("cutmix", settings.cutmix)) if alpha > 0}
    if not alphas or len(batch.inputs) < 2:
        return batch
    inputs: Any = batch.inputs
    if not isinstance(inputs, torch.Tensor):
        raise ConfigError(
            f"{' and '.join(alphas)} cannot blend inputs that differ in length",
            remedy="leave them out (mixup=0, cutmix=0)",
        )
    kind = sorted(alphas)[int(rng.integers(len(alphas)))]
    share = float(rng.beta(alphas[kind], alphas[kind]))
    other = torch.from_numpy(rng.permutation(len(inputs)))
    inputs, share = (_mixup if kind == "mixup" else _cutmix)(inputs, other, share, rng)
    targets = {
        task.name: share * soft + (1 - share) * soft[other]
        for task in tasks
        for soft in [_soft(batch.targets[task.name], task.outputs)]
    }
    return batch._replace(inputs=inputs, targets=targets)


def _soft(targets: torch.Tensor, outputs: int) -> torch.Tensor:
    """One-hot (N, K), or yes and no per class (N, 2, K); a row without a label is zero, so is its share of a blend."""
    if targets.ndim == 2:
        return torch.stack([targets == 1, targets == 0], dim=1).float()
    hot = functional.one_hot(targets.clamp_min(0), outputs).float()
    return hot * (targets >= 0).unsqueeze(1)


def _mixup(
    inputs: torch.Tensor, other: torch.Tensor, share: float, _: np.random.Generator
) -> tuple[torch.Tensor, float]:
    return share * inputs + (1 - share) * inputs[other], share


def _cutmix(
    inputs: torch.Tensor, other: torch.Tensor, share: float, rng: np.random.Generator
) -> tuple[torch.Tensor, float]:
    """Paste a rectangle of area 1 - share from the other image; the share is corrected for what the border cut off."""
    height, width = inputs.shape[-2:]
    half_tall, half_wide = (int(side * np.sqrt(1 - share) / 2) for side in (height, width))
    row, column = int(rng.integers(height)), int(rng.integers(width))
    top, bottom = max(0, row - half_tall), min(height, row + half_tall)
    left, right = max(0, column - half_wide), min(width, column + half_wide)
    inputs = inputs.clone()
    inputs[..., top:bottom, left:right] = inputs[other][..., top:bottom, left:right]
    return inputs, 1 - (bottom - top) * (right - left) / (height * width)
