"""Gradient ascent on a multi-label task and on the classes of a pretraining, and the frames that it keeps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.explanation.ideal.ascent import Goal, canvas_size, climb
from ghep.explanation.ideal.request import IdealOptions
from ghep.explanation.subject import Subject
from ghep.tasks.base import Task
from ghep.tasks.multi_label import MultiLabel
from tiny import tiny_backbone

CPU = torch.device("cpu")
CLASSES = ("a", "b", "c")


def subject(task: Task | None) -> Subject:
    torch.manual_seed(0)
    backbone = tiny_backbone()
    return Subject("tiny", backbone, torch.nn.Linear(backbone.feature_dim, len(CLASSES)), CLASSES, task)


@pytest.mark.parametrize("task", [None, MultiLabel("label", CLASSES)])
@pytest.mark.parametrize("way", ["pixels", "fourier"])
def test_the_goal_is_raised_and_every_frame_is_kept(task: Task | None, way: str) -> None:
    model = subject(task)
    options = IdealOptions(steps=20, variation=0.0)
    with model.in_use():
        found = climb(model, Goal("b", 1), way, options, device=CPU)
    height, width = canvas_size(model.images().preprocess)
    assert found.steps == (0, 1, 2, 5, 10, 20) and len(found.frames) == 6 and len(found.objective) == 20
    assert found.pixels.shape == (height, width, 3) and found.moved
    assert found.objective[-5:].mean() > found.objective[:5].mean()
    assert np.array_equal(found.frames[-1], found.pixels)


def test_probabilities_of_several_labels_are_independent() -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0]])
    one, several = (Goal("b", 1).log_probability(subject(task), logits) for task in (None, MultiLabel("l", CLASSES)))
    assert float(one) == pytest.approx(float(logits.log_softmax(1)[0, 1]))
    assert float(several) == pytest.approx(float(torch.tensor(2.0).sigmoid().log()))
    assert float(Goal("lowest", 0, -1).logit(logits)) == -1
