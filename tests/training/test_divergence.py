"""What diverges is noticed in its step, rolled back as if it had not been, and goes on at lower rates (P12)."""

from __future__ import annotations

import dataclasses
from collections.abc import Container
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

import ghep.training.goal as goal
import ghep.training.loop as loop
import ghep.training.recovery as recovery
from ghep.data.loading.batches import Batch
from ghep.data.loading.padded import pad
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.training.divergence import DivergedError, check_loss, guessing, root_mean_square, slower
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings, OptimSettings, Stage
from ghep.training.state import TrainingState
from tiny import SIZE, same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks

TRAIN, VALID = tiny_data(24), tiny_data(12, seed=1)
STEPS = 3
"""An epoch."""
EVERYTHING = tiny_stage(augment="standard", optim=OptimSettings(ema_decay=0.9), objective=ObjectiveSettings(mixup=0.4))


def trained(
    stage: Stage, *, train: Any = TRAIN, valid: Any = VALID, **more: Any
) -> tuple[TransferModel, TrainingState]:
    model = tiny_model(dropout=0.3)
    return model, train_stage(model, stage, train, valid, tiny_session(**more), precision=Precision())


def poisoned(steps: Container[int], monkeypatch: pytest.MonkeyPatch, *, where: str = "loss") -> None:
    """Of all steps that are begun, retried ones too, those in ``steps`` meet a loss, or a gradient, of NaN."""
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

        def poison(*inputs: Any) -> torch.Tensor:
            losses = objective(*inputs)
            if next(count) not in steps:
                return losses
            return losses._replace(each=[loss._replace(mean=Poison.apply(loss.mean)) for loss in losses.each])

        poison.weights = objective.weights  # type: ignore[attr-defined]
        return poison

    monkeypatch.setattr(goal, "objective_for", objective_for)


def accuracy(model: TransferModel, data: Any = VALID) -> float:
    return float((predict_logits(model, data)["label"].argmax(1) == data.targets["label"]).mean())


@cache
def never_poisoned(has_valid: bool) -> tuple[TransferModel, TrainingState]:
    return trained(EVERYTHING, valid=VALID if has_valid else None)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["loss", "gradient"])
@pytest.mark.parametrize("valid", [VALID, None], ids=["valid", "no valid"])
@pytest.mark.parametrize("step", [0, 1, 3, 5, 8])
def test_what_is_rolled_back_has_not_been(step: int, valid: Any, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same rates the epoch comes out as if nothing had happened: weights, statistics, optimiser, average, order,
    views, dropout. A single NaN is what a flipped bit or a bad kernel leaves.
    """
    expected, state = never_poisoned(valid is not None)
    poisoned({step}, monkeypatch, where=where)
    monkeypatch.setattr(recovery, "slower", lambda scale, _: scale)
    model, again = trained(EVERYTHING, valid=valid)
    assert same(tensors_of(expected), tensors_of(model))
    rows = [[dataclasses.replace(row, seconds=0.0) for row in one.history] for one in (state, again)]
    assert rows[0] == rows[1], "each epoch is in the history once"
    assert (state.best, state.best_epoch) == (again.best, again.best_epoch)
    (finding,) = again.findings
    assert (finding.code, finding.severity) == ("diverged", "warning")
    assert f"{where} became NaN or infinite (epoch {step // STEPS + 1}, step {step % STEPS + 1} of" in finding.message
    assert again.retries == 1 and again.steps == state.steps + step % STEPS, "noticed in the same step"


def test_after_epochs_that_did_harm_the_stage_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start of the epoch would be the weights that are damaged already. At the same rates, it has not been."""
    stage = tiny_stage(epochs=5)
    expected, state = trained(stage)
    poisoned({STEPS + 1}, monkeypatch)
    monkeypatch.setattr(recovery, "slower", lambda scale, _: scale)
    answers = iter([True])
    monkeypatch.setattr(loop, "did_harm", lambda *_, **__: next(answers, False))
    model, again = trained(stage)
    assert same(tensors_of(expected), tensors_of(model))
    rows = [[dataclasses.replace(row, seconds=0.0) for row in one.history] for one in (state, again)]
    assert rows[0] == rows[1] and (state.best, state.best_epoch) == (again.best, again.best_epoch)
    (finding,) = again.findings
    assert "(epoch 2, step 2 of" in finding.message and "start of epoch 1" in finding.message
    assert again.steps == state.steps + STEPS + 1


def test_rates_come_down_and_stay_down(monkeypatch: pytest.MonkeyPatch) -> None:
    constant = dataclasses.replace(EVERYTHING, optim=OptimSettings(warmup=0.0, schedule="constant"))
    poisoned({4, 6}, monkeypatch)
    said: list[str] = []
    _, state = trained(constant, say=said.append)
    assert [row.head_lr for row in state.history] == pytest.approx([1e-2, 1e-5, 1e-5])
    assert (state.retries, state.rate_scale) == (2, pytest.approx(1e-3))
    assert "all learning rates times 0.1 (head: 0.001)" in state.findings[0].message
    assert said == [f"diverged: {finding.message}" for finding in state.findings]
    following = state.next_stage()
    assert (following.retries, following.rate_scale) == (2, state.rate_scale), "the next stage begins with them"


@pytest.mark.parametrize("retries", [0, 3, 5])
def test_what_never_comes_right_ends_with_the_best_weights(retries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first, state = trained(dataclasses.replace(EVERYTHING, epochs=2, optim=OptimSettings(schedule="constant")))
    stage = dataclasses.replace(EVERYTHING, optim=OptimSettings(schedule="constant", warmup=0.1 * 2 / 3))
    poisoned(range(7, 1000), monkeypatch)
    monkeypatch.setattr(loop, "RETRIES", retries)
    model, again = trained(stage)
    assert again.stopped == "diverged" and again.retries == retries
    assert [finding.severity for finding in again.findings] == ["warning"] * retries + ["error"]
    assert "best weights" in again.findings[-1].message and len(again.history) == 2
    assert same(tensors_of(first), tensors_of(model)) and again.best == state.best


@pytest.mark.slow
@pytest.mark.parametrize("clip_norm", [0.0, 1.0])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("valid", [VALID, None], ids=["valid", "no valid"])
def test_a_rate_of_a_thousand_million_comes_down_and_learns(optimizer: str, clip_norm: float, valid: Any) -> None:
    optim = OptimSettings(optimizer, weight_decay=0.0, clip_norm=clip_norm, warmup=0.0)
    stage = dataclasses.replace(tiny_stage(epochs=12, optim=optim), lrs=(1e9,) * 3, head_lr=1e9)
    model, state = trained(stage, valid=valid)
    assert state.stopped == "" and 3 <= state.retries <= 5
    assert [row.epoch for row in state.history] == list(range(1, 13))
    assert all(torch.isfinite(tensor).all() for tensor in tensors_of(model).values())
    assert state.history[-1].train_loss < np.log(3) + 0.05
    (first, *_) = state.findings
    assert "step 2" in first.message, "the first step that saw what the first one did"


def test_a_last_step_that_blew_up_is_noticed_though_no_loss_sees_it() -> None:
    """One step in all, no validation split."""
    stage = tiny_stage(epochs=1, batch_size=24, head_lr=1e9, optim=OptimSettings(warmup=0.0, schedule="constant"))
    model, state = trained(stage, valid=None)
    assert state.retries > 0 and "weights grew to" in state.findings[0].message
    assert root_mean_square(list(model.heads.parameters())) < 1000 and len(state.history) == 1


def test_an_epoch_whose_end_was_bad_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step of epoch 2 fails twice: what it began with is not trusted any more."""
    poisoned({3, 4}, monkeypatch)
    model, state = trained(EVERYTHING)
    assert [
        f"epoch {epoch} and continues with all" in finding.message
        for epoch, finding in zip((2, 1), state.findings, strict=True)
    ]
    assert [row.epoch for row in state.history] == [1, 2, 3]
    assert all(torch.isfinite(tensor).all() for tensor in tensors_of(model).values())


def test_a_stage_may_begin_with_any_loss() -> None:
    """A head that is very sure of the wrong answer has not diverged: no step was taken."""
    model = tiny_model()
    with torch.no_grad():
        model.head("label").bias.copy_(torch.tensor([0.0, 0.0, 1000.0]))
    state = train_stage(model, tiny_stage(), TRAIN, VALID, tiny_session(), precision=Precision())
    assert state.history[0].train_loss > 100 * np.log(3) and not state.findings


# Inputs


def with_holes(places: set[int]) -> Any:
    """A source some of whose inputs are NaN."""

    class Holes(type(TRAIN)):  # type: ignore[misc]
        def inputs(self, asked: np.ndarray, views: Any) -> torch.Tensor:
            found = super().inputs(asked, views)
            found[torch.from_numpy(np.isin(asked, list(places)))] = float("nan")
            return found

    return Holes(**{field.name: getattr(TRAIN, field.name) for field in dataclasses.fields(TRAIN)})


def test_inputs_that_are_not_finite_are_named_and_left_out() -> None:
    model, state = trained(tiny_stage(epochs=12, optim=OptimSettings(ema_decay=0.5)), train=with_holes({3, 17}))
    assert state.left_out == (3, 17) and (state.retries, state.rate_scale) == (0, 1.0)
    assert {item for finding in state.findings for item in finding.items} == {"0/3", "0/17"}
    assert {finding.severity for finding in state.findings} == {"warning"}
    assert [row.epoch for row in state.history] == list(range(1, 13)) and state.stopped == ""
    assert all(torch.isfinite(tensor).all() for tensor in tensors_of(model).values()) and accuracy(model) > 0.9


def test_the_epoch_before_is_not_blamed_for_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them in the first batch of epoch 2, found one after the other."""
    first = [int(place) for place in np.random.default_rng([0, 1, 0]).permutation(24)[:2]]
    checked, plain = [], loop.check_loss

    def check_loss(loss: torch.Tensor, batch: Any, step: int, **more: Any) -> float:
        checked.append(step)
        hit = [place for place in first if place in batch.indices]
        if len(checked) > STEPS and step == 0 and hit:
            raise loop.DivergedError("loss-not-finite", step, hit[:1])
        return plain(loss, batch, step, **more)

    monkeypatch.setattr(loop, "check_loss", check_loss)
    _, state = trained(tiny_stage())
    assert state.left_out == tuple(sorted(first)) and len(checked) == 3 * STEPS + 2, "no epoch was taken again"


def test_with_no_retry_they_end_it_and_are_named() -> None:
    _, state = trained(tiny_stage(), train=with_holes({3}), on_divergence="stop")
    (finding,) = state.findings
    assert state.stopped == "diverged" and finding.severity == "error" and finding.items == ("0/3",)


def test_no_usable_input_at_all_ends_it() -> None:
    model, state = trained(tiny_stage(), train=with_holes(set(range(24))))
    assert state.stopped == "diverged" and state.history == []
    assert same(tensors_of(model), tensors_of(tiny_model(dropout=0.3)))


# The numbers


def test_guessing_is_log_k_over_all_tasks() -> None:
    assert guessing(tiny_tasks("a", "b", classes=5), [1.0, 1.0]) == pytest.approx(2 * np.log(5))
    assert guessing(tiny_tasks("a", "b", classes=5), [0.1, 20.0]) == pytest.approx(21 * np.log(5)), "uncertainty's"


def test_five_retries_reach_from_absurd_to_tiny() -> None:
    scale = 1.0
    for retry in range(1, 6):
        scale = slower(scale, retry)
    assert scale == pytest.approx(1e-15)


def test_root_mean_square() -> None:
    tensors = [torch.full((2, 3), 2.0), torch.zeros(2)]
    assert root_mean_square(tensors) == pytest.approx(np.sqrt(3.0)) and root_mean_square([torch.zeros(SIZE)]) == 0
    assert not np.isfinite(root_mean_square([torch.tensor([1.0, float("inf")])]))


def test_sequences_that_are_not_finite_are_found_at_any_length() -> None:
    sequences = [np.ones((length, 2), dtype=np.float32) for length in (3, 1, 4)]
    sequences[2][3, 1] = np.inf
    batch = Batch(np.array([5, 8, 2]), pad(sequences), {})
    with pytest.raises(DivergedError) as seen:
        check_loss(torch.tensor(torch.nan), batch, 0, usual=1.0)
    assert seen.value.bad == (2,)
    tokens = Batch(np.array([5, 8]), pad([np.ones(length, dtype=np.int64) for length in (3, 1)]), {})
    with pytest.raises(DivergedError) as seen:
        check_loss(torch.tensor(torch.nan), tokens, 0, usual=1.0)
    assert seen.value.bad == ()


def test_sequences_are_left_out_as_pictures_are() -> None:
    texts = pad([np.full(length, length) for length in (3, 1, 4)])
    batch = Batch(np.array([5, 8, 2]), texts, {"label": torch.tensor([0, 1, 2])})
    left = loop._without(batch, (8,))
    assert left.indices.tolist() == [5, 2] and left.targets["label"].tolist() == [0, 2]
    assert [row.tolist() for row in left.inputs.rows()] == [[3, 3, 3], [4, 4, 4, 4]]
    assert loop._without(batch, (1,)) is batch
