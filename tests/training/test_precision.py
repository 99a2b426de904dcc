"""Measuring chooses a number format and leaves no trace."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import ghep.training.precision as precision
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.training.precision import FEW, PRECISIONS, ROWS, SECONDS, Precision, measure, named
from tiny import SIZE, same, tensors_of, tiny_backbone, tiny_model

INPUTS = torch.randn(4, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("frozen", [0, 2, 3])
def test_measuring_leaves_weights_buffers_modes_and_gradients(frozen: int, training: bool) -> None:
    model = tiny_model(dropout=0.5)
    model.freeze(frozen)
    model.train(training)
    before, modes = tensors_of(model), [module.training for module in model.modules()]
    grads, states = [parameter.requires_grad for parameter in model.parameters()], torch.get_rng_state()
    found = measure(model, INPUTS, repeats=1)
    assert found.name in PRECISIONS and set(found.milliseconds) == set(PRECISIONS)
    assert same(before, tensors_of(model)) and torch.equal(states, torch.get_rng_state())
    assert modes == [module.training for module in model.modules()]
    assert grads == [parameter.requires_grad for parameter in model.parameters()]
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("bfloat16", "chosen"), [(5.0, "bfloat16-channels_last"), (9.5, "float32"), (20.0, "float32")])
def test_another_format_has_to_earn_its_keep(bfloat16: float, chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"float32": 10.0, "float32-channels_last": 10.5, "bfloat16": 11.0, "bfloat16-channels_last": bfloat16}
    monkeypatch.setattr(precision, "_milliseconds", lambda one, *_: times[one.name])
    assert measure(tiny_model(), INPUTS).name == chosen


def test_what_is_far_behind_is_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"float32": 40.0, "float32-channels_last": 11.0, "bfloat16": 16.0, "bfloat16-channels_last": 10.0}
    tried: list[str] = []

    def measured(one: Precision, *_: object) -> float:
        tried.append(one.name)
        return times[one.name]

    monkeypatch.setattr(precision, "_milliseconds", measured)
    assert measure(tiny_model(), INPUTS, repeats=3).milliseconds == times
    # On a few examples all of them, warm and once more; then those that are near: warm, and at most three times.
    assert {name: tried.count(name) for name in PRECISIONS} == dict(zip(PRECISIONS, (2, 6, 4, 6), strict=True))


def test_on_few_examples_first(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, list[int]] = {name: [] for name in PRECISIONS}

    def measured(one: Precision, _: object, inputs: torch.Tensor, *__: object) -> float:
        counts[one.name].append(len(inputs))
        return 1.0 if one.name.startswith("bfloat16") else 9.0

    monkeypatch.setattr(precision, "_milliseconds", measured)
    inputs = torch.cat([INPUTS] * 4)
    assert measure(tiny_model(), inputs).name.startswith("bfloat16")
    assert counts["float32"] == [FEW, FEW] and counts["bfloat16"] == [FEW, FEW, 16, 16, 16, 16]


@pytest.mark.parametrize(("milliseconds", "most"), [(1.0, 32), (1000 * SECONDS / 12, 12), (900.0, ROWS)])
def test_on_as_many_as_take_a_quarter_of_a_second_then(
    milliseconds: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def measured(_: Precision, __: object, inputs: torch.Tensor, *___: object) -> float:
        seen.append(len(inputs))
        return milliseconds

    monkeypatch.setattr(precision, "_milliseconds", measured)
    measure(tiny_model(), torch.cat([INPUTS] * 8))
    assert max(seen) == most


def test_measuring_takes_the_paths_of_training_and_no_random_number() -> None:
    model, random = tiny_model(), torch.get_rng_state()
    model.backbone.add_module("dropped", torch.nn.Dropout(0.5))
    modes = []
    model.backbone.dropped.register_forward_hook(lambda module, *_: modes.append(module.training))
    ahead = model.backbone.forward_from
    model.backbone.forward_from = lambda inputs, boundary: model.backbone.dropped(ahead(inputs, boundary))
    measure(model, INPUTS, repeats=1)
    assert modes and all(modes) and torch.equal(random, torch.get_rng_state())


@pytest.mark.parametrize("name", PRECISIONS)
def test_every_format_is_the_same_function(name: str) -> None:
    model = tiny_model().eval()
    nn.init.normal_(model.head("label").weight, generator=torch.Generator().manual_seed(1))
    expected = model(INPUTS)["label"]
    named(name).apply(model)
    found = named(name).logits(model, INPUTS)["label"]
    assert found.dtype == torch.float32
    tolerance = 0.05 if "bfloat16" in name else 1e-5
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_laying_weights_out_changes_no_value() -> None:
    model = tiny_model()
    before = tensors_of(model)
    for name in (*PRECISIONS, "float32"):
        Precision(name).apply(model)
        assert same(before, tensors_of(model))


def test_an_unknown_name_suggests() -> None:
    with pytest.raises(ConfigError, match="float32"):
        named("float23")


def test_without_maps_the_layouts_are_one() -> None:
    model = tiny_model()
    flat = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 16), nn.Tanh(), nn.Linear(16, 16))
    texts = TransferModel(tiny_backbone(net=flat), model.tasks)
    assert set(measure(texts, INPUTS, repeats=1).milliseconds) == {"float32", "bfloat16"}
