"""Solve the heads of all tasks on features of a frozen backbone, and load them into the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from ghep.data.loading.batches import LabelledExamples
from ghep.features.on_disk import Stacked, is_large
from ghep.features.probes import LinearHead, boundary_of_grid
from ghep.features.streamed import findings_of, solve_any_head
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Classifier, labelled
from ghep.training.stage import Stage
from ghep.training.state import ValidResult
from ghep.training.validation import Answers, Each, answers_of, each_example, valid_result
from ghep.types import Finding


@dataclass
class SolvedHeads:
    """What the solved heads predict on valid."""

    logits: dict[str, np.ndarray] = field(default_factory=dict)
    """Task -> logits (n, K) on valid, of the heads before a refit; n is 0 without a validation split."""
    result: ValidResult | None = None
    """None without labels in valid."""
    each: Each | None = None
    """Loss and score of each example of valid; None without labels there."""
    answers: Answers | None = None
    """How varied the predictions on valid are; None without classes or labels."""
    findings: list[Finding] = field(default_factory=list)


def solve_heads(
    model: TransferModel,
    stage: Stage,
    features: Mapping[str, np.ndarray],
    train: LabelledExamples,
    valid: LabelledExamples | None,
    *,
    refit: bool = False,
) -> SolvedHeads:
    """Solve the head of each task on ``features`` (split -> (N, D)), and load it into ``model``.

    Features that are too many for memory are read in blocks from where they are mapped. The regularisation strength is
    the one that is best on valid. With ``refit``, the heads are then solved again on
    train and valid together.
    """
    found, weights = SolvedHeads(), {}
    for task in model.tasks:
        if stage.objective.class_weights and isinstance(task, Classifier):
            weights[task.name] = torch.tensor(task.class_weights(train.targets[task.name]), dtype=torch.float32)
        of_classes = weights[task.name].numpy() if task.name in weights else None
        head = solve_any_head(
            features["train"],
            train.targets[task.name],
            task.outputs,
            valid=None if valid is None else (features["valid"], valid.targets[task.name]),
            class_weights=of_classes,
            example_weights=train.weights,
        )
        found.logits[task.name] = np.empty((0, task.outputs)) if valid is None else head(features["valid"])
        edge = boundary_of_grid(head)
        found.findings += [edge] if edge else []
        if refit and valid is not None:
            targets = train.targets[task.name], valid.targets[task.name]
            head = _refitted(head, features, targets, class_weights=of_classes, example_weights=train.weights)
        found.findings += findings_of(head)
        with torch.no_grad():
            model.head(task.name).weight.copy_(torch.from_numpy(head.weight))
            model.head(task.name).bias.copy_(torch.from_numpy(head.bias))
    if valid is not None and any(labelled(targets).any() for targets in valid.targets.values()):
        found.result = valid_result(model.tasks, found.logits, valid.targets, weights)
        found.each = each_example(model.tasks, found.logits, valid.targets)
        found.answers = answers_of(model.tasks, found.logits, valid.targets)
    return found


def _refitted(
    chosen: LinearHead,
    features: Mapping[str, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    *,
    class_weights: np.ndarray | None,
    example_weights: np.ndarray | None,
) -> LinearHead:
    """Return the head solved on train and valid with the strength of ``chosen``.

    A valid example has weight 1, the mean weight of the training examples.
    """
    ones, parts = np.ones(len(targets[1])), (features["train"], features["valid"])
    both = Stacked(parts)
    return solve_any_head(
        both if is_large(both.shape) else np.concatenate(parts),
        np.concatenate(targets),
        len(chosen.bias),
        class_weights=class_weights,
        example_weights=None if example_weights is None else np.concatenate([example_weights, ones]),
        strengths=(chosen.strength,),
    )
