"""The range test finds the rate at which the loss explodes, and leaves everything as it was."""

from __future__ import annotations

import dataclasses
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

from ghep.errors import Interrupted
from ghep.model.transfer import TransferModel
from ghep.training.goal import LabelGoal
from ghep.training.precision import Precision
from ghep.training.range_test import LOWEST, STEPS, RangeTest, batches_for, exploded_at, range_test
from ghep.training.stage import OptimSettings, Stage
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_stage

TRAIN = tiny_data(24)


def ran(model: TransferModel, stage: Stage, **more: Any) -> RangeTest:
    model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
    goal = LabelGoal(stage, model.tasks, TRAIN)
    return range_test(model, stage, batches_for(stage, TRAIN, workers=1), goal, Precision(), **more)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_it_finds_where_the_loss_explodes_and_puts_all_back(optimizer: str) -> None:
    model, stage = tiny_model(dropout=0.3), tiny_stage(optim=OptimSettings(optimizer))
    before, generator, training = tensors_of(model), torch.get_rng_state(), model.training
    found = ran(model, stage, highest=1e4)
    assert found.exploded is not None and 1 < found.exploded < 1e4 and found.safe == found.exploded / 10
    assert found.rates[0] == pytest.approx(1.0) and len(found.rates) == len(found.losses) <= STEPS
    assert same(before, tensors_of(model)) and torch.equal(generator, torch.get_rng_state())
    assert model.training is training and all(one.grad is None for one in model.parameters())
    assert ran(model, stage, highest=1e4) == found, "the same again"


def test_rates_that_are_low_explode_nothing() -> None:
    found = ran(tiny_model(), tiny_stage(), highest=1.0)
    assert found.exploded is None and found.safe is None and len(found.losses) == STEPS
    assert found.rates[0] == pytest.approx(LOWEST) and found.rates[-1] == pytest.approx(1.0)


def test_it_starts_where_it_is_told_to() -> None:
    model, stage = tiny_model(), tiny_stage()
    with torch.no_grad():
        model.head("label").bias.copy_(torch.tensor([0.0, 0.0, 9.0]))
    start = {name: tensor.clone() for name, tensor in model.state().items()}
    start["heads.label.bias"] = torch.zeros(3) if "heads.label.bias" in start else start["heads.label.bias"]
    found = ran(model, stage, highest=1.0, start=start)
    assert found.losses[0] == pytest.approx(np.log(3), rel=1e-3)
    assert model.head("label").bias.tolist() == [0.0, 0.0, 9.0]


def test_a_request_to_stop_is_heard_and_the_weights_are_put_back() -> None:
    model, steps = tiny_model(), count()
    before = tensors_of(model)

    def stop() -> None:
        if next(steps) == 5:
            raise Interrupted("training-interrupted", place="here")

    with pytest.raises(Interrupted):
        ran(model, tiny_stage(), highest=1e3, stop_if_asked=stop)
    assert same(before, tensors_of(model))


@pytest.mark.parametrize(
    ("losses", "index"),
    [
        ([1.0] * 40, None),
        ([1.0] * 20 + [0.5] * 20, None),
        ([1.0, 1.2, 0.8] * 13, None),
        ([1.0] * 20 + [9.0] * 5, 20),
        ([1.0] * 20 + [1.2] + [1.0] * 19, None),
        ([1.0] * 15 + [float("nan")], 15),
        ([float("nan")], 0),
        ([], None),
    ],
    ids=["flat", "falls", "noise", "explodes", "one bad batch", "not finite", "at once", "nothing"],
)
def test_what_counts_as_an_explosion(losses: list[float], index: int | None) -> None:
    assert exploded_at(losses, 1.1) == index


def test_smoothing_needs_more_than_a_little() -> None:
    assert exploded_at([1.0] * 20 + [1.2] * 20, 1.1) is None, "less than a quarter of the loss of guessing"
    assert dataclasses.asdict(RangeTest((1.0,), (1.0,), None))["exploded"] is None
