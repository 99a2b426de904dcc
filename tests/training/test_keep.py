"""Terms of the loss that keep the pretrained weights (l2sp) or the source classifier's answers (lwf)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.source_head import SourceHead
from ghep.model.transfer import TransferModel
from ghep.multitask.settings import Sharing
from ghep.training.keep import TEMPERATURE, PretrainedAnchor, SourceAnswers
from ghep.training.loop import train_stage
from ghep.training.moving import copied, moving
from ghep.training.optim import groups_of
from ghep.training.precision import Precision
from ghep.training.stage import Keep, OptimSettings, Stage
from ghep.training.state import TrainingState
from tiny import BLOCKS, same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks

TRAIN, VALID = tiny_data(24), tiny_data(12, seed=1)
NO_DECAY = OptimSettings(weight_decay=0.0)
HEAD = SourceHead(np.random.default_rng(5).normal(0, 0.5, (7, 16)).astype(np.float32), np.zeros(7, np.float32))


def trained(stage: Stage, *, tasks: tuple[str, ...] = ("label",), **more: Any) -> tuple[TransferModel, TrainingState]:
    model = tiny_model(tasks=tiny_tasks(*tasks))
    data = (tiny_data(24, tasks=tasks), tiny_data(12, tasks=tasks, seed=1))
    more.setdefault("start", copied(moving(model, 0)))
    done = train_stage(model, stage, *data, tiny_session(), precision=Precision(), **more)
    return model, done


def distance(model: TransferModel) -> float:
    before = moving(tiny_model(), 0)
    parameters = {f"backbone.net.{name}" for name, _ in model.backbone.net.named_parameters()}
    names = [name for name in before if name.replace("backbone.", "backbone.net.", 1) in parameters]
    return float(sum((moving(model, 0)[name] - before[name]).square().sum() for name in names))


def features_of(model: TransferModel) -> np.ndarray:
    with torch.no_grad():
        found = model.eval().backbone(TRAIN.preprocess.collate([one.raw for one in TRAIN.examples]))
    return np.asarray(found)


def test_the_penalty_is_zero_at_the_pretrained_weights_and_has_the_gradient_of_the_squared_distance() -> None:
    model = tiny_model()
    anchor = PretrainedAnchor(model, tiny_stage(frozen=1), copied(moving(model, 0)), 0.3)
    covered = {name for index in (1, 2) for name in model.backbone.block_parameters(index)}
    assert len(anchor.parameters) == len(covered), "no head, no buffer, no frozen block"
    assert anchor.penalty() == 0.0
    for one in anchor.parameters:
        one.grad = torch.zeros_like(one)
    anchor.add_gradient()
    assert all(not one.grad.any() for one in anchor.parameters if one.grad is not None)
    with torch.no_grad():
        for one in anchor.parameters:
            one.add_(0.1)
    count = sum(one.numel() for one in anchor.parameters)
    assert anchor.penalty() == pytest.approx(0.3 * count * 0.01, rel=1e-4)
    anchor.add_gradient()
    for one in anchor.parameters:
        assert one.grad is not None
        torch.testing.assert_close(one.grad, torch.full_like(one, 0.3 * 2 * 0.1), rtol=1e-3, atol=1e-6)


def test_the_first_step_is_that_without_l2sp_and_later_ones_stay_nearer() -> None:
    stage = tiny_stage(optim=NO_DECAY, epochs=1, batch_size=24, patience=0)
    kept = dataclasses.replace(stage, keep=Keep("l2sp", 1.0))
    assert same(tensors_of(trained(stage)[0]), tensors_of(trained(kept)[0]))
    stage, kept = (dataclasses.replace(one, epochs=6, batch_size=8) for one in (stage, kept))
    (free, plain), (held, penalised) = trained(stage), trained(kept)
    assert distance(held) < 0.5 * distance(free)
    assert plain.history[0].train_loss == pytest.approx(penalised.history[0].train_loss, rel=0.2), "of the task alone"


def test_l2sp_replaces_weight_decay_on_pretrained_weights_only() -> None:
    model, stage = tiny_model(), tiny_stage(optim=OptimSettings(weight_decay=0.05))
    decays = {one.name: one.weight_decay for one in groups_of(model, dataclasses.replace(stage, keep=Keep("l2sp", 1)))}
    assert decays["head"] == 0.05 and {decay for name, decay in decays.items() if "head" not in name} == {0.0}
    assert {one.weight_decay for one in groups_of(model, dataclasses.replace(stage, keep=Keep("lwf", 1)))} == {0, 0.05}


def test_lwf_is_the_divergence_from_the_recorded_answers() -> None:
    features = features_of(tiny_model())
    answers, places = SourceAnswers(HEAD, features), np.array([3, 1, 20])
    assert answers.loss(torch.from_numpy(features[places]), places).item() == pytest.approx(0.0, abs=1e-6)
    moved = torch.from_numpy(features[places] + 0.5).requires_grad_()
    loss = answers.loss(moved, places)
    before, after = (
        ((torch.from_numpy(of) @ torch.from_numpy(HEAD.weight).T) / TEMPERATURE).softmax(1)
        for of in (features[places], features[places] + 0.5)
    )
    expected = TEMPERATURE**2 * (before * (before / after).log()).sum(1).mean()
    assert loss.item() == pytest.approx(float(expected), rel=1e-4) and loss.item() > 0
    loss.backward()
    assert moved.grad is not None and moved.grad.any()


@pytest.mark.slow
@pytest.mark.parametrize("sharing", [Sharing(), Sharing(surgery="pcgrad")], ids=["one backward pass", "one per task"])
@pytest.mark.parametrize("tasks", [("label",), ("label", "other")], ids=["one task", "two tasks"])
def test_lwf_keeps_what_the_source_classifier_answers(tasks: tuple[str, ...], sharing: Sharing) -> None:
    before = features_of(tiny_model())
    answers = SourceAnswers(HEAD, before)

    def forgotten(weight: float) -> float:
        stage = tiny_stage(epochs=8, patience=0, keep_statistics=True, sharing=sharing)
        stage = dataclasses.replace(stage, keep=Keep("lwf", weight)) if weight else stage
        after = features_of(trained(stage, tasks=tasks, answers=answers)[0])
        return answers.loss(torch.from_numpy(after), np.arange(24)).item()

    assert forgotten(10.0) < 0.5 * forgotten(0.0)


def test_a_stage_without_keep_ignores_what_it_could_keep() -> None:
    plain, _ = trained(tiny_stage(), start=None)
    offered, _ = trained(tiny_stage(), answers=SourceAnswers(HEAD, features_of(tiny_model())))
    assert same(tensors_of(plain), tensors_of(offered))


def test_a_frozen_block_has_no_anchor() -> None:
    model = tiny_model()
    assert PretrainedAnchor(model, tiny_stage(frozen=BLOCKS), {}, 1.0).penalty() == 0.0
