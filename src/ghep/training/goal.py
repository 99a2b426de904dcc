"""What a stage minimises, and by what its epochs are judged: the labels of tasks, or an objective of pretraining.

The loop knows batches, steps, divergence, the best epoch and checkpoints; a ``Goal`` knows what a batch is for.
``LabelGoal`` is that of every fit. ``pretrain/goal.py`` has the one without labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch

from ghep.data.loading.batches import Batch, BatchSource, Rows
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.multitask.mixing import drawn
from ghep.tasks.base import Task, labelled
from ghep.team import Team
from ghep.training.divergence import guessing
from ghep.training.keep import SourceAnswers
from ghep.training.objective import Losses, objective_for
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.training.state import ValidResult
from ghep.training.validation import Answers, Each, answers_of, each_example, guesses, valid_result


class Measured(NamedTuple):
    """What a pass over the validation split tells."""

    result: ValidResult
    """By which the best epoch is chosen."""
    each: Each
    """Loss and score of each example, by which two epochs are compared."""
    tasks: dict[str, ValidResult]
    """The result of each of several tasks that have labels; empty for a single one."""
    answers: Answers | None = None
    """How varied the answers are; None without classes."""


class Goal(Protocol):
    """What a stage minimises, and by what its epochs are judged."""

    def losses(self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator) -> Losses:
        """Return the losses on a training batch, one for each task."""

    def measure(
        self,
        model: TransferModel,
        valid: BatchSource,
        precision: Precision,
        *,
        workers: int,
        progress: Callable[[int, int], None],
    ) -> Measured:
        """Score the model on ``valid``; ``progress(done, total)`` is called after each batch and may stop it."""

    def guessing(self, weights: Sequence[float]) -> float:
        """Return the loss of a model that knows nothing; ``weights`` are the factors of the tasks' losses."""

    def can_judge(self, valid: BatchSource) -> bool:
        """Whether ``valid`` can tell how good an epoch was."""

    def augments(self, stage: Stage) -> bool:
        """Whether training examples are augmented or blended, and those of ``valid`` are not."""

    def start_each(self, model: TransferModel, train: BatchSource, valid: BatchSource) -> Each | None:
        """Return loss and score of each example of ``valid`` before training, if they are known without a pass."""

    def rows(self, train: BatchSource, stage: Stage, *, seed: int, epoch: int) -> Rows | None:
        """Return the rows of ``train`` that an epoch takes; None: each once."""


class LabelGoal:
    """The labels of one task or several. With ``answers``, the stage keeps those of the source classifier (lwf)."""

    def __init__(
        self,
        stage: Stage,
        tasks: tuple[Task, ...],
        train: BatchSource,
        answers: SourceAnswers | None = None,
        team: Team | None = None,
    ) -> None:
        weight = 0.0 if stage.keep is None else stage.keep.weight
        self.tasks, self.team = tasks, team or Team()
        self.objective = objective_for(stage.objective, tasks, train.targets, train.weights, answers, weight, self.team)

    def losses(self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator) -> Losses:
        """Return the loss of each task on ``batch``."""
        return self.objective(model, batch, precision, rng)

    def measure(
        self,
        model: TransferModel,
        valid: BatchSource,
        precision: Precision,
        *,
        workers: int,
        progress: Callable[[int, int], None],
    ) -> Measured:
        """Return scores and losses on the labelled examples of ``valid``."""
        tasks, weights, targets = self.tasks, self.objective.weights, valid.targets
        options: dict[str, Any] = {"forward": precision.features, "workers": workers, "team": self.team}
        if self.team.size == 1:  # processes may have different numbers of batches, and stop only together
            options["progress"] = progress
        logits = predict_logits(model, valid, **options)
        scored = [task for task in tasks if labelled(targets[task.name]).any()] if len(tasks) > 1 else []
        return Measured(
            valid_result(tasks, logits, targets, weights),
            each_example(tasks, logits, targets),
            {task.name: valid_result([task], logits, targets, weights) for task in scored},
            answers_of(tasks, logits, targets),
        )

    def guessing(self, weights: Sequence[float]) -> float:
        """Return the loss of heads that are zero."""
        return guessing(self.tasks, weights)

    def can_judge(self, valid: BatchSource) -> bool:
        """Whether an example of ``valid`` has a label."""
        return any(labelled(targets).any() for targets in valid.targets.values())

    def augments(self, stage: Stage) -> bool:
        """Whether training examples are augmented or blended."""
        return stage.augment != "none" or stage.objective.blends

    def start_each(self, model: TransferModel, train: BatchSource, valid: BatchSource) -> Each | None:
        """Return loss and score of each example if all heads are zero; None for heads that were solved."""
        if any(map(torch.any, model.heads.parameters())):
            return None
        return guesses(self.tasks, train.targets, valid.targets)

    def rows(self, train: BatchSource, stage: Stage, *, seed: int, epoch: int) -> Rows | None:
        """Return the rows that the mixing of several tasks draws; None for one task, or where each row is taken."""
        has_label = {task: labelled(targets) for task, targets in train.targets.items()}
        return drawn(has_label, stage.sharing, seed=seed, epoch=epoch)
