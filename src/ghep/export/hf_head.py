"""The last layer of an export for Hugging Face's libraries: a linear head that includes the calibration of its task.

In: a model and the calibration of its bundle. Out: one linear layer whose outputs need no more than softmax, sigmoid or
nothing, because that is all that a pipeline applies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from ghep.errors import ConfigError
from ghep.model.bundle import Bundle
from ghep.tasks.base import Classifier, Task
from ghep.tasks.regression import Regression

PROBLEM_TYPES = {
    "softmax": "single_label_classification",
    "sigmoid": "multi_label_classification",
    "none": "regression",
}
"""Function from outputs to answers -> transformers' ``problem_type``, by which its pipelines choose the function."""
TOLERANCE = 1e-4
"""Largest difference of two outputs that compute the same function, relative to the largest output or 1."""


@dataclass(frozen=True)
class LinearHead:
    """A linear layer with K outputs, and what a pipeline has to apply to them."""

    weight: torch.Tensor
    """(K, D), divided by the temperature; for regression multiplied by the spread of the labels."""
    bias: torch.Tensor
    """(K,)"""
    kind: str
    """``softmax``, ``sigmoid`` or ``none``: the function that turns outputs into answers."""
    labels: tuple[str, ...]
    """The name of each output: the classes; for regression the name of the task."""
    spread: float = 1.0
    """Standard deviation of the labels of train, for regression."""
    half_width: float | None = None
    """Half width of the interval that contains nine numbers of ten, in the units of the labels; None for classes, and
    if it was not measured."""

    @property
    def outputs(self) -> int:
        """K."""
        return len(self.weight)

    @property
    def inputs(self) -> int:
        """D."""
        return int(self.weight.shape[1])

    def of_features(self, features: object) -> torch.Tensor:
        """Return the outputs (N, K) for features (N, D)."""
        assert isinstance(features, torch.Tensor)
        return functional.linear(features.float(), self.weight, self.bias)

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities (N, K) from outputs (N, K); for regression the outputs, which are the numbers."""
        outputs = np.asarray(outputs, dtype=np.float64)
        if self.kind == "none":
            return outputs
        if self.kind == "sigmoid":
            return np.asarray(1 / (1 + np.exp(-outputs)))
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def head_of(bundle: Bundle, task: Task) -> LinearHead:
    """Return the head of ``task`` with its calibration inside; raise ConfigError for a head that is not linear."""
    layer = bundle.model.head(task.name)
    weight, bias = layer.weight.detach().double().cpu(), layer.bias.detach().double().cpu()
    calibration = bundle.calibration.get(task.name)
    if isinstance(task, Regression):
        weight, bias = weight * task.spread, bias * task.spread + task.mean
        half_width = None if calibration is None else calibration * task.spread
        return LinearHead(weight.float(), bias.float(), "none", (task.name,), task.spread, half_width)
    if not isinstance(task, Classifier):
        raise ConfigError("hf-task-unknown", task=task.name, kind=type(task).__name__)
    temperature = 1.0 if calibration is None else calibration
    kind = "softmax" if task.exclusive else "sigmoid"
    return LinearHead((weight / temperature).float(), (bias / temperature).float(), kind, task.classes)


def agree(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether two networks gave the same outputs (N, K), up to rounding in float32."""
    largest = max(1.0, float(expected.abs().max()))
    return found.shape == expected.shape and bool((found - expected).abs().max() <= TOLERANCE * largest)
