"""Examples that count more or less: a weight is worth what repeating the row is worth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.data.loading.batches import Batch
from ghep.features.probes import solve_head
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.training.objective import weighted

WEIGHTS = np.array([1, 0, 3, 2, 0, 1])
TASKS = (Classification("t", ("1", "2", "3")), Rating("t", ("1", "2", "3")), MultiLabel("t", ("1", "2", "3")))


def targets_of(task: Task) -> torch.Tensor:
    rng = np.random.default_rng(0)
    found = rng.integers(0, 3, 6) if task.exclusive else rng.integers(0, 2, (6, 3))
    found[3] = -1
    return torch.from_numpy(found)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_weighted_loss_is_that_of_repeated_rows(task: Task, smoothing: float) -> None:
    logits, targets = torch.randn(6, 3, generator=torch.manual_seed(0)), targets_of(task)
    batch = Batch(np.arange(6), logits, {"t": targets})
    soft = weighted(batch, (task,), WEIGHTS, smoothing).targets["t"]
    repeated = np.repeat(np.arange(6), WEIGHTS)
    expected = task.loss(logits[repeated], targets[repeated], label_smoothing=smoothing)
    rows = int((WEIGHTS * (np.arange(6) != 3)).sum())  # row 3 has no label
    assert 5 * task.loss(logits, soft).item() == pytest.approx(rows * expected.item(), rel=1e-5)


@pytest.mark.parametrize("sets", [False, True])
def test_a_solved_head_is_that_of_repeated_rows(sets: bool) -> None:
    rng = np.random.default_rng(1)
    features, weights = rng.normal(size=(40, 5)), rng.integers(0, 4, 40)
    targets = rng.integers(0, 2, (40, 3)) if sets else rng.integers(0, 3, 40)
    repeated = np.repeat(np.arange(40), weights)
    one = solve_head(features, targets, 3, example_weights=weights / weights.mean(), strengths=(0.1,))
    two = solve_head(features[repeated], targets[repeated], 3, strengths=(0.1,))
    plain = solve_head(features, targets, 3, strengths=(0.1,))
    assert np.abs(one(features) - two(features)).max() < np.abs(one(features) - plain(features)).max()
