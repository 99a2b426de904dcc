"""Who moves how fast: groups, schedule, optimiser."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from ghep.training.optim import ParamGroup, build_optimizer, groups_of, load_slots, rate_factor, set_rates
from ghep.training.stage import OptimSettings, Stage
from tiny import tiny_model, tiny_stage, tiny_tasks

LRS = (0.0, 1e-4, 1e-3)


def stage(**optim: float) -> Stage:
    return Stage("x", LRS, head_lr=1e-2, optim=OptimSettings(**{"weight_decay": 0.05, **optim}))


def test_every_unfrozen_parameter_is_in_one_group_with_its_blocks_rate() -> None:
    model = tiny_model(tasks=tiny_tasks("a", "b.c"))
    model.freeze(1)
    groups = groups_of(model, stage())
    grouped = [parameter for group in groups for parameter in group.params]
    unfrozen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert len(grouped) == len({id(p) for p in grouped}) == len(unfrozen)
    for index, lr in enumerate(LRS):
        ids = {id(parameter) for parameter in model.backbone.block_parameters(index).values()}
        assert all(group.lr == lr for group in groups if ids & {id(p) for p in group.params})
    heads = {id(parameter) for parameter in model.heads.parameters()}
    assert {group.lr for group in groups if heads & {id(p) for p in group.params}} == {1e-2}


def test_norms_and_biases_do_not_decay() -> None:
    model = tiny_model()
    for group in groups_of(model, tiny_stage(optim=OptimSettings(weight_decay=0.05))):
        for parameter in group.params:
            assert group.weight_decay == (0.05 if parameter.ndim >= 2 else 0.0)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_decay_reaches_the_optimiser(name: str) -> None:
    """With zero gradients a matrix shrinks by lr * decay and a bias stays."""
    model = tiny_model()
    torch.nn.init.ones_(model.head("label").weight)
    torch.nn.init.ones_(model.head("label").bias)
    model.freeze(3)
    settings = OptimSettings(name, weight_decay=0.5, momentum=0.0)
    optimizer = build_optimizer(
        groups_of(model, Stage("x", (0.0,) * 3, head_lr=0.1, optim=settings)),
        settings,
    )
    for parameter in model.heads.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    torch.testing.assert_close(model.head("label").weight, torch.full((3, 16), 0.95))
    assert torch.equal(model.head("label").bias, torch.ones(3))


def test_the_rate_rises_and_falls() -> None:
    settings = OptimSettings(warmup=0.1)
    progress = np.linspace(0, 1, 1001)
    rates = np.array([rate_factor(float(p), settings) for p in progress])
    assert rates[0] == 0 and rates[100] == pytest.approx(1) and rates[-1] == pytest.approx(0, abs=1e-12)
    assert (np.diff(rates[:101]) > 0).all() and (np.diff(rates[100:]) < 0).all()
    assert rates[50] == pytest.approx(0.5) and rates[550] == pytest.approx(0.5)
    assert rates.max() <= 1 and np.abs(np.diff(rates)).max() < 0.011, "no jumps"
    assert rate_factor(0.325, settings) == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))


@pytest.mark.parametrize(("steps", "cut_frac"), [(1000, 0.1), (200, 0.25), (100, 0.5)])
def test_the_slanted_triangle_is_equation_3_of_howard_and_ruder(steps: int, cut_frac: float) -> None:
    settings, ratio = OptimSettings(schedule="triangular", warmup=cut_frac), 32
    cut = math.floor(steps * cut_frac)
    for t in range(steps + 1):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
        expected = (1 + p * (ratio - 1)) / ratio
        assert rate_factor(t / steps, settings) == pytest.approx(expected, abs=1e-12)
    assert rate_factor(cut / steps, settings) == 1 and rate_factor(1.0, settings) == 1 / 32


@pytest.mark.parametrize("warmup", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("schedule", ["cosine", "triangular", "constant"])
def test_the_ends_of_the_schedule(warmup: float, schedule: str) -> None:
    settings = OptimSettings(warmup=warmup, schedule=schedule)
    factors = [rate_factor(progress, settings) for progress in (0.0, 0.3, 0.999999, 1.0)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[0] == (1.0 if warmup == 0 else 1 / 32 if schedule == "triangular" else 0.0)
    if schedule == "constant" and warmup < 0.3:
        assert factors[1:] == [1.0] * 3


def test_rates_keep_their_proportions() -> None:
    model = tiny_model()
    model.freeze(1)
    optimizer = build_optimizer(groups_of(model, stage()), OptimSettings())
    peaks = [group["lr"] for group in optimizer.param_groups]
    for factor in (0.5, 0.01, 1.0):
        set_rates(optimizer, factor)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([peak * factor for peak in peaks])


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_steps_of_adamw_do_not_depend_on_memory_layout(memory_format: torch.memory_format, bfloat16: bool) -> None:
    """Its kernel does not look at strides: of gradients, nor of moments that come back from a file, which has none."""
    expected, found = nn.Conv2d(3, 5, 3), nn.Conv2d(3, 5, 3)
    found.load_state_dict(expected.state_dict())
    found = found.to(memory_format=memory_format)
    inputs = torch.randn(4, 3, 6, 6)
    plain = torch.optim.AdamW(expected.parameters(), lr=0.1, fused=False)
    saved: dict[int, dict[str, torch.Tensor]] = {}
    for _ in range(2):
        fused = build_optimizer([ParamGroup("all", tuple(found.parameters()), 0.1, 0.01)], OptimSettings())
        load_slots(fused, saved)
        for _ in range(3):
            for net, optimizer in ((expected, plain), (found, fused)):
                optimizer.zero_grad()
                with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                    loss = net(inputs.to(memory_format=memory_format)).square().sum()
                loss.backward()
                for parameter, other in zip(net.parameters(), expected.parameters(), strict=True):
                    assert parameter.grad is not None and other.grad is not None
                    parameter.grad.copy_(other.grad)  # rounding apart, kernels differ by layout
                optimizer.step()
        state = fused.state_dict()["state"]
        saved = {index: {key: value.contiguous() for key, value in slots.items()} for index, slots in state.items()}
    for one, other in zip(found.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(one, other)
