"""The loop: it learns, stops when it should, keeps the best, moves what it may and nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

import ghep.training.goal as goal
from ghep.errors import BrokenPromise, ConfigError
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings, OptimSettings, Stage
from ghep.training.state import Epoch, TrainingState
from tiny import (
    BLOCKS,
    changed,
    same,
    tensors_of,
    tiny_data,
    tiny_model,
    tiny_session,
    tiny_stage,
    tiny_tasks,
)

TRAIN, VALID = tiny_data(24), tiny_data(12, seed=1)


def trained(
    model: TransferModel, stage: Stage, *, train: Any = TRAIN, valid: Any = VALID, seed: int = 0, **more: Any
) -> TrainingState:
    of_stage = {name: more.pop(name) for name in ("save", "state", "budget_seconds") if name in more}
    return train_stage(model, stage, train, valid, tiny_session(seed=seed, **more), precision=Precision(), **of_stage)


def accuracy(model: TransferModel, data: Any) -> float:
    return float((predict_logits(model, data)["label"].argmax(1) == data.targets["label"]).mean())


def test_it_learns_what_a_child_could() -> None:
    model = tiny_model()
    state = trained(model, tiny_stage(epochs=12))
    losses = [row.train_loss for row in state.history]
    assert losses[0] > losses[3] > losses[-1] and losses[-1] < 0.5 * losses[0]
    assert accuracy(model, TRAIN) == 1.0 and accuracy(model, VALID) > 0.9


def test_one_epoch_without_valid_is_plain_gradient_descent() -> None:
    """Against the same step by hand: batch of all, SGD without momentum, constant rate, no clipping."""
    optim = OptimSettings("sgd", momentum=0.0, weight_decay=0.0, warmup=0.0, schedule="constant", clip_norm=0.0)
    model, other = tiny_model(), tiny_model()
    stage = tiny_stage(epochs=1, batch_size=24, optim=optim)
    state = trained(model, stage, valid=None)
    other.train()
    order = np.random.default_rng([0, 0, 0]).permutation(24)
    inputs = TRAIN.preprocess.collate([TRAIN.examples[index].raw for index in order])
    loss = torch.nn.functional.cross_entropy(other(inputs)["label"], torch.from_numpy(TRAIN.targets["label"][order]))
    loss.backward()
    with torch.no_grad():
        for parameter in other.backbone.parameters():
            parameter -= stage.lrs[0] * parameter.grad
        for parameter in other.heads.parameters():
            parameter -= stage.head_lr * parameter.grad
    assert state.history[0].train_loss == pytest.approx(math.log(3), rel=1e-6)
    assert state.history[0].valid_loss is None and state.best is None
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, other.state_dict()[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("frozen", range(BLOCKS + 1))
def test_frozen_is_bit_identical_and_the_rest_moves(frozen: int) -> None:
    model = tiny_model()
    before = tensors_of(model)
    trained(model, tiny_stage(frozen=frozen, epochs=2, optim=OptimSettings(ema_decay=0.5)))
    moved = changed(before, tensors_of(model))
    for index in range(BLOCKS):
        names = {f"backbone.net.{name}" for name in model.backbone.block_tensors(index)}
        assert names <= moved if index >= frozen else not names & moved
    assert {name for name in before if name.startswith("heads.")} <= moved
    assert not model.training


def test_same_seed_same_result_and_the_callers_generator_is_untouched() -> None:
    stage = tiny_stage(augment="standard", objective=ObjectiveSettings(mixup=0.4, cutmix=1.0))
    models = [tiny_model(dropout=0.3) for _ in range(4)]
    torch.manual_seed(1)
    states = torch.get_rng_state()
    histories = [
        [(row.train_loss, row.valid_loss) for row in trained(model, stage, seed=seed, workers=workers).history]
        for model, seed, workers in zip(models, (0, 0, 0, 1), (1, 1, 4, 1), strict=True)
    ]
    assert torch.equal(states, torch.get_rng_state())
    assert histories[0] == histories[1] == histories[2] != histories[3]
    weights = [tensors_of(model) for model in models]
    assert same(weights[0], weights[1]) and same(weights[0], weights[2]) and not same(weights[0], weights[3])


def scripted(monkeypatch: pytest.MonkeyPatch, scores: list[tuple[float, float]]) -> None:
    """Validation answers (score, loss) by script."""
    answers = iter(scores)
    monkeypatch.setattr(goal, "valid_result", lambda *_: goal.ValidResult(*next(answers)))


def keeping(states: list[dict[str, torch.Tensor]], model: TransferModel) -> Callable[[Epoch], None]:
    return lambda _: states.append(tensors_of(model))


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.5, 1.0), (0.9, 1.0), (0.7, 0.1)], 2),
        ([(0.5, 1.0), (0.5, 0.5), (0.5, 0.7)], 2),  # of equal scores the smaller loss
        ([(0.5, 1.0), (0.5, 1.0), (0.5, 1.0)], 1),  # of equal ones the first
    ],
)
def test_the_best_weights_come_back(
    scores: list[tuple[float, float]], best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, scores)
    model, states = tiny_model(), []
    state = trained(model, tiny_stage(), epoch=keeping(states, model))
    assert state.best_epoch == best and state.best == scores[best - 1]
    assert same(tensors_of(model), states[best - 1])
    assert [row.valid_score for row in state.history] == [score for score, _ in scores]


def test_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [(0.5, 1.0), (0.6, 1.0), (0.6, 1.1), (0.1, 1.0), (0.9, 1.0)])
    state = trained(tiny_model(), tiny_stage(epochs=9, patience=2))
    assert state.epochs_done == 4 and state.best_epoch == 2
    assert state.stopped == "no improvement for 2 epochs; the weights of epoch 2 are kept"


def test_no_patience_and_no_valid_go_on_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [(0.5, 1.0)] * 4)
    assert trained(tiny_model(), tiny_stage(epochs=4, patience=0)).stopped == ""
    assert trained(tiny_model(), tiny_stage(epochs=4, patience=1), valid=None).epochs_done == 4


def test_without_valid_the_last_weights_stay() -> None:
    model, states = tiny_model(), []
    trained(model, tiny_stage(), valid=None, epoch=keeping(states, model))
    assert same(tensors_of(model), states[-1])


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_measuring_on_valid_does_not_change_what_is_trained(ema_decay: float) -> None:
    """The average takes the weights' place while it is measured, and gives it back."""
    stage, states = tiny_stage(optim=OptimSettings(ema_decay=ema_decay)), {}
    for name, valid in (("with", VALID), ("without", None)):
        states[name] = []
        keep = states[name]
        trained(tiny_model(), stage, valid=valid, save=lambda one, keep=keep: keep.append(one.model_state))
    assert all(same(one, other) for one, other in zip(states["with"], states["without"], strict=True))


def test_the_average_is_what_is_measured_and_kept() -> None:
    model, kept = tiny_model(), []
    stage = tiny_stage(optim=OptimSettings(ema_decay=0.9))
    state = trained(model, stage, save=lambda one: one.step or kept.append((one.model_state, one.average_state)))
    raw, averages = zip(*kept, strict=True)
    best = averages[state.best_epoch - 1]
    assert all(torch.equal(tensor, best[name]) for name, tensor in model.state().items())
    assert any(not torch.equal(tensor, best[name]) for name, tensor in raw[state.best_epoch - 1].items())


def test_a_valid_without_labels_is_none() -> None:
    blank = tiny_data(6)
    blank.targets["label"][:] = -1
    model, plain = tiny_model(), tiny_model()
    state = trained(model, tiny_stage(patience=1), valid=blank)
    trained(plain, tiny_stage(), valid=None)
    assert state.epochs_done == 3 and state.history[-1].valid_score is None
    assert same(tensors_of(model), tensors_of(plain))


# Divergence (P12)


def poisoned_after(steps: int, monkeypatch: pytest.MonkeyPatch, *, where: str) -> None:
    """From step ``steps`` on the loss, or the gradient behind a finite loss, is NaN."""
    count, plain = iter(range(10_000)), goal.objective_for

    class Poison(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, loss: torch.Tensor) -> torch.Tensor:
            return loss * float("nan") if where == "loss" else loss.clone()

        @staticmethod
        def backward(ctx: Any, slope: torch.Tensor) -> torch.Tensor:
            return slope * float("nan")

    def objective_for(*arguments: Any) -> Any:
        objective = plain(*arguments)

        def poisoned(*inputs: Any) -> goal.Losses:
            losses = objective(*inputs)
            if next(count) < steps:
                return losses
            return losses._replace(each=[loss._replace(mean=Poison.apply(loss.mean)) for loss in losses.each])

        poisoned.weights = objective.weights  # type: ignore[attr-defined]
        return poisoned

    monkeypatch.setattr(goal, "objective_for", objective_for)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "ema_decay", "clip_norm"), [("loss", 0.0, 1.0), ("gradient", 0.0, 0.0), ("gradient", 0.9, 1.0)]
)
@pytest.mark.parametrize("steps", [0, 2, 3, 4, 8])  # 3 steps an epoch: first, in the middle, at the end, the very last
@pytest.mark.parametrize("valid", [VALID, None], ids=["valid", "no valid"])
def test_nan_is_noticed_at_once_and_with_no_retry_weights_from_before_are_kept(
    valid: Any, steps: int, where: str, ema_decay: float, clip_norm: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned_after(steps, monkeypatch, where=where)
    model, states = tiny_model(), []
    states.append(tensors_of(model))
    optim = OptimSettings(ema_decay=ema_decay, clip_norm=clip_norm)
    state = trained(model, tiny_stage(optim=optim), valid=valid, epoch=keeping(states, model), on_divergence="stop")
    assert state.stopped == "diverged" and state.retries == 0
    assert state.steps == steps, "in the same step"
    assert [row.epoch for row in state.history] == list(range(1, steps // 3 + 1)), "no row of a torn epoch"
    (finding,) = state.findings
    assert finding.code == "diverged" and f"epoch {steps // 3 + 1}, step {steps % 3 + 1}" in finding.message
    assert all(torch.isfinite(tensor).all() for tensor in tensors_of(model).values())
    if valid is None and not ema_decay:
        # The weights at the end of the epoch before: of a torn epoch nothing is kept.
        assert same(tensors_of(model), states[steps // 3])
    if steps < 3:
        assert same(tensors_of(model), states[0]), "nothing was better than the start"
    else:
        assert accuracy(model, TRAIN) >= 1 / 3


def test_an_absurd_rate_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = tiny_stage(epochs=5, head_lr=1e38, optim=OptimSettings("sgd", warmup=0.0, clip_norm=0.0))
    state = trained(tiny_model(), stage)
    assert state.stopped == "diverged" and "1e+38" in state.findings[0].remedy
    assert [finding.severity for finding in state.findings] == ["warning"] * 5 + ["error"]
    assert all(math.isfinite(row.valid_loss) for row in state.history if row.valid_loss is not None)


def test_weights_that_broke_in_the_last_step_are_not_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [(0.4, 1.0), (0.9, float("nan")), (0.5, 1.0)])
    model, states = tiny_model(), []
    state = trained(model, tiny_stage(), epoch=keeping(states, model), on_divergence="stop")
    assert state.stopped == "diverged" and state.best_epoch == 1
    assert same(tensors_of(model), states[0])


# Time


def test_a_spent_budget_ends_the_stage_and_lets_the_rates_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", (0.01 * look for look in count()).__next__)
    state = trained(tiny_model(), tiny_stage(epochs=100_000), budget_seconds=0.5)
    assert state.stopped == "time limit" and state.epochs_done < 100_000
    assert 0.5 <= state.seconds < 0.6


def test_zero_epochs_change_nothing() -> None:
    model = tiny_model()
    before = tensors_of(model)
    state = trained(model, tiny_stage(epochs=0))
    assert state.history == [] and same(before, tensors_of(model)) and not model.training


# Tables that cannot be


def test_rates_must_match_the_blocks() -> None:
    with pytest.raises(ConfigError, match="2 learning rates for 3 blocks"):
        trained(tiny_model(), Stage("x", (0.1, 0.1), epochs=1))


def test_a_hole_in_the_table_is_refused() -> None:
    """A block at rate 0 behind one that moves would be unfrozen and in no group."""
    with pytest.raises(BrokenPromise, match="unfrozen without a learning rate"):
        trained(tiny_model(), Stage("x", (0.1, 0.0, 0.1), epochs=1))


def test_an_unknown_augmentation_suggests() -> None:
    with pytest.raises(ConfigError, match='"light"'):
        trained(tiny_model(), tiny_stage(augment="lihgt"))


# Several tasks


def test_tasks_learn_side_by_side_and_a_missing_label_teaches_nothing() -> None:
    train = tiny_data(24, tasks=("a", "b.c"))
    train.targets["b.c"][:] = -1
    model = tiny_model(tasks=tiny_tasks("a", "b.c"))
    trained(model, tiny_stage(epochs=8), train=train, valid=None)
    assert not model.head("b.c").weight.any() and not model.head("b.c").bias.any()
    found = predict_logits(model, train)["a"].argmax(1)
    assert (found == train.targets["a"]).mean() > 0.9
