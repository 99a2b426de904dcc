"""Zero-initialised heads, saving and loading the state, and arbitrary task names."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from ghep.model.transfer import TransferModel
from tiny import BLOCKS, SIZE, changed, same, tensors_of, tiny_backbone, tiny_model, tiny_tasks

INPUTS = torch.randn(6, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_the_first_loss_is_log_k_exactly(classes: int) -> None:
    (task,) = tiny_tasks(classes=classes)
    model = TransferModel(tiny_backbone(), [task])
    logits = model(INPUTS)["label"]
    assert logits.shape == (6, classes) and not logits.any()
    assert task.loss(logits, torch.arange(6) % classes).item() == pytest.approx(math.log(classes), rel=1e-6)


def test_a_zero_head_sends_no_gradient_down_in_its_first_step() -> None:
    model = tiny_model()
    model.tasks[0].loss(model(INPUTS)["label"], torch.arange(6) % 3).backward()
    assert all(not parameter.grad.any() for parameter in model.backbone.parameters())
    assert model.head("label").weight.grad.any() and model.head("label").bias.grad is not None


def test_state_goes_round() -> None:
    model, other = tiny_model(seed=0), tiny_model(seed=1)
    nn.init.normal_(model.head("label").weight)
    other.load_state(model.state())
    assert same(tensors_of(model), tensors_of(other))


def test_state_is_every_tensor_once_and_load_state_copies() -> None:
    model = tiny_model(tasks=tiny_tasks("a.b", "c"))
    state = {name: tensor.clone() for name, tensor in model.state().items()}
    assert len(state) == len(model.state_dict())
    assert {"heads.a.b.weight", "heads.c.bias", "backbone.conv1.weight", "backbone.bn1.running_var"} <= state.keys()
    model.load_state(state)
    state["backbone.conv1.weight"].zero_()
    assert model.backbone.net.conv1.weight.any(), "the model does not share memory with what it was given"


def test_a_missing_tensor_is_an_error() -> None:
    model = tiny_model()
    state = {name: tensor.clone() for name, tensor in model.state().items()}
    del state["heads.label.bias"]
    with pytest.raises(KeyError, match=r"heads\.label\.bias"):
        model.load_state(state)


@pytest.mark.parametrize("shape", [(1,), (), (4,)])
def test_a_tensor_of_another_shape_is_an_error_and_never_stretched(shape: tuple[int, ...]) -> None:
    model = tiny_model()
    state = {name: tensor.clone() for name, tensor in model.state().items()}
    with pytest.raises(ValueError, match=r"heads\.label\.bias"):
        model.load_state({**state, "heads.label.bias": torch.ones(shape)})


def test_task_names_with_dots_and_signs_are_kept_apart() -> None:
    names = ["a.b", "a%2Eb", "a_b", "a", "", "forward", "task_a", "ä/b c"]
    model = tiny_model(tasks=tiny_tasks(*names))
    for number, name in enumerate(names):
        nn.init.constant_(model.head(name).bias, float(number))
    found = model(INPUTS[:1])
    assert [float(found[name][0, 0].detach()) for name in names] == [float(number) for number in range(len(names))]
    other = tiny_model(tasks=tiny_tasks(*names))
    other.load_state(model.state())
    assert same(tensors_of(model), tensors_of(other))


def test_an_unknown_task_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        tiny_model().head("mood")


@pytest.mark.parametrize("frozen", range(BLOCKS + 1))
def test_freeze_and_thaw(frozen: int) -> None:
    model = tiny_model()
    model.freeze(BLOCKS)
    model.train()
    model.freeze(frozen)
    for index in range(BLOCKS):
        still = index < frozen
        assert all(p.requires_grad is not still for p in model.backbone.block_parameters(index).values())
        assert all(module.training is not still for module in model.backbone.block_modules(index))
    assert all(p.requires_grad for p in model.heads.parameters()) and model.heads.training
    model.eval()
    assert not any(module.training for module in model.modules())
    model.train()
    assert not any(module.training for index in range(frozen) for module in model.backbone.block_modules(index))


def test_heads_compute_in_float32_whatever_the_features_are() -> None:
    model = tiny_model()
    logits = model.from_features(torch.randn(2, model.backbone.feature_dim).bfloat16())
    assert logits["label"].dtype == torch.float32


def test_statistics_are_kept_when_asked() -> None:
    model = tiny_model()
    for keep in (True, False):
        model.freeze(1, keep_statistics=keep)
        model.train()
        before = tensors_of(model)
        model(torch.randn(4, 3, 16, 16))
        moved = changed(before, tensors_of(model))
        assert bool(moved) is not keep
        model.eval()
        assert not any(module.training for module in model.modules())
