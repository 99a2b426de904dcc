"""The objective: each task's loss on a batch, with or without mixup, and their sum.

The sum counts every label equally: a task with labels for a third of the rows counts a third, before any weights. So
a task counts more the more often its rows are drawn (``multitask/mixing.py``). If a task has only one row in a batch,
that row counts as much as any other row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch

from ghep.data.loading.batches import Batch
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Classifier, Task
from ghep.team import Team
from ghep.training.keep import SourceAnswers
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings
from ghep.training.whole_batch import features_of


class TaskLoss(NamedTuple):
    """The loss of one task on a batch."""

    mean: torch.Tensor
    """Scalar tensor with its autograd graph: the mean loss of the rows with a label for the task; zero if none has."""
    rows: int
    """Number of rows with a label for the task."""


class Losses(NamedTuple):
    """The losses of all tasks on a batch, in the order of the model's tasks."""

    each: tuple[TaskLoss, ...]
    rows: int
    """Number of rows with a label for any task."""
    kept: torch.Tensor | None = None
    """Scalar tensor: the term that keeps the source classifier's answers (``training/keep.py``), weighted."""


@dataclass(frozen=True)
class Objective:
    """The training loss. ``weights``: task -> class weights (K,), if class weights are on."""

    settings: ObjectiveSettings
    weights: Mapping[str, torch.Tensor]
    examples: np.ndarray | None = None
    """Weight of each training example (N,); None: all equal."""
    answers: SourceAnswers | None = None
    """What the source classifier answered before training, if it is to be kept."""
    keep_weight: float = 0.0
    """Factor of the loss of ``answers``."""
    team: Team = field(default_factory=Team)
    """The processes that share each batch."""

    def __call__(self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator) -> Losses:
        """Return the loss of each task on ``batch``."""
        if self.examples is not None:
            batch = weighted(batch, model.tasks, self.examples[batch.indices], self.settings.label_smoothing)
        batch = mixed(batch, model.tasks, self.settings, rng)
        features = features_of(model, batch, precision, self.team)
        logits = model.from_features(features)
        labelled = {task.name: task.has_label(batch.targets[task.name]) for task in model.tasks}
        each = (
            TaskLoss(self._loss(task, logits[task.name], batch.targets), int(labelled[task.name].sum()))
            for task in model.tasks
        )
        kept = None if self.answers is None else self.keep_weight * self.answers.loss(features, batch.indices)
        return Losses(tuple(each), int(torch.stack(list(labelled.values())).any(0).sum()), kept)

    def _loss(self, task: Task, logits: torch.Tensor, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
        mine = targets[task.name].to(logits.device)
        if not isinstance(task, Classifier):
            return task.loss(logits, mine)
        return task.loss(
            logits,
            mine,
            label_smoothing=self.settings.label_smoothing if self.examples is None else 0.0,  # else in the targets
            class_weights=self.weights.get(task.name),
        )


def factors(losses: Losses, weights: Sequence[float]) -> list[float]:
    """Return the factor of each task's mean loss: its weight times its share of the labelled rows."""
    return [weight * loss.rows / max(1, losses.rows) for loss, weight in zip(losses.each, weights, strict=True)]


def weighted_sum(losses: Losses, weights: Sequence[float]) -> torch.Tensor:
    """Return the scalar that is minimised; for one task with weight 1 exactly its mean loss."""
    total = torch.zeros((), device=losses.each[0].mean.device)
    for loss, factor in zip(losses.each, factors(losses, weights), strict=True):
        total = total + (loss.mean if factor == 1 else factor * loss.mean)
    return total


def objective_for(
    settings: ObjectiveSettings,
    tasks: tuple[Task, ...],
    targets: Mapping[str, np.ndarray],
    examples: np.ndarray | None = None,
    answers: SourceAnswers | None = None,
    keep_weight: float = 0.0,
    team: Team | None = None,
) -> Objective:
    """Return the objective, with class weights from the training ``targets`` and example weights ``examples`` (N,).

    With ``answers``, it has a further term of the given weight.
    """
    weights = {}
    if settings.class_weights:
        weights = {
            task.name: torch.tensor(task.class_weights(targets[task.name]), dtype=torch.float32)
            for task in tasks
            if isinstance(task, Classifier)
        }
    return Objective(settings, weights, examples, answers, keep_weight, team or Team())


def weighted(batch: Batch, tasks: tuple[Task, ...], weights: np.ndarray, smoothing: float) -> Batch:
    """Return the batch with soft targets, each row scaled by its entry of ``weights`` (N,).

    The loss is linear in the targets, so this multiplies the loss of each example by its weight.
    The smallest weight is 1e-12, not 0, so that the row still counts as labelled in the mean of its batch.
    """
    each = torch.from_numpy(np.maximum(weights, 1e-12)).float()
    targets = {}
    for task in tasks:
        soft = task.soft(batch.targets[task.name], smoothing)  # over the classes, or over yes and no
        targets[task.name] = soft * each.reshape(-1, *[1] * (soft.ndim - 1))
    return batch._replace(targets=targets)


def mixed(batch: Batch, tasks: tuple[Task, ...], settings: ObjectiveSettings, rng: np.random.Generator) -> Batch:
    """Return the batch after mixup or cutmix, which blend each example and its targets with another of the batch.

    The batch is returned unchanged if mixup and cutmix are off. Raises ConfigError for inputs of different lengths.
    """
    alphas = {name: alpha for name, alpha in (("mixup", settings.mixup), ("cutmix", settings.cutmix)) if alpha > 0}
    if not alphas or len(batch.inputs) < 2:
        return batch
    inputs: Any = batch.inputs
    if not isinstance(inputs, torch.Tensor):
        raise ConfigError("cannot-mix-lengths", settings=list(alphas))
    kind = sorted(alphas)[int(rng.integers(len(alphas)))]
    share = float(rng.beta(alphas[kind], alphas[kind]))
    other = torch.from_numpy(rng.permutation(len(inputs)))
    inputs, share = (_mixup if kind == "mixup" else _cutmix)(inputs, other, share, rng)
    targets = {
        task.name: share * soft + (1 - share) * soft[other]
        for task in tasks
        for soft in [task.soft(batch.targets[task.name])]
    }
    return batch._replace(inputs=inputs, targets=targets)


def _mixup(
    inputs: torch.Tensor, other: torch.Tensor, share: float, _: np.random.Generator
) -> tuple[torch.Tensor, float]:
    return share * inputs + (1 - share) * inputs[other], share


def _cutmix(
    inputs: torch.Tensor, other: torch.Tensor, share: float, rng: np.random.Generator
) -> tuple[torch.Tensor, float]:
    """Paste a rectangle of relative area 1 - ``share`` from the other image into each image.

    Returns the inputs and the share of the area that is left of each image: the border may clip the rectangle.
    """
    height, width = inputs.shape[-2:]
    half_height, half_width = (int(side * np.sqrt(1 - share) / 2) for side in (height, width))
    row, column = int(rng.integers(height)), int(rng.integers(width))
    top, bottom = max(0, row - half_height), min(height, row + half_height)
    left, right = max(0, column - half_width), min(width, column + half_width)
    inputs = inputs.clone()
    inputs[..., top:bottom, left:right] = inputs[other][..., top:bottom, left:right]
    return inputs, 1 - (bottom - top) * (right - left) / (height * width)
