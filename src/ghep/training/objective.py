"""What is minimised: each task's loss on a batch, mixed or plain, and their sum.

The sum counts every label alike: a task that a third of the rows have counts a third, before any weights. So whose rows
come (``multitask/mixing.py``) decides how much each task counts, and a batch that happens to hold one row of a task
does not give that row the weight of all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from ghep.data.loading.batches import Batch
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.tasks.base import MISSING, Task
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings


class TaskLoss(NamedTuple):
    """One task on a batch."""

    mean: torch.Tensor
    """Over the rows that have a label for it, a scalar with its graph; zero where none has."""
    rows: int
    """How many have one."""


class Losses(NamedTuple):
    """All tasks on a batch, in the order of the model's."""

    each: tuple[TaskLoss, ...]
    rows: int
    """Of the batch, with a label for any task."""


@dataclass(frozen=True)
class Objective:
    """``weights``: task -> class weights (K,), for tasks that asked for them."""

    settings: ObjectiveSettings
    weights: Mapping[str, torch.Tensor]
    examples: np.ndarray | None = None
    """What each example counts, (N,) by place in the training data; None: all alike."""

    def __call__(self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator) -> Losses:
        """Return the loss of each task."""
        if self.examples is not None:
            batch = weighted(batch, model.tasks, self.examples[batch.indices], self.settings.label_smoothing)
        batch = mixed(batch, model.tasks, self.settings, rng)
        logits = precision.logits(model, batch.inputs, batch.boundary)
        labelled = {task.name: _labelled(batch.targets[task.name]) for task in model.tasks}
        each = (
            TaskLoss(self._loss(task, logits[task.name], batch.targets), int(labelled[task.name].sum()))
            for task in model.tasks
        )
        return Losses(tuple(each), int(torch.stack(list(labelled.values())).any(0).sum()))

    def _loss(self, task: Task, logits: torch.Tensor, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return task.loss(
            logits,
            targets[task.name].to(logits.device),
            label_smoothing=self.settings.label_smoothing if self.examples is None else 0.0,  # else in the targets
            class_weights=self.weights.get(task.name),
        )


def factors(losses: Losses, weights: Sequence[float]) -> list[float]:
    """Return what each task's mean loss counts: its weight times the share of the labelled rows that it has."""
    return [weight * loss.rows / max(1, losses.rows) for loss, weight in zip(losses.each, weights, strict=True)]


def weighted_sum(losses: Losses, weights: Sequence[float]) -> torch.Tensor:
    """Return the number that is minimised, a scalar; of one task with a weight of 1 its mean loss, to the bit."""
    total = torch.zeros((), device=losses.each[0].mean.device)
    for loss, factor in zip(losses.each, factors(losses, weights), strict=True):
        total = total + (loss.mean if factor == 1 else factor * loss.mean)
    return total


def objective_for(
    settings: ObjectiveSettings,
    tasks: tuple[Task, ...],
    targets: Mapping[str, np.ndarray],
    examples: np.ndarray | None = None,
) -> Objective:
    """Build the objective; class weights are counted on the training ``targets``, ``examples`` (N,) weigh its rows."""
    weights = {}
    if settings.class_weights:
        weights = {
            task.name: torch.tensor(task.class_weights(targets[task.name]), dtype=torch.float32) for task in tasks
        }
    return Objective(settings, weights, examples)


def weighted(batch: Batch, tasks: tuple[Task, ...], weights: np.ndarray, smoothing: float) -> Batch:
    """Return the batch with soft targets whose rows sum to ``weights`` (N,): a loss is linear in its targets.

    A row of weight 0 keeps a trace of its label: the mean of a batch is over all of its labelled rows.
    """
    each = torch.from_numpy(np.maximum(weights, 1e-12)).float()
    targets = {}
    for task in tasks:
        soft = _soft(batch.targets[task.name], task.outputs)
        there = soft.sum(dim=1, keepdim=True)
        soft = (1 - smoothing) * soft + smoothing * there / soft.shape[1]  # towards all classes, or yes towards no
        targets[task.name] = soft * each.reshape(-1, *[1] * (soft.ndim - 1))
    return batch._replace(targets=targets)


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


def _labelled(targets: torch.Tensor) -> torch.Tensor:
    """(N,), (N, K) or, blended, (N, ...) -> whether each row has a label (N,)."""
    if targets.is_floating_point():
        return targets.flatten(1).sum(1) > 0
    return (targets != MISSING).reshape(len(targets), -1).all(1)


def _soft(targets: torch.Tensor, outputs: int) -> torch.Tensor:
    """One-hot (N, K), or yes and no per class (N, 2, K); a row without a label is zero, so is its share of a blend."""
    if targets.is_floating_point():
        return targets
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
