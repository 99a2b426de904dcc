"""The state of a stage in training, and the rows of its history: plain data that checkpoints save."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from ghep.training.moving import State
from ghep.types import Finding

DIVERGED, TIME_LIMIT = "diverged", "time limit"
"""Values of ``TrainingState.stopped``, which may also be a sentence that says that patience ended the stage."""


class ValidResult(NamedTuple):
    """Score and loss on the validation split, each the mean over the tasks that have labels there."""

    score: float
    loss: float

    def better_than(self, other: ValidResult | None) -> bool:
        """Whether the score is higher, or equal at a smaller loss. Anything is better than None."""
        return other is None or (self.score, -self.loss) > (other.score, -other.loss)


@dataclass(frozen=True, slots=True)
class TaskEpoch:
    """Losses and score of one of several tasks in one epoch. Losses are means per labelled example."""

    task: str
    train_loss: float | None
    """None: no row of the epoch had a label for this task."""
    valid_loss: float | None
    valid_score: float | None
    weight: float
    """Factor of the task's loss, mean over the steps of the epoch."""
    rows: int
    """Training rows of the epoch with a label for this task."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of the history. Losses are means per example; ``valid_score`` is the tasks' mean primary score."""

    stage: str
    epoch: int
    train_loss: float
    """NaN in a solved stage, where no epoch is trained."""
    valid_loss: float | None
    valid_score: float | None
    head_lr: float
    seconds: float
    tasks: tuple[TaskEpoch, ...] = ()
    """One entry per task if there are several, else empty."""
    answer_entropy: float | None = None
    """Entropy of the classes predicted on valid over that of the labels, of the task with the smallest; None: no
    classes, no valid, or an epoch recorded by a version that did not measure it."""
    largest_answer: float | None = None
    """Share of the most frequent of these predictions."""


@dataclass
class TrainingState:
    """All that is needed to continue a stage after a step."""

    epochs_done: int = 0
    step: int = 0
    """Completed batches of the current epoch."""
    loss_sum: float = 0.0
    """Sum of the losses of the current epoch's examples."""
    loss_count: int = 0
    """Number of examples in ``loss_sum``."""
    task_sums: dict[str, list[float]] = field(default_factory=dict)
    """With several tasks: sums over the current epoch, task -> [loss, labelled rows, weight, steps]."""
    history: list[Epoch] = field(default_factory=list)
    best: ValidResult | None = None
    best_epoch: int = 0
    best_state: State | None = None
    seconds: float = 0.0
    epoch_began: float = 0.0
    """``seconds`` at the start of the current epoch."""
    stopped: str = ""
    """Why the stage ended before its last epoch; empty if it did not."""
    findings: list[Finding] = field(default_factory=list)
    steps: int = 0
    """Optimiser steps of the whole run, all stages, including steps that were rolled back."""
    retries: int = 0
    """Divergences of the whole run after which training continued at lower rates."""
    rate_scale: float = 1.0
    """Factor of every learning rate, lowered by each retry."""
    restarts: int = 0
    """How often in the whole run a stage began again at lower rates, because its first epochs had done harm."""
    rows_at_once: int | None = None
    """Most rows of a batch that fit into the memory of the device in a step; None: its memory has not run out."""
    left_out: tuple[int, ...] = ()
    """Indices of training examples whose inputs are not finite."""
    start_each: State | None = None
    """Loss and score of each validation example at the start of the stage (``training/validation.py``)."""
    best_each: State | None = None
    """The same in the best epoch."""
    last_each: State | None = None
    """The same in the last epoch."""
    gradients: dict[str, Any] | None = None
    """With several tasks: statistics of their gradients, as plain values, updated at the end of an epoch."""
    good: TrainingState | None = None
    """State to roll back to: the latest start of an epoch that was followed by a healthy step."""
    begin: TrainingState | None = None
    """State at the start of the stage, until its first epochs have done no harm."""
    suspected: bool = False
    """Whether training rolled back to the start of this epoch and has had no healthy step since."""
    model_state: State | None = None
    """Tensors that can change in this stage; None before the stage begins."""
    average_state: State | None = None
    optimizer_state: dict[int, State] | None = None
    together_state: State | None = None
    """With several tasks: their loss weights and gradient statistics."""
    torch_rng: torch.Tensor | None = None

    def next_stage(self) -> TrainingState:
        """Return the initial state of the next stage, which keeps the steps, retries, rate scale and left-out rows.

        The next stage starts from the best weights of this one.
        """
        return TrainingState(
            steps=self.steps,
            retries=self.retries,
            rate_scale=self.rate_scale,
            restarts=self.restarts,
            rows_at_once=self.rows_at_once,
            left_out=self.left_out,
            start_each=self.start_each if self.best_each is None else self.best_each,
        )


COPIES = ("model_state", "average_state", "optimizer_state", "together_state", "torch_rng")
"""State fields filled only in copies that training can continue from (``_Training.snapshot``)."""
